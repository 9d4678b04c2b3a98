#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the program is built from, as a C header: the commit, what differs from it, and a hash of the
# files themselves, which is there without git too. Usage: source-state.sh HEADER, in the source
# tree. The header is replaced only where its content changed, so that nothing is built anew.
set -euo pipefail

# Other files decide nothing about the program.
inputs=(Makefile mk foundation kernels models harness)
header=$1
made=$header.$$.tmp
trap 'rm -f "$made" "$made.diff"' EXIT

sha256() {
	sha256sum | cut -d ' ' -f 1
}

# Paths are relative and attributes, colours and the user's settings have no say.
quiet_git() {
	GIT_CONFIG_NOSYSTEM=1 GIT_OPTIONAL_LOCKS=0 git -c core.quotepath=true -c diff.noprefix=false \
		-c diff.mnemonicPrefix=false "$@" 2>/dev/null
}

# A tree that only lies inside of another project's has no commit of its own.
own_tree() {
	local top
	top=$(quiet_git rev-parse --show-toplevel) && [[ $top -ef . ]] &&
		quiet_git rev-parse --verify 'HEAD^{commit}' >/dev/null
}

# Changed files, then new ones.
write_diff() {
	local options=(--no-color --no-ext-diff --no-textconv --full-index --binary) file
	quiet_git diff "${options[@]}" HEAD -- "${inputs[@]}"
	while IFS= read -r -d '' file; do
		quiet_git diff "${options[@]}" --no-index -- /dev/null "$file" || [[ $? -eq 1 ]]
	done < <(quiet_git ls-files -z --others --exclude-standard -- "${inputs[@]}")
}

# The bytes as lines of a C array.
bytes() {
	od -An -v -tu1 | sed 's/[0-9][0-9]*/&,/g'
}

commit=unknown
day=
: >"$made.diff"
if own_tree; then
	commit=$(quiet_git rev-parse HEAD)
	day=$(TZ=UTC quiet_git show -s --date=format-local:%Y-%m-%d --format=%cd HEAD)
	write_diff >"$made.diff"
fi
diff_sha256=
[[ ! -s $made.diff ]] || diff_sha256=$(sha256 <"$made.diff")
source_sha256=$(find "${inputs[@]}" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256)

{
	echo "/* Made by scripts/source-state.sh. */"
	echo "#define SOURCE_COMMIT \"$commit\""
	echo "#define SOURCE_DAY \"$day\""
	echo "#define SOURCE_DIFF_SHA256 \"$diff_sha256\""
	echo "#define SOURCE_SHA256 \"$source_sha256\""
	echo "static const unsigned char source_diff[] = {"
	bytes <"$made.diff"
	echo "0};"
} >"$made"
cmp -s "$made" "$header" || mv "$made" "$header"
