"""What a person clicks in the transcript: an action is an anchor "minim:<verb>/<numbers>"."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Action:
    """What a person clicked in the transcript."""

    verb: str
    numbers: tuple[int, ...]

    @property
    def address(self) -> str:
        """As an anchor's address."""
        return f"minim:{self.verb}/{'/'.join(map(str, self.numbers))}"


def read_action(address: str) -> Action:
    """The action of an anchor's address."""
    verb, *numbers = address.removeprefix("minim:").split("/")
    return Action(verb, tuple(int(number) for number in numbers if number))
