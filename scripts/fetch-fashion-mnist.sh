#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The four Fashion-MNIST files without root: downloads Debian's package dataset-fashion-mnist, unpacks
# it and keeps the files in .cache/fashion-mnist. Does nothing where they are there already.
# Exit 3: they cannot be had here.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"

root=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
system=${FASHION_MNIST_SYSTEM:-/usr/share/datasets/fashion-mnist}
cache=$root/.cache/fashion-mnist
files=(train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz t10k-images-idx3-ubyte.gz
	t10k-labels-idx1-ubyte.gz)

complete() {
	local file
	for file in "${files[@]}"; do
		[[ -s $1/$file ]] || return 1
	done
}

if complete "$system" || complete "$cache"; then
	exit 0
fi
for tool in apt-get dpkg-deb; do
	if ! command -v "$tool" >/dev/null; then
		echo "fetch-fashion-mnist: no $tool here; put ${files[*]} into $cache" >&2
		exit 3
	fi
done
mkdir -p "$root/.cache"
beside "$root/.cache" fetch
if complete "$cache"; then
	exit 0 # another one fetched it meanwhile
fi
work=$made.d
trap 'rm -rf "$work" "$made"' EXIT
rm -rf "$work"
mkdir "$work"
if ! (cd "$work" && apt-get download dataset-fashion-mnist >log 2>&1); then
	tail -n 3 "$work/log" >&2
	echo "fetch-fashion-mnist: cannot download the package; put ${files[*]} into $cache" >&2
	exit 3
fi
dpkg-deb -x "$work"/dataset-fashion-mnist_*.deb "$work/unpacked"
found=$work/unpacked/usr/share/datasets/fashion-mnist
if ! complete "$found"; then
	echo "fetch-fashion-mnist: the package does not hold ${files[*]}" >&2
	exit 3
fi
# Whole or not at all: the folder appears by rename.
rm -rf "$cache"
mv "$found" "$cache"
say "Fashion-MNIST is in $cache"
