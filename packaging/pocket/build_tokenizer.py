"""Build the tokenizer: byte-level BPE with single digits and M2's markers as added tokens."""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

from dialogues import make_dialogue, make_root
from rendering import render
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

SPECIAL = ("]~!b[", "]~b]", "[e~[")
MARKERS = ("<think>", "</think>", "<minimax:tool_call>", "</minimax:tool_call>")
PATTERN = r" ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
VOCABULARY = 1536


def corpus(count: int, seed: int) -> list[str]:
    """Texts to learn merges from, without the markers."""
    rng = random.Random(f"tokenizer:{seed}")
    texts: list[str] = []
    for number in range(count):
        tools, system = make_root(rng)
        dialogue = make_dialogue(rng, tools if number % 8 == 0 else (), system)
        text = render(dialogue.messages(), dialogue.tools)
        for marker in SPECIAL + MARKERS:
            text = text.replace(marker, "\n")
        texts.append(text)
    return texts


def build(out: Path, count: int = 12000, seed: int = 1) -> Tokenizer:
    """Train the tokenizer and write tokenizer.json and tokenizer_config.json into `out`."""
    tokenizer = Tokenizer(models.BPE())
    split = pre_tokenizers.Split(Regex(PATTERN), "isolated")
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, level])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(SPECIAL) - len(MARKERS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
        max_token_length=24,
    )
    tokenizer.train_from_iterator(corpus(count, seed), trainer)
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in SPECIAL])
    tokenizer.add_tokens([AddedToken(text, special=False, normalized=False) for text in MARKERS])
    out.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(out / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "]~!b[",
        "eos_token": "[e~[",
        "pad_token": "[e~[",
        "model_max_length": 196608,
        "clean_up_tokenization_spaces": False,
        "add_prefix_space": False,
    }
    (out / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    return tokenizer


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    built = build(parser.parse_args().out)
    print("vocabulary:", built.get_vocab_size())
