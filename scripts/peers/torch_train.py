#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Samples per second of PyTorch on the networks of scripts/peers/speed.py, as one JSON line.

    torch_train.py CASE SECONDS PARAMETERS SETTING ...   these settings, one line each
    torch_train.py CASE SECONDS PARAMETERS               every setting of the case

PARAMETERS is the file train_speed wrote. A SETTING names what PyTorch leaves to its user, joined by
"+": eager, script, trace, compile or autotune (torch.compile, max-autotune; all in one graph), pieces
(torch.compile with the graphs it makes by itself); sorted, masked or grouped
(how a MoE finds and computes the rows of an expert; grouped_mm multiplies them all in one call);
forloop, foreach, fused or flat (AdamW tensor by tensor, over a list of tensors, in one kernel, or over
two flat tensors which all parameters are views of, in one kernel where there is one). What the version
at hand does not have is no setting."""
import sys
from typing import List, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import speed
from speed import BALANCE, BATCHES, EXPERTS, TOP_K, Case

IS_2 = hasattr(torch, "compile")
if IS_2 and (len(sys.argv) < 5 or not {"compile", "autotune", "pieces"}.isdisjoint(sys.argv[4].split("+"))):
    import torch._inductor.compile_fx  # once, not in the process of each setting
GROUPED_MM = getattr(F, "grouped_mm", None) or getattr(torch, "_grouped_mm", None)


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
        counts = (flat.unsqueeze(1) == torch.arange(self.n_experts)).sum(0)
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


class GroupedMoE(nn.Module):
    """All rows by expert in one matrix; tensors of one kind of all experts are one parameter."""

    def __init__(self, case: Case):
        super().__init__()
        self.router = nn.Linear(case.inputs, EXPERTS)
        parts = speed.stacked_experts(case, [torch.empty(s).numpy() for s in speed.shapes_of(case)])
        self.stacked = nn.ParameterList([nn.Parameter(torch.from_numpy(part)) for part in parts])
        self.register_buffer("ids", torch.arange(EXPERTS))

    def forward(self, x: Tensor, target: Tensor) -> Tensor:
        p = torch.softmax(self.router(x), 1)
        gate, chosen = torch.topk(p, TOP_K, dim=1, sorted=False)
        flat = chosen.flatten()
        order = torch.argsort(flat)
        rows = torch.div(order, TOP_K, rounding_mode="floor")
        counts = (flat.unsqueeze(1) == self.ids).sum(0)
        ends = counts.cumsum(0).to(torch.int32)
        # Row by row, of which expert: what picks biases and LayerNorm's vectors.
        one = (flat[order].unsqueeze(1) == self.ids).to(x.dtype)
        h = x.index_select(0, rows)
        for at in range(0, len(self.stacked) - 2, 4):
            weight, bias, gain, shift = self.stacked[at:at + 4]
            h = GROUPED_MM(h, weight, offs=ends) + one @ bias
            h = F.gelu(F.layer_norm(h, (h.size(1),)) * (one @ gain) + one @ shift)
        weight, bias = self.stacked[-2:]
        h = GROUPED_MM(h, weight, offs=ends) + one @ bias
        h = h * gate.flatten().index_select(0, order).unsqueeze(1)
        y = torch.zeros(x.size(0), h.size(1)).index_add(0, rows, h)
        balance = EXPERTS * (counts.to(p.dtype) / chosen.numel() * p.mean(0)).sum()
        return F.cross_entropy(y, target) + BALANCE * balance


def make_model(case: Case, words: List[str], path: str) -> nn.Module:
    parts = speed.read_parameters(case, path)
    if "grouped" in words:
        model = GroupedMoE(case)
        values = [parts[0].T, parts[1]] + speed.stacked_experts(case, parts)
    else:
        model = MoE(case.inputs, case.hidden, case.depth, case.outputs, "sorted" in words) \
            if case.moe else Dense(case.inputs, case.hidden, case.depth, case.outputs)
        values = [part.T for part in parts]
    with torch.no_grad():
        for parameter, value in zip(list(model.parameters()), values, strict=True):
            parameter.copy_(torch.from_numpy(value.copy()))
    return model


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
    # Stacked experts have a dimension more.
    stacked = {id(p) for p in getattr(model, "stacked", [])}
    matrices = [p for p in model.parameters() if p.dim() - (id(p) in stacked) == 2]
    vectors = [p for p in model.parameters() if p.dim() - (id(p) in stacked) == 1]
    options = {"foreach": how == "foreach"}
    if how == "flat":
        matrices, vectors = [flatten(matrices)], [flatten(vectors)]
    if how == "fused" or (how == "flat" and IS_2):
        options = {"fused": True}
    groups = [{"params": matrices, "weight_decay": speed.WEIGHT_DECAY},
              {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=speed.LEARNING_RATE, betas=(speed.BETA1, speed.BETA2),
                             eps=speed.EPSILON, **options)


def measure(case: Case, seconds: float, path: str, setting: str) -> dict:
    words = setting.split("+")
    compiles = not {"compile", "autotune", "pieces"}.isdisjoint(words)
    torch.manual_seed(1)
    model = make_model(case, words, path)
    x, classes = speed.make_data(case)
    data = [(torch.from_numpy(x[i].copy()), torch.from_numpy(classes[i].copy()))
            for i in range(BATCHES)]
    flat = "flat" in words
    optimiser = make_optimiser(model, words[-1])
    step_model = model
    if "script" in words:
        step_model = torch.jit.script(model)
    elif "trace" in words:
        step_model = torch.jit.trace(model, data[0])
    elif compiles:
        # Else the rows of an expert, whose number is data, end a graph: with "masked" dynamo then gives
        # up the loop and all experts run as in eager. fullgraph: all of it is compiled, or it fails.
        whole = "pieces" not in words
        torch._dynamo.config.capture_scalar_outputs = whole
        torch._dynamo.config.capture_dynamic_output_shape_ops = whole
        step_model = torch.compile(model, fullgraph=whole,
                                   mode="max-autotune" if "autotune" in words else "default")

    def step(i: int) -> Tensor:
        x, target = data[i % BATCHES]
        # Flat gradients are views that must stay; elsewhere None saves the clearing.
        optimiser.zero_grad(set_to_none=not flat)
        loss = step_model(x, target)
        loss.backward()
        optimiser.step()
        return loss.detach()

    def compiled() -> int:
        return torch._dynamo.utils.counters["stats"]["unique_graphs"] if compiles else 0

    record = speed.run_steps(case, seconds, step, lambda loss: None, compiled)
    if compiles and not record["compiled"]:
        raise RuntimeError("torch.compile has compiled nothing")
    return {**record, "threads": torch.get_num_threads()}


def settings_of(case: Case) -> List[str]:
    forms = ["eager", "script"] + ([] if case.moe else ["trace"]) + \
        (["compile", "autotune"] if IS_2 else [])
    if case.moe:
        # TorchScript does not know grouped_mm.
        forms = [f"{form}+{way}" for form in forms
                 for way in ("sorted", "masked", "grouped")
                 if way != "grouped" or (GROUPED_MM and form != "script")]
        forms += ["pieces+sorted"] if IS_2 else []
    # A form is of the model, not of AdamW: its slow ways are tried with eager alone.
    fast = ["fused" if IS_2 else "foreach", "flat"]
    slow = ["forloop"] + (["foreach"] if IS_2 else [])
    return [f"{form}+{how}" for form in forms
            for how in (slow if form.startswith("eager") else []) + fast]


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    torch.set_flush_denormal(True)
    sys.exit(speed.main(__doc__, settings_of, measure,
                        {"peer": "PyTorch", "version": f"PyTorch {torch.__version__}"}))
