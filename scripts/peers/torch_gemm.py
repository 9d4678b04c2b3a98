#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""GF/s of matrix products inside PyTorch, as harness/peers/gemm_speed.c has them of a library: JSON
lines of the same form. What Python and PyTorch spend on a call is part of it.

    torch_gemm.py WAY ROWSxOUTxIN ...

WAY: mm, mm-only (the same with torch.backends.mkldnn off) or onednn (the linear of oneDNN)."""
import json
import sys
import time

import torch

import speed

CHUNKS, CHUNK_SECONDS = 25, 0.002


def best_rate(multiply, flops: float) -> tuple:
    """The fastest of some chunks, by the clock on the wall and by the processor's."""
    calls, wall, cpu = 1, 0.0, 0.0
    multiply()
    multiply()
    start = time.perf_counter()
    multiply()
    calls = 1 + int(CHUNK_SECONDS / (time.perf_counter() - start + 1e-9))
    for chunk in range(CHUNKS + 1):
        spent_cpu, start = time.process_time(), time.perf_counter()
        for _ in range(calls):
            multiply()
        spent = time.perf_counter() - start
        spent_cpu = time.process_time() - spent_cpu
        # The first chunk warms up, and tells how many calls the others need.
        if chunk == 0:
            calls = 1 + int(calls * CHUNK_SECONDS / spent)
            continue
        wall = max(wall, flops * calls / spent * 1e-9)
        cpu = max(cpu, flops * calls / spent_cpu * 1e-9)
    return wall, cpu


def product_of(which: int, rows: int, out: int, inner: int) -> tuple:
    """The operands as they are stored, then as the product takes them."""
    shapes = [((rows, inner), (inner, out)), ((rows, out), (inner, out)),
              ((rows, inner), (rows, out))][which]
    stored = [torch.from_numpy(speed.index_value(s[0] * s[1], 7919 * i).reshape(s))
              for i, s in enumerate(shapes)]
    a, b = stored
    return (a.t() if which == 2 else a), (b.t() if which == 1 else b)


def main() -> int:
    if len(sys.argv) < 3 or sys.argv[1] not in ("mm", "mm-only", "onednn"):
        print(__doc__, file=sys.stderr)
        return 2
    way = sys.argv[1]
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    torch.set_flush_denormal(True)
    torch._C._set_mkldnn_enabled(way != "mm-only")
    known = torch.__config__.show().splitlines()
    library = [line.strip(" -") for line in known
               if ("MKL-DNN" if way == "onednn" else "Math Kernel Library") in line]
    for text in sys.argv[2:]:
        rows, out, inner = (int(n) for n in text.split("x"))
        for which, name in enumerate(("y = x W", "dx = dy W^T", "dW = x^T dy")):
            a, b = product_of(which, rows, out, inner)
            c = torch.empty(a.size(0), b.size(1))
            if way == "onednn":
                weight = b.t()

                def multiply():
                    return torch.ops.mkldnn._linear_pointwise(a, weight, None, "none", [], "")
            else:
                def multiply():
                    return torch.mm(a, b, out=c)
            with torch.no_grad():
                wall, cpu = best_rate(multiply, 2.0 * rows * out * inner)
                error = (multiply().double() - a.double() @ b.double()).abs().max().item()
            if not error < 1e-5 * (a.size(1) + 16):
                print(f"torch_gemm.py: {text} {name}: wrong product", file=sys.stderr)
                return 1
            print(json.dumps({"group": "gemm", "case": f"{text} {name}", "unit": "GF/s",
                              "value": round(wall, 4), "cpu_value": round(cpu, 4), "threads": 1,
                              "version": f"PyTorch {torch.__version__}, {', '.join(library)}"}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
