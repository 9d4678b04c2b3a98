#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# test-report.sh [REPORT.html]: the report in headless Chromium, light and dark, at 1280 and 390
# pixels; without an argument one of a few short runs. TAP; SHEAFBENCH is the program. Where there
# is no Chromium the tests are skipped, with the reason. SHOTS=DIR keeps screenshots.
# shellcheck source=scripts/lib.bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/lib.bash"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
chromium=$(command -v chromium || command -v chromium-browser || true)
if [[ -z $chromium ]]; then
	echo "ok 1 - the report in a browser # SKIP no chromium (scripts/setup.sh report installs it)"
	echo "1..1"
	exit 0
fi
temporary test-report
number=0
failed=0
sandbox=()
[[ $(id -u) -ne 0 ]] || sandbox=(--no-sandbox)

# A report of its own: four arms, three seeds, a matrix with every status.
make_report() {
	local program=${SHEAFBENCH:-$root/build/sheafbench} id
	export SHEAFBENCH_RESULTS=$tmp/results
	read -r -a wrapper <<<"${EXEC_WRAPPER:-}"
	jq --arg root "$root" '.name = "tiny" | .tasks = [$root + "/configs/tasks/letter.json"]
		| .seeds.count = 3 | .train.epochs = 3 | .train.max_steps = 30' \
		"$root/configs/smoke.json" >"$tmp/tiny.json"
	for id in $("${wrapper[@]}" "$program" plan "$tmp/tiny.json" --pending 2>/dev/null); do
		"${wrapper[@]}" "$program" run "$tmp/tiny.json" --id "$id" --quiet >/dev/null
	done
	cat >"$tmp/results/reproducibility.csv" <<-END
		cell,kind,compiler,level,blis,threads,config,runs,status,digest,reason
		native,native,gcc-O3,auto,auto,1,smoke,12,same,0123456789abcdef,
		other,native,gcc-O0,auto,auto,1,smoke,12,DIFFERENT,0123456789abcdee,
		far,cross,far,auto,auto,1,smoke,0,not run,,no such machine
	END
	# As the scripts draw them, and without gnuplot one in their place.
	"${wrapper[@]}" "$program" table "$tmp/tiny.json" >/dev/null
	if ! { "$here/plot.sh" "$tmp/results/tiny" && "$here/plot-valuations.sh" "$tmp/results/tiny"; } 2>/dev/null; then
		mkdir -p "$tmp/results/tiny/figures"
		echo '<svg xmlns="http://www.w3.org/2000/svg" width="720" height="440"><title>Curves</title></svg>' \
			>"$tmp/results/tiny/figures/curves-letter.svg"
	fi
	"${wrapper[@]}" "$program" report "$tmp/tiny.json" >/dev/null
	page=$tmp/results/tiny/report.html
}

# The browser in a home of its own; root needs --no-sandbox.
browse() {
	HOME=$tmp timeout 120 "$chromium" --headless=new --disable-gpu --disable-dev-shm-usage \
		--hide-scrollbars --user-data-dir="$tmp/profile" --virtual-time-budget=20000 \
		"${sandbox[@]}" "$@"
}

# A copy of the page that tests itself and tells the page around it.
instrument() {
	awk -v test="$here/test-report.js" -v first="$here/test-report-first.js" '
		function put(file, line) {
			print "<script>"
			while ((getline line <file) > 0) print line
			print "</script>"
		}
		/^<title>/ { put(first) }
		/^<\/body>$/ { put(test) }
		{ print }' "$page" >"$tmp/tested.html"
}

# frame WIDTH: a page with the report in a frame of that width, which shows what the report says.
frame() {
	cat >"$tmp/frame-$1.html" <<-END
		<!DOCTYPE html><html lang="en"><title>frame</title><pre id="results">nothing</pre>
		<script>addEventListener("message", event => {
			document.getElementById("results").textContent = event.data;
		});</script>
		<iframe src="tested.html" style="width:$1px;height:900px;border:0"></iframe>
	END
}

# run NAME WIDTH OPTION ...: each line the report sent is a test.
run() {
	local name=$1 width=$2 line
	shift 2
	frame "$width"
	browse "$@" --dump-dom "file://$tmp/frame-$width.html" >"$tmp/dom" 2>"$tmp/log" || true
	sed -n '/<pre id="results">/,/<\/pre>/p' "$tmp/dom" | sed 's/.*<pre id="results">//; s/<\/pre>.*//' |
		sed 's/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' >"$tmp/lines"
	if ! grep -q '^end$' "$tmp/lines"; then
		number=$((number + 1))
		failed=1
		echo "not ok $number - $name: the page reports"
		sed 's/^/# /' "$tmp/lines" "$tmp/log"
		return
	fi
	while IFS= read -r line; do
		[[ $line == "ok "* || $line == "not ok "* ]] || continue
		number=$((number + 1))
		[[ $line == "ok "* ]] || failed=1
		echo "${line%% - *} $number - $name: ${line#* - }"
	done <"$tmp/lines"
}

# shot NAME WIDTH HEIGHT OPTION ...
shot() {
	local name=$1 width=$2 height=$3
	shift 3
	printf '<body style="margin:0"><iframe src="file://%s" style="width:%dpx;height:%dpx;border:0">' \
		"$page" "$width" "$height" >"$tmp/shot.html"
	browse "$@" --window-size="$((width > 500 ? width : 500)),$height" \
		--screenshot="$SHOTS/$name.png" "file://$tmp/shot.html" >/dev/null 2>&1
}

if [[ $# -gt 0 ]]; then
	page=$(realpath "$1")
else
	make_report
fi
instrument
dark=--blink-settings=preferredColorScheme=0
run "light, 1280 px" 1280
run "dark, 1280 px" 1280 "$dark"
run "light, 390 px" 390
if [[ -n ${SHOTS:-} ]]; then
	mkdir -p "$SHOTS"
	shot light 1280 4000
	shot dark 1280 4000 "$dark"
	shot phone 390 4000
fi
echo "1..$number"
exit "$failed"
