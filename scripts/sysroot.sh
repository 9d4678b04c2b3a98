#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The libraries of another Debian architecture, unpacked into .cache/sysroot/ARCH: what a cross
# compiler links with and qemu-user loads. Needs no root and leaves the system's package lists alone.
# Prints the folder. Exit 2: bad usage, 3: the packages cannot be had.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
arch=${1:-}
suite=$(awk -v arch="$arch" '$1 == arch && $1 !~ /^#/ { print $4 }' "$here/architectures.txt")
if [[ $# -ne 1 || -z $suite ]]; then
	known=$(sed -n 's/^\([a-z0-9]\+\) .*/\1/p' "$here/architectures.txt" | paste -sd '|')
	echo "usage: scripts/sysroot.sh $known" >&2
	exit 2
fi
root=$(realpath -m "$here/../.cache/sysroot/$arch")
# Header-only and native tools aside, what mk/build.mk and mk/test.mk link.
packages=(libc6-dev libblis-dev libblis4-openmp libbenchmark-dev libjansson-dev libpcg-cpp-dev
	zlib1g-dev libcsv-dev libssl-dev libxxhash-dev libgsl-dev libcmocka-dev libgomp1 libstdc++6)
stamp=$root/.complete
wanted=$(printf '%s ' "${packages[@]}")

if [[ -f $stamp && $(<"$stamp") == "$wanted" ]]; then
	say "$root"
	exit 0
fi
if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
	echo "sysroot: needs a Debian system" >&2
	exit 3
fi

rm -rf "$root"
apt=$root.apt
rm -rf "$apt"
mkdir -p "$root" "$apt"/{state/lists/partial,cache/archives/partial}
: >"$apt/status"
options=(-q -o "APT::Architecture=$arch" -o "APT::Architectures=$arch" -o "Dir::State=$apt/state"
	-o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt/cache" -o Debug::NoLocking=1
	-o APT::Sandbox::User=)
# Of a newer Debian from this system's mirror, by its keys.
if [[ $suite != own ]]; then
	# shellcheck disable=SC2016
	mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' \
		'Component: main' 2>/dev/null | head -n 1 || true)
	if [[ -z $mirror ]]; then
		echo "sysroot: no mirror of Debian among apt's lists; expected apt-get update to have been run" >&2
		exit 3
	fi
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" \
		>"$apt/sources.list"
	options+=(-o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null)
fi
# An index that a mirror lacks (security's, say) is no reason to stop: the packages decide.
apt-get "${options[@]}" update >"$apt/log" 2>&1 || true
if ! apt-get "${options[@]}" -y --download-only --no-install-recommends install "${packages[@]}" \
	>>"$apt/log" 2>&1; then
	echo "sysroot: no packages for $arch: $(tail -n 1 "$apt/log")" >&2
	exit 3
fi
# Packages since Debian 13 leave these links to its base system.
if [[ $suite != own ]]; then
	mkdir -p "$root/usr/lib"
	ln -s usr/lib "$root/lib"
fi
for deb in "$apt"/cache/archives/*.deb; do
	dpkg-deb -x "$deb" "$root"
done
rm -rf "$apt"
# A link to an absolute path (ppc64el's loader) would lead out of the folder.
find "$root" -lname '/*' -print0 | while IFS= read -r -d '' link; do
	ln -sfnr "$root$(readlink "$link")" "$link"
done
# What the packages' alternatives would link.
for library in "$root"/usr/lib/*/blis-openmp/libblis.so*; do
	ln -sf "blis-openmp/${library##*/}" "${library%/*/*}/${library##*/}"
done
printf '%s' "$wanted" >"$stamp"
say "$root"
