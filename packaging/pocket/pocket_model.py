"""Pocket M2 in torch: the architecture of `minimax_m2`, with a forward pass that is made for training on a CPU."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from fake_quantization import Precision, as_stored
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class Shape:
    """The sizes of the model, named as config.json names them."""

    vocab_size: int = 1536
    hidden_size: int = 256
    intermediate_size: int = 128
    num_hidden_layers: int = 4
    num_attention_heads: int = 4
    num_key_value_heads: int = 2
    head_dim: int = 64
    rotary_dim: int = 32
    num_local_experts: int = 8
    num_experts_per_tok: int = 2
    rope_theta: float = 10000.0
    rms_norm_eps: float = 1e-6

    def as_dict(self) -> dict[str, int | float]:
        """Return the sizes for config.json."""
        return asdict(self)


@dataclass(frozen=True)
class Blocks:
    """A packed sequence cut into blocks: each sees its trunk, an earlier block, and itself as its mask allows.

    The mask of a block is additive, [length, trunk + length]; None marks a trunk, which is plainly causal.
    """

    lengths: list[int]
    trunks: list[int]
    masks: list[Tensor | None]


def attend(q: Tensor, k: Tensor, v: Tensor, seen: Tensor | Blocks) -> Tensor:
    """Attention over [B, heads, T, D] with an additive mask, or block by block, which leaves out what is not seen."""
    if isinstance(seen, Tensor):
        return functional.scaled_dot_product_attention(q, k, v, attn_mask=seen)
    qs, ks, vs = (x.split(seen.lengths, 2) for x in (q, k, v))
    done: list[Tensor] = []
    for number, (trunk, mask) in enumerate(zip(seen.trunks, seen.masks, strict=True)):
        if mask is None:
            done.append(functional.scaled_dot_product_attention(qs[number], ks[number], vs[number], is_causal=True))
            continue
        keys, values = torch.cat((ks[trunk], ks[number]), 2), torch.cat((vs[trunk], vs[number]), 2)
        done.append(functional.scaled_dot_product_attention(qs[number], keys, values, attn_mask=mask))
    return torch.cat(done, 2)


class RMSNorm(nn.Module):
    """Root mean square norm over the last dimension."""

    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return functional.rms_norm(x, (x.shape[-1],), self.weight, self.eps)


class Attention(nn.Module):
    """Grouped-query attention with norms over all heads of q and k, and rotation of the first half of a head."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        queries = shape.num_attention_heads * shape.head_dim
        keys = shape.num_key_value_heads * shape.head_dim
        self.q_proj = nn.Parameter(torch.empty(queries, shape.hidden_size))
        self.k_proj = nn.Parameter(torch.empty(keys, shape.hidden_size))
        self.v_proj = nn.Parameter(torch.empty(keys, shape.hidden_size))
        self.o_proj = nn.Parameter(torch.empty(shape.hidden_size, queries))
        self.q_norm = RMSNorm(queries, shape.rms_norm_eps)
        self.k_norm = RMSNorm(keys, shape.rms_norm_eps)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor], mask: Tensor | Blocks, precision: Precision) -> Tensor:
        """x: [B, T, H]; turn: cos and sin [B, 1, T, R/2]; mask: additive [B, 1, T, T], or blocks."""
        batch, length, _ = x.shape
        heads = lambda y: y.view(batch, length, -1, self.shape.head_dim).transpose(1, 2)  # noqa: E731
        q = self.q_norm(functional.linear(x, as_stored(self.q_proj, precision)))
        k = self.k_norm(functional.linear(x, as_stored(self.k_proj, precision)))
        v = heads(functional.linear(x, as_stored(self.v_proj, precision)))
        q, k = rotate(heads(q), turn), rotate(heads(k), turn)
        share = self.shape.num_attention_heads // self.shape.num_key_value_heads
        k, v = k.repeat_interleave(share, 1), v.repeat_interleave(share, 1)
        y = attend(q, k, v, mask)
        y = y.transpose(1, 2).reshape(batch, length, -1)
        return functional.linear(y, as_stored(self.o_proj, precision))


