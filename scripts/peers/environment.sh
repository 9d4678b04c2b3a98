#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes a Python virtual environment with the peers that PyPI has (scripts/peers/python.txt).
#   environment.sh DIR     DIR is made, or made whole; what is there is not fetched again
#   PYTHON=PROGRAM         the Python it is of (default /usr/bin/python3)
#   PEER_DISK=N            GiB that have to be free (default 8; 3 stay used, 1 is downloaded)
# A peer that cannot be had is none of its errors: DIR/NAME.skipped says why. Exit 2: bad usage.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")/lib.bash"

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
[[ $# -eq 1 ]] || die 2 "usage: scripts/peers/environment.sh DIR"
dir=$1
python=${PYTHON:-/usr/bin/python3}
disk=${PEER_DISK:-8}
require_number PEER_DISK "$disk"
mkdir -p "$dir"
temporary environment

# leave_out NAME REASON
leave_out() {
	printf '%s\n' "$2" >"$dir/$1.skipped"
	say "peers: no $1 of PyPI: $2"
}

# packages_of NAME: sets `packages`.
packages_of() {
	read -r -a packages < <(sed -n "s/^$1: //p" "$here/python.txt") || true
}

# try COMMAND ...: sets `error` to what went wrong.
try() {
	local status=0
	"$@" >"$tmp/log" 2>&1 || status=$?
	[[ $status -ne 0 ]] || return 0
	if grep -q 'connection broken by' "$tmp/log"; then
		error="PyPI cannot be reached"
	elif grep -q 'from versions: none' "$tmp/log"; then
		error="PyPI cannot be reached, or has none for this Python"
	else
		error=$(grep -v '^WARNING' "$tmp/log" | tail -n 1) || true
		error=${error#ERROR: }
		error=${error:-exit $status of ${1##*/}}
	fi
	return 1
}

install() {
	[[ $# -gt 0 ]] || return 0
	try "$dir/bin/python" -m pip install -q --no-input --disable-pip-version-check --retries 1 \
		--only-binary :all: "$@"
}

# PyPI's PyTorch is of CUDA and opens libraries of NVIDIA when it starts. In their place comes one
# where every function they miss answers 100, which is "no device"; all work of the CPU stays as built.
answer_no_device() {
	local lib name
	lib=$(echo "$dir"/lib/python3*/site-packages/torch/lib)
	LC_ALL=C readelf -d "$lib"/*.so | sed -n 's/.*(NEEDED).*\[\(lib\(cu\|nv\|nccl\)[^]]*\)\]/\1/p' |
		sort -u >"$tmp/libraries"
	[[ -s $tmp/libraries ]] || return 0
	nm -D --undefined-only "$lib"/*.so | awk '{ print $NF }' | sort -u |
		grep -E '^(__)?(cu|nccl|nv)' >"$tmp/functions"
	awk -F@ '!seen[$1]++ { print "int " $1 "(void) { return 100; }" }' "$tmp/functions" >"$tmp/no_device.c"
	awk -F@ '$2 { names[$2] = names[$2] " " $1 ";" }
		END { for (v in names) print v " {" names[v] " };" }' "$tmp/functions" >"$tmp/versions"
	try gcc -shared -fPIC -w "$tmp/no_device.c" -Wl,--version-script="$tmp/versions" \
		-o "$lib/libno_device.so" || return 1
	while read -r name; do
		[[ -e $lib/$name ]] || ln -s libno_device.so "$lib/$name"
	done <"$tmp/libraries"
}

# get NAME MODULE: installs it and sees it start.
get() {
	local packages
	[[ ! -e $dir/$1.ready ]] || return 0
	rm -f "$dir/$1.skipped"
	say "peers: fetching $1 from PyPI"
	packages_of "$1"
	install "${packages[@]}" || { leave_out "$1" "$error"; return 0; }
	packages_of "$1-alone"
	if [[ ${#packages[@]} -gt 0 ]]; then
		install --no-deps "${packages[@]}" || { leave_out "$1" "$error"; return 0; }
	fi
	[[ $1 != torch ]] || answer_no_device || { leave_out "$1" "$error"; return 0; }
	try "$dir/bin/python" -c "import $2" || { leave_out "$1" "$error"; return 0; }
	touch "$dir/$1.ready"
}

names=(torch jax openblas mkl)
reason=
error=
free=$(df -P --block-size=1G "$dir" | awk 'NR == 2 { print $4 }')
ready=0
for name in "${names[@]}"; do
	[[ ! -e $dir/$name.ready ]] || ready=$((ready + 1))
done
[[ $ready -lt ${#names[@]} ]] || exit 0
if [[ $free -lt $disk ]]; then
	reason="$free GiB are free; expected $disk"
elif [[ ! -x $dir/bin/python ]] && ! try "$python" -m venv "$dir"; then
	reason="no virtual environment: $error"
fi
for name in "${names[@]}"; do
	if [[ -n $reason && ! -e $dir/$name.ready ]]; then
		leave_out "$name" "$reason"
		continue
	fi
	case $name in
	torch) get torch torch ;;
	jax) get jax jax ;;
	openblas) get openblas scipy_openblas32 ;;
	mkl) get mkl sys ;; # no module, libraries alone
	esac
done
