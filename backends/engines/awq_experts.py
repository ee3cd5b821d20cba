# pyright: basic
# basic: torch may be missing where types are checked.
"""AWQ's modules: experts of a layer, packed in three-dimensional buffers, and dense linears."""

from __future__ import annotations

from typing import Any

from backends.contract.errors import MinimError
from backends.engines.awq_packing import PER_INT, multiply
from backends.engines.torch_library import torch

PARTS = ("qweight", "qzeros", "scales")
"""What AutoAWQ writes for each weight."""


class PackedLinear(torch.nn.Module):
    """A linear layer of `inputs` to `outputs` in 4 bits, in groups of `group` inputs."""

    def __init__(self, inputs: int, outputs: int, group: int, *, has_bias: bool) -> None:
        super().__init__()
        _register(self, "", (), inputs, outputs, group)
        self.register_buffer("bias", torch.empty(outputs) if has_bias else None)

    def forward(self, inputs: Any) -> Any:
        """[…, in] → […, out]"""
        rows = inputs.reshape(-1, inputs.shape[-1])
        written = multiply(rows, self.qweight, self.qzeros, self.scales).view(*inputs.shape[:-1], -1)
        return written if self.bias is None else written + self.bias


class PackedExperts(torch.nn.Module):
    """A layer's experts in 4 bits, in place of Transformers' fused ones. Only those that were hit are unpacked.

    Buffers: `gate_up_proj_qweight` int32 [experts, hidden, 2 × intermediate / 8] and so on, gate before up.
    """

    def __init__(self, experts: Any, group: int) -> None:
        super().__init__()
        self.num_experts, doubled, hidden = experts.gate_up_proj.shape
        self.act_fn = experts.act_fn
        _register(self, "gate_up_proj_", (self.num_experts,), hidden, doubled, group)
        _register(self, "down_proj_", (self.num_experts,), doubled // 2, hidden, group)

    def forward(self, hidden_states: Any, top_k_index: Any, top_k_weights: Any) -> Any:
        """[tokens, hidden] and who is asked for each token [tokens, k], with what weight → [tokens, hidden]"""
        written = torch.zeros_like(hidden_states)
        for number in top_k_index.unique().tolist():
            tokens, places = torch.where(top_k_index == number)
            gate, up = self._times("gate_up_proj_", number, hidden_states[tokens]).chunk(2, dim=-1)
            answer = self._times("down_proj_", number, self.act_fn(gate) * up)
            answer = answer * top_k_weights[tokens, places, None]
            written.index_add_(0, tokens, answer.to(written.dtype))
        return written

    def _times(self, stem: str, number: int, inputs: Any) -> Any:
        return multiply(inputs, *(getattr(self, stem + part)[number] for part in PARTS))


def can_be_packed(experts: Any) -> bool:
    """Whether fused experts of Transformers compute what PackedExperts does: gate and up as one, no bias, no more."""
    plain = {"is_transposed": False, "has_bias": False, "is_concatenated": True, "has_gate": True}
    return (
        {name for name, _ in experts.named_parameters()} == {"gate_up_proj", "down_proj"}
        and all(getattr(experts, name, None) is value for name, value in plain.items())
        and not getattr(experts, "has_post_expert_norm", True)
        and type(experts)._apply_gate.__name__ == "_default_apply_gate"
    )


def _register(module: Any, stem: str, ahead: tuple[int, ...], inputs: int, outputs: int, group: int) -> None:
    """Give a module the three buffers of a weight [inputs, outputs], with the sides `ahead` before them."""
    group = inputs if group == -1 else group
    if inputs % group or outputs % PER_INT:
        raise MinimError(
            "unsupported_model",
            f"A weight of {inputs}×{outputs} cannot be packed by AWQ in groups of {group}.",
            "Choose another quantization.",
        )
    groups = inputs // group
    module.register_buffer(f"{stem}qweight", torch.empty((*ahead, inputs, outputs // PER_INT), dtype=torch.int32))
    module.register_buffer(f"{stem}qzeros", torch.empty((*ahead, groups, outputs // PER_INT), dtype=torch.int32))
    module.register_buffer(f"{stem}scales", torch.empty((*ahead, groups, outputs), dtype=torch.float16))
