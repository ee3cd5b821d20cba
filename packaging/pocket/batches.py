"""Training rows: one block of tools, many dialogues behind it as branches that do not see one another.

A row is a tree laid out flat. The system text is the trunk; each dialogue hangs on it; a running turn (with its
reasoning) is a leaf beside the same turn's past form (without), on which the next turn hangs. Positions go on from
the parent, and a token sees only itself, what precedes it in its piece, and its ancestors: each path through the tree
is exactly the prompt that the chat template renders, and the long block of tools is read once for all of them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import torch
from dialogue_parts import Dialogue, Turn
from dialogues import make_dialogue, make_root
from pocket_model import Blocks
from rendering import past_text, root_text, taught_pieces, user_text
from tokenizers import Tokenizer
from torch import Tensor


@dataclass
class Row:
    """A row under construction."""

    tokens: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    nodes: list[int] = field(default_factory=list)
    taught: list[bool] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def add(self, parent: int, pieces: list[tuple[list[int], bool]]) -> int:
        """Hang a node on a parent (-1: none) and return its number."""
        node = len(self.parents)
        place = self.ends[parent] if parent >= 0 else 0
        for tokens, taught in pieces:
            self.tokens += tokens
            self.positions += range(place, place + len(tokens))
            self.nodes += [node] * len(tokens)
            self.taught += [taught] * len(tokens)
            place += len(tokens)
        self.parents.append(parent)
        self.ends.append(place)
        return node

    def sees(self) -> np.ndarray:
        """Which node sees which: itself and its ancestors."""
        table = np.eye(len(self.parents), dtype=bool)
        for node, parent in enumerate(self.parents):
            if parent >= 0:
                table[node] |= table[parent]
        return table


@dataclass(frozen=True)
class Batch:
    """Tensors of a step, rows one after the other: tokens and positions [1, N], flat indices and their targets."""

    tokens: Tensor
    positions: Tensor
    blocks: Blocks
    wanted: Tensor
    targets: Tensor


Pieces = list[tuple[list[int], bool]]


def shortened(rng: random.Random, turn: Turn, pieces: Pieces, end_of_thought: int) -> Pieces:
    """Leave out, most of the time, what is learnt soon: the rest of a fixed answer, and what follows a call.

    What is hard is to choose and to fill in the call; so more questions fit into a row.
    """
    if len(turn.steps) > 1:
        return pieces[:2] if rng.random() < 0.5 else pieces
    if turn.topic in ("count", "long_story", "short_story") or rng.random() < 0.45:
        return pieces
    prompt, (said, taught) = pieces
    return [prompt, (said[: said.index(end_of_thought) + 10], taught)]


def dialogue_nodes(rng: random.Random, tokenizer: Tokenizer, dialogue: Dialogue) -> list[tuple[bool, Pieces]]:
    """The nodes of a dialogue in order; True marks those that the following ones hang on."""

    def encode(text: str) -> list[int]:
        return tokenizer.encode(text, add_special_tokens=False).ids

    end_of_thought = tokenizer.token_to_id("</think>")
    nodes: list[tuple[bool, Pieces]] = []
    for number, turn in enumerate(dialogue.turns):
        nodes.append((True, [(encode(user_text(turn)), False)]))
        pieces = [(encode(piece.text), piece.taught) for piece in taught_pieces(turn)][:-1]
        nodes.append((False, shortened(rng, turn, pieces, end_of_thought)))
        if number + 1 < len(dialogue.turns):
            nodes.append((True, [(encode(past_text(turn)), False)]))
    return nodes


def make_row(rng: random.Random, tokenizer: Tokenizer, length: int) -> Row:
    """Fill a row with dialogues under one random block of tools."""
    tools, system = make_root(rng)
    row = Row()
    trunk = row.add(-1, [(tokenizer.encode(root_text(tools, system), add_special_tokens=False).ids, False)])
    misses = 0
    while misses < 3:
        nodes = dialogue_nodes(rng, tokenizer, make_dialogue(rng, tools, system))
        if len(row.tokens) + sum(len(tokens) for _, pieces in nodes for tokens, _ in pieces) > length:
            misses += 1
            continue
        parent = trunk
        for goes_on, pieces in nodes:
            node = row.add(parent, pieces)
            parent = node if goes_on else parent
    return row


def row_blocks(row: Row) -> list[tuple[int, Tensor | None]]:
    """Cut a row into its trunk and its dialogues: the length of each, and what it may see (None: all before it)."""
    nodes = np.array(row.nodes)
    sees = row.sees()
    starts = [0, *(int(np.argmax(nodes == node)) for node, parent in enumerate(row.parents) if parent == 0), len(nodes)]
    trunk = starts[1]
    blocks: list[tuple[int, Tensor | None]] = [(trunk, None)]
    for start, end in pairwise(starts[1:]):
        own = sees[np.ix_(nodes[start:end], nodes[start:end])] & np.tri(end - start, dtype=bool)
        whole = torch.from_numpy(np.concatenate((np.ones((end - start, trunk), bool), own), 1))
        blocks.append((end - start, torch.zeros(whole.shape).masked_fill_(~whole, float("-inf"))))
    return blocks


def make_batch(seed: str, tokenizer: Tokenizer, rows: int, length: int) -> Batch:
    """Return the batch that belongs to a seed."""
    rng = random.Random(seed)
    made = [make_row(rng, tokenizer, length) for _ in range(rows)]
    tokens = torch.tensor([token for row in made for token in row.tokens])
    positions = torch.tensor([place for row in made for place in row.positions])
    learnt = torch.tensor([taught for row in made for taught in row.taught]).nonzero()[:, 0]
    lengths: list[int] = []
    trunks: list[int] = []
    masks: list[Tensor | None] = []
    for row in made:
        trunk = len(lengths)
        for size, mask in row_blocks(row):
            lengths.append(size)
            trunks.append(trunk)
            masks.append(mask)
    blocks = Blocks(lengths, trunks, masks)
    return Batch(tokens[None], positions[None], blocks, learnt - 1, tokens[learnt])
