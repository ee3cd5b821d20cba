"""Whose message a place in a prompt belongs to."""

from __future__ import annotations

from backends.engines.prompt_roles import role_at

MESSAGES = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "Hello "},
    {"role": "assistant", "reasoning_content": "They greet.", "content": "Hi."},
    {"role": "tool", "content": "kind."},
]
TEXT = "<s>Be kind.</s><u>Hello</u><a>They greet.</think>Hi.</a><t>kind.</t><a>"


def test_each_place_belongs_to_the_message_it_lies_in_or_before() -> None:
    roles = [role_at(TEXT, MESSAGES, place) for place in range(len(TEXT))]
    changes = [(role, TEXT[n]) for n, role in enumerate(roles) if n == 0 or roles[n - 1] != role]
    assert changes == [("system", "<"), ("user", "<"), ("assistant", "<"), ("tool", "<"), ("assistant", "<")]
    assert roles[TEXT.index("greet")] == "assistant"
    assert roles[TEXT.rindex("kind")] == "tool"


def test_a_text_that_the_template_left_out_is_passed_over() -> None:
    text = TEXT.replace("They greet.</think>", "")
    assert role_at(text, MESSAGES, text.index("Hi.")) == "assistant"
    assert role_at("", MESSAGES, 0) == "assistant"
