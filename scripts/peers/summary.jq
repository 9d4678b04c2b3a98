# SPDX-License-Identifier: Apache-2.0
# From the records of scripts/peers.sh to results/peers.csv ($format "csv") or peers.md ("md").
# A ratio is ours / peer within one round: above 1 we are faster.

def median: sort | if length % 2 == 1 then .[length / 2 | floor]
	else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def digits($n): . * pow(10; $n) | round / pow(10; $n);
# 1.20, not 1.2: columns of numbers are read downwards.
def fixed2: (. * 100 | round) as $c | ($c / 100 | floor | tostring) + "."
	+ ("0" + ($c % 100 | tostring) | .[-2:]);
def speed: if . >= 1000 then round elif . >= 100 then digits(1) else digits(2) end | tostring;

($skips | map(select(.peer != "sheafbench") | .group + " " + .peer)) as $left_out
| ($records | map(select(.peer == "sheafbench"))
	| map({key: "\(.group) \(.case) \(.round)", value: .}) | from_entries) as $ours
| ($records | map(select(.group + " " + .peer | IN($left_out[]) | not))
	| group_by([.group, .case, .peer]) | map(
		(map(. as $r | $ours["\(.group) \(.case) \(.round)"] as $o
			| {wall: ($o.value / $r.value),
			   cpu: (if $r.cpu_value then $o.cpu_value / $r.cpu_value else null end)})) as $ratios
		| .[0] + {
			rounds: length,
			median: (map(.value) | median), min: (map(.value) | min), max: (map(.value) | max),
			ratio: ($ratios | map(.wall) | median),
			ratio_min: ($ratios | map(.wall) | min), ratio_max: ($ratios | map(.wall) | max),
			cpu_ratio: (if .[0].cpu_value then ($ratios | map(.cpu) | median) else null end)
		})) as $rows
| (["sheafbench", "PyTorch", "PyTorch 2", "JAX", "FANN rprop", "FANN incremental"]) as $train_peers
# The sub-configuration of BLIS with the highest median, for each product by itself.
| ($rows | map(select(.peer | startswith("BLIS "))) | group_by(.case)
	| map(max_by(.median) | .setting = (.peer | ltrimstr("BLIS ")) | .peer = "BLIS best")) as $best
