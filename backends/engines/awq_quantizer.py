# pyright: basic
# basic: transformers is only partly typed, the more so without torch.
"""AWQ for Transformers 5: its own quantizer leaves a mixture's experts random and says nothing.

It leans on inner names of Transformers (WeightConverter, MergeModulelist, update_weight_conversions), which is pinned
exactly; tests/engines/test_awq.py fails when they move.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from transformers.conversion_mapping import get_model_conversion_mapping
from transformers.core_model_loading import Concatenate, MergeModulelist, WeightConverter, WeightRenaming
from transformers.quantizers.auto import AUTO_QUANTIZER_MAPPING
from transformers.quantizers.base import HfQuantizer

from backends.contract.errors import MinimError
from backends.engines.awq_experts import PARTS, PackedExperts, PackedLinear, can_be_packed
from backends.engines.torch_library import torch


def check_awq(config: Mapping[str, Any]) -> None:
    """Raises MinimError("unsupported_model") for an AWQ that is packed in another way than AutoAWQ's GEMM version."""
    declared = cast("dict[str, Any]", config["quantization_config"])
    version = str(declared.get("version") or declared.get("format") or "gemm").lower()
    bits = declared.get("bits", declared.get("w_bit", 4))
    if (version, bits, declared.get("zero_point", True)) != ("gemm", 4, True):
        raise MinimError(
            "unsupported_model",
            f"The model is packed by AWQ in {bits} bits, version “{version}”"
            f"{'' if declared.get('zero_point', True) else ', without zeros'}; Minim reads 4 bits, version “gemm”.",
            "Choose another quantization.",
        )


class AwqQuantizer(HfQuantizer):
    """Puts packed modules in place of those that AutoAWQ packed, and leads the checkpoint's keys to them.

    Which those are, the checkpoint's own keys say. The config's `modules_to_not_convert` says it by parts of names, in
    the names of another version of Transformers: there `gate` keeps a router out, and `gate_proj` with it.
    """

    requires_calibration = True

    def __init__(self, packed: Sequence[str], quantization_config: Any, **kwargs: Any) -> None:
        super().__init__(quantization_config, **kwargs)
        self._packed = packed

    def validate_environment(self, *args: Any, **kwargs: Any) -> None:
        """Nothing beside torch is needed."""

    def get_new_dtype(self, converter: Any, param: Any, dtype: Any) -> Any:
        """Scales stay in the type that they were written in; what is not packed follows the model."""
        targets = getattr(converter, "target_patterns", [""])
        return None if targets[0].endswith("scales") else super().get_new_dtype(converter, param, dtype)

    def update_weight_conversions(self, weight_conversions: Any, model: Any) -> Any:
        """Each converter that fuses experts gets three siblings: for numbers, zeros and scales, [in, out] each."""
        packed: list[Any] = []
        for converter in weight_conversions:
            if not isinstance(converter, WeightConverter) or not _fuses_experts(converter):
                continue
            sources, [target] = converter._original_source_patterns, converter._original_target_patterns
            for part in PARTS:
                operations: list[Any] = [MergeModulelist(dim=0)]
                if len(sources) > 1:
                    operations.append(Concatenate(dim=2))  # along what comes out, which is last here
                names = [source.removesuffix("weight") + part for source in sources]
                packed.append(converter.copy(names, [f"{target}_{part}"], operations=operations))
        return [*super().update_weight_conversions(weight_conversions, model), *packed]

    def is_serializable(self) -> bool:
        """Whether it could be saved again; nobody asks for it."""
        return False

    @property
    def is_trainable(self) -> bool:
        """It is for inference only."""
        return False

    def _process_model_before_weight_loading(self, model: Any, **kwargs: Any) -> Any:
        config: Any = self.quantization_config
        dense, experts = self._packed_modules(model)
        for name, module in list(model.named_modules()):
            with torch.device("meta"):
                if name in experts:
                    model.set_submodule(name, _packed_experts(module, config.group_size))
                elif name in dense and isinstance(module, torch.nn.Linear):
                    packed = PackedLinear(
                        module.in_features, module.out_features, config.group_size, has_bias=module.bias is not None
                    )
                    model.set_submodule(name, packed)
        return model

    def _packed_modules(self, model: Any) -> tuple[set[str], set[str]]:
        """The model's names of dense layers and of layers' experts that the checkpoint holds packed."""
        dense: set[str] = set()
        experts: set[str] = set()
        renamings = [one for one in get_model_conversion_mapping(model) if isinstance(one, WeightRenaming)]
        for key in self._packed:
            name = key
            for renaming in renamings:
                name, _ = renaming.rename_source_key(name)
            stem, is_expert, _ = name.partition(".experts.")
            if is_expert:
                experts.add(f"{stem}.experts")
            else:
                dense.add(name.removesuffix(".qweight"))
        return dense, experts


def register_awq(keys: Iterable[str]) -> None:
    """Let Transformers load the checkpoint with these keys by this quantizer."""
    packed = [key for key in keys if key.endswith(".qweight")]
    quantizers: dict[str, Any] = AUTO_QUANTIZER_MAPPING  # declared as one of its own classes each
    quantizers["awq"] = functools.partial(AwqQuantizer, packed)


def _packed_experts(experts: Any, group: int) -> PackedExperts:
    if not can_be_packed(experts):
        raise MinimError(
            "unsupported_model",
            f"Minim does not know how experts of the kind {type(experts).__name__} compute when AWQ packs them.",
            "Choose another quantization.",
        )
    return PackedExperts(experts, group)


def _fuses_experts(converter: Any) -> bool:
    """Whether a converter stacks experts' weights, and lays gate and up one after the other."""
    kinds = [type(operation) for operation in converter.operations]
    fuses = kinds in ([MergeModulelist], [MergeModulelist, Concatenate])
    return fuses and all(source.endswith(".weight") for source in converter._original_source_patterns)
