# pyright: basic
# basic: transformers' tokenizers are only partly typed.
"""Tokens to text with a tokenizer that is not Rust's: whole characters only, nothing lost, nothing twice."""

from __future__ import annotations

from transformers import ByT5Tokenizer

from backends.engines.detokenizer import Detokenizer


def test_a_tokenizer_of_python_decodes_as_it_comes() -> None:
    tokenizer = ByT5Tokenizer()
    text = "Hé 😀\n  two  lines,\n中文。"
    detokenizer = Detokenizer(tokenizer)
    pieces = [detokenizer.add(token) for token in tokenizer.encode(text, add_special_tokens=False)]
    assert [piece for piece in pieces if piece] == list(text)
    assert detokenizer.finish() == ""


def test_half_a_character_at_its_end_is_dropped() -> None:
    tokenizer = ByT5Tokenizer()
    detokenizer = Detokenizer(tokenizer)
    tokens = tokenizer.encode("a😀", add_special_tokens=False)
    assert "".join(detokenizer.add(token) for token in tokens[:-1]) + detokenizer.finish() == "a"