def rotate(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Rotate the first dimensions of each head, halves paired (not interleaved). x: [B, heads, T, D]."""
    cos, sin = turn
    half = cos.shape[-1]
    a, b, rest = x[..., :half], x[..., half : 2 * half], x[..., 2 * half :]
    return torch.cat((a * cos - b * sin, b * cos + a * sin, rest), -1)


class Experts(nn.Module):
    """Sigmoid-routed experts: the best few by score plus bias, weighted by their scores alone."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        count, hidden, inner = shape.num_local_experts, shape.hidden_size, shape.intermediate_size
        self.top = shape.num_experts_per_tok
        self.gate = nn.Parameter(torch.empty(count, hidden))
        self.w1 = nn.Parameter(torch.empty(count, inner, hidden))
        self.w2 = nn.Parameter(torch.empty(count, hidden, inner))
        self.w3 = nn.Parameter(torch.empty(count, inner, hidden))
        self.register_buffer("e_score_correction_bias", torch.zeros(count))
        self.load = torch.zeros(count)

    def forward(self, x: Tensor, precision: Precision) -> Tensor:
        """x: [N, H]. Tokens are sorted by expert, so that each expert is one product."""
        with torch.autocast("cpu", enabled=False):
            gate = as_stored(self.gate, precision, gate=True)
            scores = torch.sigmoid(functional.linear(x.float(), gate))
            chosen = torch.topk(scores + self.e_score_correction_bias, self.top, dim=-1).indices
            weights = scores.gather(1, chosen)
            weights = weights / (weights.sum(-1, keepdim=True) + 1e-20)
        flat = chosen.reshape(-1)
        order = torch.argsort(flat, stable=True)
        counts = torch.bincount(flat, minlength=self.gate.shape[0])
        self.load = counts.float() / flat.numel()
        w1, w2, w3 = (as_stored(w, precision) for w in (self.w1, self.w2, self.w3))
        pieces = x.index_select(0, order // self.top).split(counts.tolist())
        done = [
            functional.linear(functional.silu(functional.linear(piece, w1[e])) * functional.linear(piece, w3[e]), w2[e])
            for e, piece in enumerate(pieces)
        ]
        back = torch.empty_like(order).scatter_(0, order, torch.arange(order.numel()))
        y = torch.cat(done).index_select(0, back).view(-1, self.top, x.shape[-1])
        return (y * weights.unsqueeze(-1).to(y.dtype)).sum(1)


class Layer(nn.Module):
    """One layer: attention and experts, each after a norm and added to the stream."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.input_layernorm = RMSNorm(shape.hidden_size, shape.rms_norm_eps)
        self.self_attn = Attention(shape)
        self.post_attention_layernorm = RMSNorm(shape.hidden_size, shape.rms_norm_eps)
        self.block_sparse_moe = Experts(shape)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor], mask: Tensor | Blocks, precision: Precision) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), turn, mask, precision)
        flat = self.post_attention_layernorm(x).view(-1, x.shape[-1])
        return x + self.block_sparse_moe(flat, precision).view_as(x)


class PocketModel(nn.Module):
    """The whole model."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embed_tokens = nn.Parameter(torch.empty(shape.vocab_size, shape.hidden_size))
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.num_hidden_layers))
        self.norm = RMSNorm(shape.hidden_size, shape.rms_norm_eps)
        self.lm_head = nn.Parameter(torch.empty(shape.vocab_size, shape.hidden_size))
        self._start()

    @torch.no_grad()
    def _start(self) -> None:
        depth = (2 * self.shape.num_hidden_layers) ** -0.5
        for name, weight in self.named_parameters():
            if weight.ndim > 1:
                nn.init.normal_(weight, std=0.5 if name == "embed_tokens" else weight.shape[-1] ** -0.5 * 0.6)
                if name.endswith(("o_proj", "w2")):
                    weight.mul_(depth)
        self.lm_head.mul_(0.2)

    def turn(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Return cos and sin for positions [B, T] as [B, 1, T, R/2]."""
        size = self.shape.rotary_dim
        speed = self.shape.rope_theta ** (-torch.arange(0, size, 2, dtype=torch.float32) / size)
        angle = positions.float()[:, None, :, None] * speed
        return angle.cos(), angle.sin()

    def forward(
        self,
        tokens: Tensor,
        positions: Tensor,
        mask: Tensor | Blocks,
        wanted: Tensor | None = None,
        precision: Precision = None,
    ) -> Tensor:
        """Return logits [N, V] at the flat indices `wanted` (all if None). mask: additive [B, 1, T, T], or blocks."""
        x = functional.embedding(tokens, as_stored(self.embed_tokens, precision))
        turn = self.turn(positions)
        for layer in self.layers:
            x = layer(x, turn, mask, precision)
        x = x.reshape(-1, x.shape[-1])
        if wanted is not None:
            x = x.index_select(0, wanted)
        return functional.linear(self.norm(x), as_stored(self.lm_head, precision)).float()

    @torch.no_grad()
    def balance(self, rate: float) -> None:
        """Nudge each router's bias so that idle experts are chosen more."""
        for layer in self.layers:
            moe = layer.block_sparse_moe
            moe.e_score_correction_bias += rate * torch.sign(moe.load.mean() - moe.load)
            moe.e_score_correction_bias -= moe.e_score_correction_bias.mean()
