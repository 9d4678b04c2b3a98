#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages of the named groups (scripts/packages.txt; default: base) that are
# missing; cross-NAME are those of an architecture (scripts/architectures.txt). With everything there it
# does nothing. Exit 2: bad usage, 3: the machine cannot do it.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
list=$here/packages.txt
dataset="dataset-fashion-mnist"
architectures=$here/architectures.txt

# The lines of the groups, those of the architectures made from their table.
group_lines() {
	grep -v '^#' "$list"
	awk '/^[a-z0-9]/ {
		triplet = $2
		gsub("_", "-", triplet)
		print "cross-" $1 ": gcc-" triplet " g++-" triplet " qemu-user"
	}' "$architectures"
}

groups=("$@")
[[ ${#groups[@]} -gt 0 ]] || groups=(base)

wanted=()
for group in "${groups[@]}"; do
	found=0
	while read -r name packages; do
		[[ $name == "$group:" ]] || continue
		found=1
		read -r -a names <<<"$packages"
		wanted+=("${names[@]}")
	done < <(group_lines)
	if [[ $found -eq 0 ]]; then
		known=$(group_lines | sed -n 's/^\([a-z0-9-]*\):.*/\1/p' | sort -u | paste -sd ' ')
		echo "setup: found group \"$group\"; expected one of: $known" >&2
		exit 2
	fi
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	echo "setup: this is not a Debian system; needed here under their own names: ${wanted[*]}" >&2
	exit 3
fi

# Sets `missing` to what of the arguments is not installed.
find_missing() {
	local package installed
	missing=()
	installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
	for package in "$@"; do
		[[ $'\n'$installed$'\n' == *$'\n'"$package installed"$'\n'* ]] || missing+=("$package")
	done
}

as_root() {
	if [[ $(id -u) -eq 0 ]]; then
		env DEBIAN_FRONTEND=noninteractive "$@"
	elif command -v sudo >/dev/null; then
		sudo env DEBIAN_FRONTEND=noninteractive "$@"
	else
		echo "setup: needs root (or sudo) to install: ${missing[*]}" >&2
		exit 3
	fi
}

install_packages() {
	as_root apt-get install -y -q --no-install-recommends "$@"
}

find_missing "${wanted[@]}"
[[ ${#missing[@]} -gt 0 ]] || exit 0

# The data set has a way round its package; the rest has none.
needed=()
needs_dataset=0
for package in "${missing[@]}"; do
	if [[ $package == "$dataset" ]]; then
		needs_dataset=1
	else
		needed+=("$package")
	fi
done

fetched=$here/../.cache/fetched-$dataset
if [[ ${#needed[@]} -eq 0 && -e $fetched ]]; then
	exit 0
fi

say "setup: installing ${missing[*]}"
as_root apt-get update -q || echo "setup: apt-get update failed; going on with the lists there are" >&2
if [[ ${#needed[@]} -gt 0 ]] && ! install_packages "${needed[@]}"; then
	echo "setup: could not install: ${needed[*]}; expected the network and apt's lists to have them" >&2
	exit 3
fi
if [[ $needs_dataset -eq 1 ]] && ! install_packages "$dataset"; then
	echo "setup: no package $dataset here; fetching the data set itself" >&2
	if [[ ! -x $here/fetch-fashion-mnist.sh ]] || ! "$here/fetch-fashion-mnist.sh"; then
		echo "setup: could not get Fashion-MNIST" >&2
		exit 3
	fi
	mkdir -p "${fetched%/*}"
	touch "$fetched"
fi

find_missing "${needed[@]}"
if [[ ${#missing[@]} -gt 0 ]]; then
	echo "setup: still missing: ${missing[*]}" >&2
	exit 3
fi
