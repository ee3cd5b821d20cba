# pyright: basic
# basic: tokenizers are only partly typed.
"""What reaches a reader: a dialect's markers as text, other special tokens not at all, no half of a character."""

from __future__ import annotations

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from backends.engines.detokenizer import Detokenizer

HARMONY = ["<|start|>", "<|end|>", "<|message|>", "<|channel|>", "<|constrain|>", "<|return|>", "<|call|>"]


def tokenizer(*special: str) -> PreTrainedTokenizerFast:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE({char: number for number, char in enumerate(alphabet)}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(content, special=True, normalized=False) for content in special])
    return PreTrainedTokenizerFast(tokenizer_object=made)


@pytest.mark.parametrize(
    ("special", "text", "read"),
    [
        (
            [*HARMONY, "<|startoftext|>"],
            "<|startoftext|><|channel|>analysis<|message|>hé<|end|>",
            "<|channel|>analysis<|message|>hé<|end|>",
        ),
        (["<|end|>", "<|user|>"], "a<|end|><|user|>b", "ab"),
        (["<think>", "</think>", "<tool_call>", "<|im_end|>"], "<think>a</think><tool_call><|im_end|>", None),
        (["<|channel>", "<channel|>", '<|"|>', "<turn|>"], '<|channel>thought\na<channel|><|"|>b<turn|>', None),
        (["</s>"], "a b</s>", "a b"),
    ],
)
def test_special_tokens_reach_the_reader_where_it_needs_them(special: list[str], text: str, read: str | None) -> None:
    made = tokenizer(*special)
    detokenizer = Detokenizer(made)
    pieces = [detokenizer.add(token) for token in made.encode(text, add_special_tokens=False)]
    expected = text.removesuffix("<|im_end|>").removesuffix("<turn|>") if read is None else read
    assert "".join([*pieces, detokenizer.finish()]) == expected


def test_half_a_character_waits_for_its_rest() -> None:
    made = tokenizer()
    detokenizer = Detokenizer(made)
    pieces = [detokenizer.add(token) for token in made.encode("é", add_special_tokens=False)]
    assert pieces == ["", "é"]
    assert detokenizer.add(made.encode("é", add_special_tokens=False)[0]) == ""
    assert detokenizer.finish() == ""
