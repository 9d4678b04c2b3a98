# SPDX-License-Identifier: Apache-2.0
"""What the peers in Python share: the networks, data and initial weights of
harness/peers/train_speed.c, and how their speed is taken."""
import json
import os
import select
import signal
import sys
import time
from functools import partial
from typing import Callable, Dict, List, NamedTuple

import numpy as np

BATCHES, WARM_STEPS, LOSSES = 16, 20, 5
WARM_ROUNDS = 5
# Seconds a setting may take in all; the longest compilation seen took 100 on a busy machine.
LIMIT = float(os.environ.get("PEER_LIMIT", "300"))
EXPERTS, TOP_K, BALANCE = 4, 2, 0.01
LEARNING_RATE, WEIGHT_DECAY = 1e-4, 0.01
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


class Case(NamedTuple):
    moe: bool
    inputs: int
    hidden: int
    depth: int
    outputs: int
    batch: int


CASES = {
    "moe-nano": Case(True, 96, 128, 2, 20, 128),
    "dense-256": Case(False, 784, 256, 1, 10, 128),
    "moe-512": Case(True, 96, 512, 3, 20, 256),
    "dense-1024": Case(False, 784, 1024, 1, 10, 256),
}


def index_hash(index: np.ndarray) -> np.ndarray:
    h = index.astype(np.uint32) * np.uint32(2654435761)
    h ^= h >> np.uint32(15)
    h *= np.uint32(2246822519)
    return h ^ (h >> np.uint32(13))


def index_value(count: int, first: int = 0) -> np.ndarray:
    bits = index_hash(np.arange(first, first + count, dtype=np.uint32)) >> np.uint32(8)
    return (bits.astype(np.int32) - 8388608).astype(np.float32) / np.float32(8388608)


def make_data(case: Case) -> tuple:
    """Inputs [batches, rows, in] and classes [batches, rows]."""
    rows = BATCHES * case.batch
    x = index_value(rows * case.inputs).reshape(BATCHES, case.batch, case.inputs)
    classes = index_hash(np.arange(rows, dtype=np.uint32)) % np.uint32(case.outputs)
    return x, classes.astype(np.int64).reshape(BATCHES, case.batch)


def linear(inputs: int, outputs: int) -> List[tuple]:
    return [(inputs, outputs), (outputs,)]


def shapes_of(case: Case) -> List[tuple]:
    """Tensors in their order in the file of parameters, as models/arch.h has it: matrices [in, out]."""
    width = case.hidden
    if not case.moe:
        block = [(width,), (width,)] + linear(width, width) * 2
        return linear(case.inputs, width) + block * case.depth + linear(width, case.outputs)
    expert = linear(case.inputs, width) + [(width,), (width,)]
    for _ in range(case.depth):
        expert += linear(width, width) + [(width,), (width,)]
    return linear(case.inputs, EXPERTS) + (expert + linear(width, case.outputs)) * EXPERTS


def read_parameters(case: Case, path: str) -> List[np.ndarray]:
    values = np.fromfile(path, dtype=np.float32)
    shapes, parts, at = shapes_of(case), [], 0
    for shape in shapes:
        count = int(np.prod(shape))
        parts.append(values[at:at + count].reshape(shape))
        at += count
    if at != values.size:
        sys.exit(f"{path} has {values.size} parameters, the network {at}")
    return parts


def stacked_experts(case: Case, parts: List[np.ndarray]) -> List[np.ndarray]:
    """The experts' tensors, of each kind those of all experts in one array [experts, ...]."""
    each = (len(parts) - 2) // EXPERTS
    return [np.stack([parts[2 + e * each + t] for e in range(EXPERTS)]) for t in range(each)]


def run_steps(case: Case, seconds: float, step: Callable, finish: Callable,
              compiled: Callable = lambda: 0) -> Dict:
    """step(i) makes step i and gives its loss, finish(loss) waits for it; compiled() counts what was
    compiled so far. No compilation is timed: it belongs to the steps before, and a span in which there
    was one is thrown away and taken again."""
    losses = []
    for i in range(WARM_STEPS):
        loss = step(i)
        if i < LOSSES:
            losses.append(float(loss))
    finish(loss)
    made = WARM_STEPS
    for _ in range(WARM_ROUNDS):
        before, steps = compiled(), 0
        start, cpu = time.perf_counter(), time.process_time()
        while True:
            finish(step(made + steps))
            steps += 1
            spent = time.perf_counter() - start
            if spent >= seconds:
                break
        cpu = time.process_time() - cpu
        made += steps
        if compiled() == before:
            break
    else:
        raise RuntimeError(f"still compiling after {made} steps")
    samples = steps * case.batch
    # JSON has no NaN: a loss that is none is null, and equal to no other.
    return {"value": round(samples / spent, 1), "cpu_value": round(samples / cpu, 1),
            "compiled": compiled(), "losses": [v if np.isfinite(v) else None for v in losses]}


def reason_of(error: Exception) -> str:
    text = " ".join(str(error).split("\n")[0].split())[:200]
    return f"{type(error).__name__}: {text}"


def child(measure: Callable, end: int) -> None:
    """measure(), and what came of it into the pipe; never returns."""
    os.setpgid(0, 0)
    try:
        answer = measure()
    except Exception as error:  # what one setting cannot do, another may
        answer = {"failed": reason_of(error)}
    with os.fdopen(end, "w") as pipe:
        json.dump(answer, pipe)
    os._exit(0)


def apart(measure: Callable) -> Dict:
    """measure() in a process of its own: nothing is left of one setting when the next begins, and one
    that dies, or compiles without end, takes no other with it. What failed says why."""
    begin, end = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(begin)
        child(measure, end)
    os.close(end)
    answer, late, stop = b"", False, time.monotonic() + LIMIT
    while True:
        left = max(0.0, stop - time.monotonic())
        if not select.select([begin], [], [], left)[0]:
            late = True
            break
        part = os.read(begin, 65536)
        if not part:
            break
        answer += part
    os.close(begin)
    if late:
        os.killpg(process, signal.SIGKILL)  # its compilers too
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    if late:
        return {"failed": f"not done after {LIMIT:g} s"}
    if status != 0 or not answer:
        return {"failed": f"ended by {signal.Signals(-status).name}" if status < 0
                else f"exit {status}"}
    return json.loads(answer)


def main(usage: str, settings_of: Callable, measure: Callable, common: Dict) -> int:
    """NAME CASE SECONDS PARAMETERS [SETTING ...]: a JSON line for each setting, of all there are
    without any. One that does not work has the reason in its line, as "failed"; exit 1 if none works."""
    if len(sys.argv) < 4 or sys.argv[1] not in CASES:
        print(usage, file=sys.stderr)
        return 2
    name, seconds, path = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    settings = settings_of(CASES[name])
    for setting in sys.argv[4:]:
        if setting not in settings:
            print(f"{sys.argv[0]}: found {setting}; expected one of {', '.join(settings)}",
                  file=sys.stderr)
            return 2
    works = False
    for setting in sys.argv[4:] or settings:
        record = apart(partial(measure, CASES[name], seconds, path, setting))
        print(json.dumps({"group": "train", "case": name, "unit": "samples/s", "setting": setting,
                          **common, **record}), flush=True)
        works = works or "failed" not in record
    if not works:
        print(f"{setting}: {record['failed']}", file=sys.stderr)
    return 0 if works else 1
