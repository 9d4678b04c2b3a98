#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Samples per second of PyTorch on the networks, data and initial weights of
harness/peers/train_speed.c, as one JSON line.

    torch_train.py CASE SECONDS PARAMETERS SETTING   that setting
    torch_train.py CASE SECONDS PARAMETERS           every setting of the case, one line each

PARAMETERS is the file train_speed wrote. A SETTING names what PyTorch leaves to its user, joined by
"+": eager, script or trace; sorted or masked (how a MoE finds the rows of an expert); foreach or
forloop or flat (AdamW over a list of tensors, tensor by tensor, or over two flat tensors which all
parameters are views of)."""
import json
import sys
import time
from typing import List, Tuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

BATCHES, WARM_STEPS, LOSSES = 16, 20, 5
EXPERTS, TOP_K, BALANCE = 4, 2, 0.01
LEARNING_RATE, WEIGHT_DECAY = 1e-4, 0.01

CASES = {  # moe, in, hidden, depth, out, batch
    "moe-nano": (True, 96, 128, 2, 20, 128),
    "dense-256": (False, 784, 256, 1, 10, 128),
    "moe-512": (True, 96, 512, 3, 20, 256),
    "dense-1024": (False, 784, 1024, 1, 10, 256),
}


class Block(nn.Module):
    def __init__(self, hidden: int):
        super().__init__()
        self.norm = nn.LayerNorm(hidden)
        self.up = nn.Linear(hidden, hidden)
        self.down = nn.Linear(hidden, hidden)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.down(F.gelu(self.up(self.norm(x))))


class Dense(nn.Module):
    def __init__(self, inputs: int, hidden: int, depth: int, outputs: int):
        super().__init__()
        self.input = nn.Linear(inputs, hidden)
        self.blocks = nn.ModuleList([Block(hidden) for _ in range(depth)])
        self.output = nn.Linear(hidden, outputs)

    def forward(self, x: Tensor, target: Tensor) -> Tensor:
        x = self.input(x)
        for block in self.blocks:
            x = block(x)
        return F.cross_entropy(self.output(x), target)


def expert(inputs: int, hidden: int, depth: int, outputs: int) -> nn.Sequential:
    layers: List[nn.Module] = []
    for layer in range(depth + 1):
        layers += [nn.Linear(hidden if layer else inputs, hidden), nn.LayerNorm(hidden), nn.GELU()]
    return nn.Sequential(*layers, nn.Linear(hidden, outputs))


class MoE(nn.Module):
    """Only the chosen experts are computed, each on the rows that chose it."""

    def __init__(self, inputs: int, hidden: int, depth: int, outputs: int, sort_rows: bool):
        super().__init__()
        self.router = nn.Linear(inputs, EXPERTS)
        self.experts = nn.ModuleList(
            [expert(inputs, hidden, depth, outputs) for _ in range(EXPERTS)])
        self.outputs = outputs
        self.sort_rows = sort_rows
        # Attributes, since TorchScript sees no globals.
        self.n_experts, self.top_k, self.balance = EXPERTS, TOP_K, BALANCE

    def sorted_dispatch(self, x: Tensor, gate: Tensor, chosen: Tensor) -> Tuple[Tensor, Tensor]:
        flat = chosen.flatten()
        order = torch.argsort(flat)
        counts = torch.bincount(flat, minlength=self.n_experts)
        rows = torch.div(order, self.top_k, rounding_mode="floor")
        lengths: List[int] = counts.tolist()
        parts = x.index_select(0, rows).split(lengths)
        sections: List[Tensor] = []
        for e, module in enumerate(self.experts):
            sections.append(module(parts[e]))
        weighted = torch.cat(sections) * gate.flatten().index_select(0, order).unsqueeze(1)
        y = torch.zeros(x.size(0), self.outputs).index_add(0, rows, weighted)
        return y, counts

    def masked_dispatch(self, x: Tensor, gate: Tensor, chosen: Tensor) -> Tuple[Tensor, Tensor]:
        counts: List[int] = []
        y = torch.zeros(x.size(0), self.outputs)
        gates = gate.flatten()
        flat = chosen.flatten()
        for e, module in enumerate(self.experts):
            places = (flat == e).nonzero().squeeze(1)
            rows = torch.div(places, self.top_k, rounding_mode="floor")
            section = module(x.index_select(0, rows))
            y = y.index_add(0, rows, section * gates.index_select(0, places).unsqueeze(1))
            counts.append(places.numel())
        return y, torch.tensor(counts)

    def forward(self, x: Tensor, target: Tensor) -> Tensor:
        p = torch.softmax(self.router(x), 1)
        gate, chosen = torch.topk(p, self.top_k, dim=1, sorted=False)
        if self.sort_rows:
            y, counts = self.sorted_dispatch(x, gate, chosen)
        else:
            y, counts = self.masked_dispatch(x, gate, chosen)
        share = counts.to(p.dtype) / float(chosen.numel())
        balance = self.n_experts * (share * p.mean(0)).sum()
        return F.cross_entropy(y, target) + self.balance * balance


def index_hash(index: np.ndarray) -> np.ndarray:
    h = index.astype(np.uint32) * np.uint32(2654435761)
    h ^= h >> np.uint32(15)
    h *= np.uint32(2246822519)
    return h ^ (h >> np.uint32(13))


def make_data(inputs: int, outputs: int, batch: int) -> List[Tuple[Tensor, Tensor]]:
    rows = BATCHES * batch
    bits = index_hash(np.arange(rows * inputs, dtype=np.uint32)) >> np.uint32(8)
    values = (bits.astype(np.int32) - 8388608).astype(np.float32) / np.float32(8388608)
    x = torch.from_numpy(values.reshape(BATCHES, batch, inputs))
    classes = (index_hash(np.arange(rows, dtype=np.uint32)) % np.uint32(outputs)).astype(np.int64)
    target = torch.from_numpy(classes.reshape(BATCHES, batch))
    return [(x[i].clone(), target[i].clone()) for i in range(BATCHES)]


def load_parameters(model: nn.Module, path: str) -> int:
    """Tensors in order of declaration, as models/arch.h has it; matrices stand there as [in, out]."""
    values = torch.from_numpy(np.fromfile(path, dtype=np.float32))
    at = 0
    with torch.no_grad():
        for parameter in model.parameters():
            part = values[at:at + parameter.numel()]
            if parameter.dim() == 2:
                part = part.reshape(parameter.size(1), parameter.size(0)).t()
            parameter.copy_(part)
            at += parameter.numel()
    if at != values.numel():
        sys.exit(f"torch_train.py: {path} has {values.numel()} parameters, the network {at}")
    return at


def flatten(parameters: List[nn.Parameter]) -> nn.Parameter:
    """One tensor that all of them, and their gradients, are views of."""
    flat = torch.cat([p.detach().flatten() for p in parameters])
    whole = nn.Parameter(flat)
    whole.grad = torch.zeros_like(flat)
    at = 0
    for p in parameters:
        p.data = whole.data[at:at + p.numel()].view_as(p)
        p.grad = whole.grad[at:at + p.numel()].view_as(p)
        at += p.numel()
    return whole


def make_optimiser(model: nn.Module, how: str) -> torch.optim.Optimizer:
    matrices = [p for p in model.parameters() if p.dim() == 2]
    vectors = [p for p in model.parameters() if p.dim() != 2]
    if how == "flat":
        matrices, vectors = [flatten(matrices)], [flatten(vectors)]
    groups = [{"params": matrices, "weight_decay": WEIGHT_DECAY},
              {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=LEARNING_RATE, betas=(0.9, 0.999), eps=1e-8,
                             foreach=how == "foreach")



def measure(case: str, seconds: float, path: str, setting: str) -> dict:
    moe, inputs, hidden, depth, outputs, batch = CASES[case]
    words = setting.split("+")
    torch.manual_seed(1)
    model = MoE(inputs, hidden, depth, outputs, "sorted" in words) if moe else \
        Dense(inputs, hidden, depth, outputs)
    count = load_parameters(model, path)
    data = make_data(inputs, outputs, batch)
    flat = "flat" in words
    optimiser = make_optimiser(model, words[-1])
    step_model = model
    if "script" in words:
        step_model = torch.jit.script(model)
    elif "trace" in words:
        step_model = torch.jit.trace(model, data[0])

    def step(i: int) -> Tensor:
        x, target = data[i % BATCHES]
        # Flat gradients are views that must stay; elsewhere None saves the clearing.
        optimiser.zero_grad(set_to_none=not flat)
        loss = step_model(x, target)
        loss.backward()
        optimiser.step()
        return loss

    losses = []
    for i in range(WARM_STEPS):
        loss = step(i)
        if i < LOSSES:
            losses.append(float(loss))
    steps, start, cpu = 0, time.perf_counter(), time.process_time()
    while True:
        step(WARM_STEPS + steps)
        steps += 1
        spent = time.perf_counter() - start
        if spent >= seconds:
            break
    cpu = time.process_time() - cpu
    samples = steps * batch
    return {"group": "train", "case": case, "peer": "PyTorch", "unit": "samples/s",
            "value": round(samples / spent, 1), "cpu_value": round(samples / cpu, 1),
            "threads": torch.get_num_threads(), "setting": setting, "parameters": count,
            "losses": losses,
            "version": f"PyTorch {torch.__version__}"}


def settings_of(case: str) -> List[str]:
    moe = CASES[case][0]
    forms = ["eager+sorted", "eager+masked", "script+sorted", "script+masked"] if moe else \
        ["eager", "script", "trace"]
    return [f"{form}+{how}" for form in forms for how in ("forloop", "foreach", "flat")]


def main() -> int:
    if len(sys.argv) not in (4, 5) or sys.argv[1] not in CASES:
        print(__doc__, file=sys.stderr)
        return 2
    case, seconds, path = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    settings = settings_of(case)
    if len(sys.argv) == 5 and sys.argv[4] not in settings:
        print(f"torch_train.py: expected one of {', '.join(settings)}", file=sys.stderr)
        return 2
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    torch.set_flush_denormal(True)
    if len(sys.argv) == 5:
        print(json.dumps(measure(case, seconds, path, sys.argv[4])))
        return 0
    for setting in settings:
        try:
            print(json.dumps(measure(case, seconds, path, setting)), flush=True)
        except RuntimeError as error:  # what one setting cannot do, another may
            print(f"torch_train.py: {case} {setting}: {error}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
