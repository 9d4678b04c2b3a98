#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Samples per second of JAX on the networks of scripts/peers/speed.py, as one JSON line.

    jax_train.py CASE SECONDS PARAMETERS SETTING ...   these settings, one line each
    jax_train.py CASE SECONDS PARAMETERS               every setting of the case

A step (loss, gradients, AdamW) is one jit that gives its arguments away. A SETTING names what JAX
leaves to its user, joined by "+": of a MoE all (every expert on all rows), ragged (ragged_dot over
sorted rows) or places (each expert on as many rows as the busiest expert has, rounded up to 16, of
which a jit of the router alone tells beforehand; the rest weighs 0); tree or flat (AdamW by tensor or
over one vector)."""
import os
import sys
from functools import partial
from typing import List

# One thread: XLA makes as many as there are processors it may use.
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

import speed
from speed import BALANCE, BATCHES, EXPERTS, TOP_K, Case

PLACES = 16


def layer_norm(x, gain, shift):
    d = x - x.mean(-1, keepdims=True)
    return d / jnp.sqrt((d * d).mean(-1, keepdims=True) + 1e-5) * gain + shift


def gelu(x):
    return jax.nn.gelu(x, approximate=False)


def cross_entropy(z, target):
    return -jnp.take_along_axis(jax.nn.log_softmax(z), target[:, None], 1).mean()


def dense_loss(params, x, target):
    x = x @ params[0] + params[1]
    for at in range(2, len(params) - 2, 6):
        gain, shift, up, up_bias, down, down_bias = params[at:at + 6]
        x = x + gelu(layer_norm(x, gain, shift) @ up + up_bias) @ down + down_bias
    return cross_entropy(x @ params[-2] + params[-1], target)


def experts(params, h, multiply, of_row):
    """All layers of all experts; of_row picks of a tensor [experts, n] what each row needs."""
    for at in range(2, len(params) - 2, 4):
        weight, bias, gain, shift = params[at:at + 4]
        h = gelu(layer_norm(multiply(h, weight) + of_row(bias), of_row(gain), of_row(shift)))
    return multiply(h, params[-2]) + of_row(params[-1])


def route(params, x):
    p = jax.nn.softmax(x @ params[0] + params[1])
    gate, chosen = jax.lax.top_k(p, TOP_K)
    return p, gate, chosen


def moe_loss(way, places, params, x, target):
    p, gate, chosen = route(params, x)
    flat = chosen.ravel()
    picked = flat[:, None] == jnp.arange(EXPERTS)
    counts = picked.sum(0)
    rows_of = jnp.arange(flat.size) // TOP_K
    if way == "all":
        gates = (gate.ravel()[:, None] * picked).reshape(*chosen.shape, EXPERTS).sum(1)
        f = experts(params, jnp.broadcast_to(x, (EXPERTS, *x.shape)),
                    lambda h, w: jnp.einsum("eri,eio->ero", h, w), lambda v: v[:, None])
        y = jnp.einsum("re,ero->ro", gates, f)
    elif way == "ragged":
        order = jnp.argsort(flat)
        rows, one = order // TOP_K, picked[order].astype(x.dtype)
        f = experts(params, x[rows], lambda h, w: jax.lax.ragged_dot(h, w, counts.astype(jnp.int32)),
                    lambda v: one @ v)
        y = jnp.zeros((x.shape[0], f.shape[1])).at[rows].add(f * gate.ravel()[order][:, None])
    else:
        # Where each choice stands among those of its expert.
        place = (jnp.cumsum(picked, 0) - 1)[jnp.arange(flat.size), flat]
        batch = jnp.zeros((EXPERTS, places, x.shape[1])).at[flat, place].set(x[rows_of])
        f = experts(params, batch, lambda h, w: jnp.einsum("eri,eio->ero", h, w),
                    lambda v: v[:, None])
        y = (f[flat, place] * gate.ravel()[:, None]).reshape(*chosen.shape, -1).sum(1)
    share = counts / flat.size
    return cross_entropy(y, target) + BALANCE * EXPERTS * (share * p.mean(0)).sum()


def adamw(params, grads, first, second, step, decay):
    inverse = 1 / jnp.sqrt(1 - speed.BETA2 ** step)
    rate = speed.LEARNING_RATE / (1 - speed.BETA1 ** step)

    def one(p, g, m, v, d):
        m = speed.BETA1 * m + (1 - speed.BETA1) * g
        v = speed.BETA2 * v + (1 - speed.BETA2) * g * g
        p = p * (1 - speed.LEARNING_RATE * d) - rate * m / (jnp.sqrt(v) * inverse + speed.EPSILON)
        return p, m, v

    out = jax.tree.map(one, params, grads, first, second, decay)
    return jax.tree.transpose(jax.tree.structure(params), jax.tree.structure((0, 0, 0)), out)


def measure(case: Case, seconds: float, path: str, setting: str) -> dict:
    way, how = ([""] + setting.split("+"))[-2:]
    parts = speed.read_parameters(case, path)
    if case.moe:
        stacked = speed.stacked_experts(case, parts)
        matrix = [True, False] + [part.ndim == 3 for part in stacked]
        parts = parts[:2] + stacked
    else:
        matrix = [part.ndim == 2 for part in parts]
    params = [jnp.array(part) for part in parts]
    decay = [jnp.full(part.shape if how == "flat" else (), speed.WEIGHT_DECAY * is_matrix)
             for part, is_matrix in zip(parts, matrix)]
    as_list = list
    if how == "flat":
        params, as_list = ravel_pytree(params)
        decay, _ = ravel_pytree(decay)
    state = [params, jax.tree.map(jnp.zeros_like, params), jax.tree.map(jnp.zeros_like, params)]

    @partial(jax.jit, static_argnums=0, donate_argnums=(1, 2, 3))
    def update(places, params, first, second, step, x, target):
        def loss_of(params):
            tensors = as_list(params)
            return moe_loss(way, places, tensors, x, target) if case.moe else \
                dense_loss(tensors, x, target)
        loss, grads = jax.value_and_grad(loss_of)(params)
        return loss, *adamw(params, grads, first, second, step, decay)

    @jax.jit
    def busiest(params, x):
        return jnp.bincount(route(as_list(params), x)[2].ravel(), length=EXPERTS).max()

    x, classes = speed.make_data(case)
    data = [(jnp.array(x[i]), jnp.array(classes[i].astype(np.int32))) for i in range(BATCHES)]
    places = 0

    def step(i: int):
        nonlocal state, places
        rows, target = data[i % BATCHES]
        if way == "places":
            # It only grows, so that few sizes are compiled.
            places = max(places, -(-int(busiest(state[0], rows)) // PLACES) * PLACES)
        loss, *state = update(places, *state, np.float32(i + 1), rows, target)
        return loss

    # Each step waits for its end: two at a time would be two threads.
    record = speed.run_steps(case, seconds, step, lambda loss: loss.block_until_ready(),
                             lambda: update._cache_size() + busiest._cache_size())
    return {**record, "threads": len(os.sched_getaffinity(0))}


def settings_of(case: Case) -> List[str]:
    ways = ["all+", "ragged+", "places+"] if case.moe else [""]
    return [f"{way}{how}" for way in ways for how in ("tree", "flat")]


if __name__ == "__main__":
    sys.exit(speed.main(__doc__, settings_of, measure,
                        {"peer": "JAX", "version": f"JAX {jax.__version__}"}))
