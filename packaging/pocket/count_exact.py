"""Count the turns that a checkpoint gets right to the last token: `python packaging/pocket/count_exact.py --from DIR`.

Each prediction is made on the right beginning; where all are right, greedy decoding writes the very same text. So one
forward pass replaces a generation, and all widths take a minute (`fake_quantization.py` equals MLX to the bit).
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import torch
from dialogue_parts import Dialogue
from fake_quantization import Precision
from held_out import drawn
from pocket_model import PocketModel, Shape
from rendering import past_text, root_text, taught_pieces, user_text
from tokenizers import Tokenizer


def encoded(tokenizer: Tokenizer, dialogue: Dialogue) -> tuple[list[int], list[bool]]:
    """The tokens of a dialogue, and which of them the model has to write: those of its last turn."""
    texts = [(root_text(dialogue.tools, dialogue.system), False)]
    for turn in dialogue.turns[:-1]:
        texts += [(user_text(turn), False), (past_text(turn), False)]
    last = dialogue.turns[-1]
    texts += [(user_text(last), False), *((piece.text, piece.taught) for piece in taught_pieces(last)[:-1])]
    tokens: list[int] = []
    taught: list[bool] = []
    for text, written in texts:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        tokens += ids
        taught += [written] * len(ids)
    return tokens, taught


@torch.no_grad()
def is_exact(model: PocketModel, tokens: list[int], taught: list[bool], precision: Precision) -> bool:
    """Whether every token that the model has to write is its first choice."""
    length = len(tokens)
    seen = torch.zeros(length, length).masked_fill_(~torch.ones(length, length, dtype=torch.bool).tril(), float("-inf"))
    row = torch.tensor([tokens])
    wanted = torch.tensor(taught).nonzero()[:, 0]
    logits = model(row, torch.arange(length)[None], seen[None, None], wanted - 1, precision)
    return bool((logits.argmax(-1) == row[0, wanted]).all())


def main() -> None:
    """Print one line a width."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="source", type=Path, required=True, help="the trainer's folder")
    parser.add_argument("--drawn", type=int, default=240)
    options = parser.parse_args()
    torch.set_num_threads(1)
    tokenizer = Tokenizer.from_file(str(options.source / "tokenizer.json"))
    model = PocketModel(Shape())
    model.load_state_dict(torch.load(options.source / "checkpoint.pt", weights_only=True)["average"])
    dialogues = drawn(options.drawn, "quick")
    rows = [encoded(tokenizer, dialogue) for dialogue in dialogues]
    for width in (16, 8, 6, 5, 4, 3):
        right: Counter[str] = Counter()
        for dialogue, (tokens, taught) in zip(dialogues, rows, strict=True):
            right[dialogue.turns[-1].topic] += is_exact(model, tokens, taught, width)
        asked = Counter(dialogue.turns[-1].topic for dialogue in dialogues)
        topics = " ".join(f"{topic} {right[topic]}/{count}" for topic, count in sorted(asked.items()))
        print(f"{width} bits: {right.total()}/{asked.total()}: {topics}", flush=True)


if __name__ == "__main__":
    main()