| ([$records[] | .case] | reduce .[] as $c ([]; if index([$c]) then . else . + [$c] end)) as $cases
| ($search | map(.blas |= (split("/") | last // ""))) as $search
| def row($case; $peer): ($rows + $best) | map(select(.case == $case and .peer == $peer)) | .[0];
  def interval: "\(.ratio | fixed2) (\(.ratio_min | fixed2)–\(.ratio_max | fixed2))";
  def cell: if . == null then "skipped" else "\(.median | speed), \(interval)" end;
  def versions: map(select(.version)) | group_by([.peer, .version])
	| map("\(.[0].peer): \(.[0].version), \(.[0].threads) thread") | unique[] | "- \(.)";

# A table of the products: a row for each, a column for each of the peers.
def products($peers; $titles):
	"", "| product | sheafbench | \($titles | join(" | ")) |", "|---|---|\($peers | map("---|") | add)",
	($cases[] as $c | row($c; "sheafbench") | select(.group == "gemm")
		| "| \($c) | \(.median | speed) | "
		+ ([$peers[] as $l | row($c; $l)
			| cell + (if .setting then ", \(.setting)" else "" end)] | join(" | ")) + " |"),
	"| geometric mean of ratios | | " + ([$peers[] as $l
		| [($rows + $best)[] | select(.peer == $l) | .ratio | log]
		| if . == [] then "skipped" else add / length | exp | fixed2 end] | join(" | ")) + " |";

if $format == "csv" then
	(["group", "case", "peer", "unit", "rounds", "median", "min", "max", "ratio", "ratio_min",
	  "ratio_max", "cpu_ratio", "threads", "setting", "version", "status", "reason"] | @csv),
	(($rows + $best)[] | [.group, .case, .peer, .unit, .rounds, (.median | digits(3)),
	  (.min | digits(3)), (.max | digits(3)), (.ratio | digits(4)), (.ratio_min | digits(4)),
	  (.ratio_max | digits(4)), (.cpu_ratio | if . then digits(4) else "" end), .threads,
	  .setting // "", .version, "measured", ""] | @csv),
	($search[] | ["search", .case, .peer, .unit // "", 1, .value, .value, .value, "", "", "", "", .threads,
	  ("\(.setting) \(.blas)" | rtrimstr(" ")), .version // "",
	  if .failed then "failed" else "tried" end, .failed // ""] | @csv),
	($skips[] | [.group, "", .peer, "", "", "", "", "", "", "", "", "", "", "", "", "skipped", .reason]
	  | @csv)
else
	"# Speed next to other libraries",
	"",
	"\($cpu), \($cores) processors, one thread each; load average \($load) before the start, by others.",
	"\($rounds) rounds in turns; medians.",
	"Ratio: sheafbench / peer within a round, median (least–greatest); above 1 sheafbench is faster.",
	"[docs/PEERS.md](../docs/PEERS.md) says what is compared.",
	(if any($rows[]; .group == "train") then
		"", "## Training, samples per second", "",
		"| network | sheafbench | peer | its speed | ratio | ratio of processor times |",
		"|---|---|---|---|---|---|",
		($cases[] as $c | $train_peers[1:][] as $p | row($c; $p) | select(. and .group == "train")
			| "| \($c) | \(row($c; "sheafbench").median | speed) | \($p) | \(.median | speed) "
			+ "| \(interval) | \(.cpu_ratio | fixed2) |"),
		"", "As a share of what one thread's fused multiply-adds reach in registers "
		+ "(\($ours | map(.peak_gflops // empty) | median | digits(1)) GF/s), counting matrix products only. "
		+ "A program that did nothing but them, at that peak, would have the last ratio.", "",
		"| network | FLOPs a sample | sheafbench | peer | its share | greatest ratio to it there can be |",
		"|---|---|---|---|---|---|",
		($cases[] as $c | row($c; "sheafbench") | select(. and .group == "train")
			| (.flops / 1e9 / ($ours | map(.peak_gflops // empty) | median)) as $share
			| . as $own | $train_peers[1:4][] as $p | row($c; $p)
			| "| \($c) | \($own.flops) | \($own.median * $share * 100 | digits(1)) % | \($p) | "
			+ (if . then "\(.median * $share * 100 | digits(1)) % | "
				+ "\(1 / (.median * $share) | fixed2) |" else "skipped | |" end)),
		(if $search == [] then empty else
			"", "Fastest settings, of \($search | map([.peer, .case, .setting, .blas]) | unique | length) "
			+ "tried (in the CSV):",
			"",
			($won[] | "- \(.case), \(.peer): \(.setting)"
				+ (if .blas == "" then "" else ", " + (.blas | split("/") | last) end)),
			"", ([$search[] | select(.failed)] | if . == [] then "Every setting worked." else
				"Settings that did not work:", "",
				(unique_by([.peer, .case, .setting, .blas, .failed])[]
					| "- \(.case), \(.peer): \(.setting)\(if .blas == "" then "" else ", " + .blas end): "
					+ .failed) end)
		end)
	else empty end),
	(if any($rows[]; .group == "gemm") then
		"", "## Matrix products, GF/s", "",
		"rows × out × in of a Linear and its three products. Of each library: GF/s, ratio.",
		"Packed: \($records | map(select(.peer == "packed BLIS")) | .[0].version // "not measured"); best by name: with them.",
		products(["BLIS", "packed BLIS", "BLIS best", "OpenBLAS", "oneDNN"];
			["BLIS, its own choice", "BLIS by name, packed", "BLIS, best by name", "OpenBLAS", "oneDNN"]),
		"", "Libraries of today, and products as Python calls them:",
		(["OpenBLAS of PyPI", "MKL", "LIBXSMM", "PyTorch 2 mm", "PyTorch 2 mm, oneDNN off", "PyTorch 2 oneDNN"]
			| products(.; .))
	else empty end),
	(if any($rows[]; .group == "op") then
		"", "## Elementwise and row ops, 10^9 elements per second", "",
		"64 x 128 values in cache, next to plain loops over the C library's functions, compiled with the "
		+ "same options for any CPU of the architecture.", "",
		"| op | sheafbench | plain loops | ratio |",
		"|---|---|---|---|",
		($cases[] as $c | row($c; "plain loops") | select(.)
			| "| \($c) | \(row($c; "sheafbench").median | speed) | \(.median | speed) | \(interval) |")
	else empty end),
	"", "## Versions", "", ($records | versions),
	(if $packages == "" then empty else "- Packages: \($packages)" end),
	(if $skips == [] then empty else
		"", "## Skipped", "", ($skips[] | "- \(.peer) (\(.group)): \(.reason)") end)
end
