from __future__ import annotations

import random

import pytest

from desktop.widgets.markdown_blocks import Block, Code, Paragraph, Run, Table, plain_text, safe_link
from desktop.widgets.markdown_stream import WINDOW, MarkdownStream

CORPUS = [
    "# Title\n\nSome **bold**, *it*, `code`, ~~struck~~ [words](https://a.b) and https://c.d/e.\n\nMore\nlines",
    "1. one\n2. two\n   - nested\n     - deeper\n\n   ```py\n   x = 1\n   ```\n3. three\n\nafter",
    "> quote\n> - list\n>\n> > inner\n\n- [x] done\n- [ ] open\n\n---\n\nend",
    "| a | b |\n|:-:|--:|\n| 1 | `2` |\n| **3** | 4 |\n\ntext\n\n```js\nlet a = 1;\n\n\n```\nand ```` `` ````",
    "Setext\n===\n\n    indented\n\n    code\n\n<div>\n<b>raw</b>\n</div>\n\n![alt](http://x/y.png)",
    "[late] and [early]\n\n[early]: http://a.b\n\ntext\n\n[late]: http://c.d\n",
    "~~~~\n```\ninner\n```\n~~~\n~~~~\ndone\n\n```\nnever closed\n``",
    "\n".join(f"{number}. item with *words* {number}" for number in range(1, 300)),
    "- top\n" + "\n".join(f"  - nested {number}" for number in range(300)),
    "| n | square |\n|---|---|\n" + "\n".join(f"| {number} | {number**2} |" for number in range(400)) + "\n\nafter",
    "One **sentence** with `code`. " * 400,
    "> " + "\n>\n> ".join(f"Paragraph {number} of a long quote." for number in range(200)),
    "```python\n" + "def f(x):\n    return x\n\n" * 300 + "```\n\nafter",
    "crlf\r\n\r\n- a\r\n- b\r\n",
    "中文**粗体**段落。" * 600,
]


def whole(text: str) -> list[Block]:
    stream = MarkdownStream()
    stream.feed(text)
    return finish(stream, text)


def finish(stream: MarkdownStream, text: str, done: list[Block] | None = None) -> list[Block]:
    blocks = [*(done or []), *stream.step(final=True)[0]]
    references = stream.late_references()
    if references is None:
        return blocks
    again = MarkdownStream(references)
    again.feed(text)
    return again.step(final=True)[0]


@pytest.mark.parametrize("text", CORPUS)
@pytest.mark.parametrize("longest", [7, 400])
def test_streamed_and_whole_give_the_same_blocks(text: str, longest: int) -> None:
    longest *= 1 if len(text) < 1000 else 10
    chance = random.Random(longest)
    stream, done, place = MarkdownStream(), list[Block](), 0
    while place < len(text):
        size = chance.randint(1, longest)
        stream.feed(text[place : place + size])
        place += size
        if chance.random() < 0.7:
            done += stream.step()[0]
    assert finish(stream, text, done) == whole(text)


def test_what_the_blocks_say() -> None:
    blocks = whole(CORPUS[1])
    assert blocks[0] == Paragraph((Run("one"),), indent=1, marker="1.")
    assert blocks[2] == Paragraph((Run("nested"),), indent=2, marker="◦")
    assert blocks[4] == Code("x = 1", "py", indent=1)
    assert blocks[5] == Paragraph((Run("three"),), indent=1, marker="3.")
    assert blocks[6] == Paragraph((Run("after"),))


def test_a_cut_list_goes_on_counting() -> None:
    markers = [block.marker for block in whole(CORPUS[7]) if isinstance(block, Paragraph)]
    assert markers == [f"{number}." for number in range(1, 300)]


def test_a_cut_table_keeps_its_rows_and_widths() -> None:
    tables = [block for block in whole(CORPUS[9]) if isinstance(block, Table)]
    assert len(tables) > 1
    assert [table.joined for table in tables] == [False, *(len(tables) - 1) * [True]]
    assert len({table.widths for table in tables}) == 1
    assert sum(len(table.rows) for table in tables) == 401


def test_raw_html_and_images_are_text() -> None:
    text = plain_text(whole(CORPUS[4]))
    assert "<b>raw</b>" in text
    assert "alt" in text
    assert "http://x" not in text


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://a.b/c", "https://a.b/c"),
        ("mailto:a@b.c", "mailto:a@b.c"),
        ("javascript:alert(1)", ""),
        ("file:///etc/passwd", ""),
        ("minim:allow/0/0", ""),
        ("data:text/html,x", ""),
        ("//a.b", ""),
    ],
)
def test_only_web_and_mail_addresses_are_links(address: str, safe: str) -> None:
    assert safe_link(address) == safe
    runs = [run for block in whole(f"[words]({address})") if isinstance(block, Paragraph) for run in block.runs]
    assert {run.link for run in runs} == {safe}


def test_an_address_that_is_none_is_no_link() -> None:
    assert safe_link("http://[") == ""


def test_marks_that_are_open_are_shown_closed() -> None:
    stream = MarkdownStream()
    stream.feed("Some **bold wor")
    _, tail = stream.step()
    assert tail == [Paragraph((Run("Some "), Run("bold wor", 1)))]


@pytest.mark.parametrize("text", [CORPUS[7], CORPUS[9], CORPUS[10], CORPUS[11], CORPUS[12], CORPUS[14]])
def test_what_is_read_again_does_not_grow_with_the_text(text: str) -> None:
    stream = MarkdownStream()
    most = 0
    for place in range(0, min(len(text), 9000), 60):
        before = stream.work
        stream.feed(text[place : place + 60])
        stream.step()
        most = max(most, stream.work - before)
    assert most <= 4 * WINDOW


def test_signs_that_would_break_a_document_are_replaced() -> None:
    text = plain_text(whole("a\ufdd0b\u2029c\ufffcd\ud800e\x00f"))
    assert text == "a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf"


def test_a_line_that_is_not_complete_decides_nothing() -> None:
    text = "1. a\n\n1. b\n\n   more\n\n- c\n\n**bold** end"
    stream, done = MarkdownStream(), list[Block]()
    for sign in text:
        stream.feed(sign)
        done += stream.step()[0]
    assert finish(stream, text, done) == whole(text)
    assert [block.marker for block in whole(text) if isinstance(block, Paragraph)] == ["1.", "2.", "", "•", ""]
