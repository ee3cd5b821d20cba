"""A start from which the model can copy: two layers are set up as n-gram induction heads before any training.

Small models find copying late: it took thousands of steps here to appear by itself. So the first layer's heads begin by
looking one, two and three tokens back (by rotary position alone), each writing a sketch of that token into a room
of its own in the residual stream; two heads of the second layer begin by looking for the place whose past tokens
equal the present ones, and write a sketch of the token found there into the room that the output head reads.
Everything stays trainable. Source of the idea: https://transformer-circuits.pub/2022/in-context-learning-and-induction-heads/
"""

from __future__ import annotations

import torch
from pocket_model import Attention, PocketModel, Shape
from torch import Tensor

TOKEN = slice(1, 96)  # rooms of the residual stream (hidden size 256); dimension 0 is constant
BACK = (slice(96, 144), slice(144, 176), slice(176, 208))
FOUND = slice(208, 256)
SHARP = 4  # how many of the fastest rotary pairs tell positions apart
STILL = 8  # from this pair on rotation is slow enough to be taken for none


def _sketch(rows: int, columns: int) -> Tensor:
    """A random projection with orthonormal rows, or columns where there are fewer."""
    wide = torch.randn(max(rows, columns), min(rows, columns))
    basis = torch.linalg.qr(wide)[0]
    return basis if rows >= columns else basis.mT


def _look_back(attention: Attention, shape: Shape) -> None:
    """Heads 0, 1 and 2 attend to the tokens one, two and three places before."""
    half, size = shape.rotary_dim // 2, shape.head_dim
    speed = shape.rope_theta ** (-torch.arange(SHARP, dtype=torch.float32) / half)
    for weight in (attention.q_proj, attention.k_proj):
        weight.mul_(0.05)
    for head in range(shape.num_key_value_heads):
        attention.k_proj[head * size : head * size + SHARP, 0] += 1.0
    for head, distance in enumerate((1, 2, 3)):
        # a key turned by p and a query turned by p + distance meet where the query's phase is -distance
        start = head * size
        attention.q_proj[start : start + SHARP, 0] += torch.cos(distance * speed)
        attention.q_proj[start + half : start + half + SHARP, 0] -= torch.sin(distance * speed)
    attention.q_norm.weight.fill_(2.0)
    attention.k_norm.weight.fill_(2.0)
    tokens = TOKEN.stop - TOKEN.start
    for head, room in enumerate(BACK):
        width = room.stop - room.start
        pair = head // 2  # queries 0 and 1 share the first keys and values
        values = slice(pair * size, (pair + 1) * size)
        if head % 2 == 0:
            attention.v_proj[values].mul_(0.05)
            attention.v_proj[values, TOKEN] += _sketch(size, tokens)
        attention.o_proj[:, head * size : (head + 1) * size].mul_(0.05)
        attention.o_proj[room, head * size : (head + 1) * size] += _sketch(width, size)


def _content(shape: Shape) -> list[int]:
    """The dimensions of a head that position does not disturb."""
    half = shape.rotary_dim // 2
    return [*range(STILL, half), *range(half + STILL, 2 * half), *range(2 * half, shape.head_dim)]


def _find_same(model: PocketModel, shape: Shape, found: Tensor) -> None:
    """Heads 0 and 2 of the second layer look for equal past tokens: one token, or three."""
    first, second = model.layers[0].self_attn, model.layers[1].self_attn
    size, dims = shape.head_dim, _content(shape)
    for head, counts in ((0, (48, 0, 0)), (2, (16, 16, 16))):
        pair = head // 2
        second.q_proj[head * size : (head + 1) * size].mul_(0.05)
        second.k_proj[pair * size : (pair + 1) * size].mul_(0.05)
        used = 0
        for back, count in enumerate(counts):
            if not count:
                continue
            room = BACK[back]
            read = _sketch(count, room.stop - room.start)
            keys = torch.tensor(dims[used : used + count]) + pair * size
            queries = torch.tensor(dims[used : used + count]) + head * size
            second.k_proj[keys, room] += read
            # What the first layer writes for a token `back` + 1 places before, seen from where it is now.
            if back == 0:
                second.q_proj[queries, TOKEN] += read @ _written(first, 0, shape)
            else:
                change = _written(first, back, shape) @ torch.linalg.pinv(_written(first, back - 1, shape))
                second.q_proj[queries, BACK[back - 1]] += read @ change
            used += count
        second.v_proj[pair * size : (pair + 1) * size].mul_(0.05)
        second.v_proj[pair * size : pair * size + 48, TOKEN] += found
        second.o_proj[:, head * size : (head + 1) * size].mul_(0.05)
        second.o_proj[FOUND, head * size : head * size + 48] += 1.5 * torch.eye(48)
    second.q_norm.weight.fill_(1.6)
    second.k_norm.weight.fill_(1.6)


def _written(attention: Attention, head: int, shape: Shape) -> Tensor:
    """The map from a token's embedding to what a head of the first layer writes into its room."""
    size = shape.head_dim
    values = attention.v_proj[(head // 2) * size : (head // 2 + 1) * size, TOKEN]
    return attention.o_proj[BACK[head], head * size : (head + 1) * size] @ values


@torch.no_grad()
def start_copying(model: PocketModel) -> None:
    """Set the model up to copy. Called once, on fresh weights."""
    shape = model.shape
    model.embed_tokens.zero_()
    model.embed_tokens[:, 0] = 2.0
    model.embed_tokens[:, TOKEN] = 0.8 * torch.randn(shape.vocab_size, TOKEN.stop - TOKEN.start)
    found = _sketch(48, TOKEN.stop - TOKEN.start)
    _look_back(model.layers[0].self_attn, shape)
    _find_same(model, shape, found)
    model.lm_head[:, FOUND] += 0.5 * model.embed_tokens[:, TOKEN] @ found.mT
