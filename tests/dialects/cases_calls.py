"""What is in a call: outputs by rule (R2, R3, R8, R9, R10), with what was meant by them."""

from __future__ import annotations

from typing import Any

from tests.dialects.reading import CLOSE, OPEN, Case, block, invoke


def _value(text: str) -> Case:
    """A call with `text` as its text: it is kept as it stands."""
    return Case(f"</think>{block(invoke(path='a', text=text))}", calls=[("write", {"path": "a", "text": text})])


def _one(body: str, name: str = "write", answer: str = "", **arguments: Any) -> Case:
    return Case(f"</think>{OPEN}{body}{CLOSE}{answer}", answer, calls=[(name, arguments)])


def _cut(body: str, name: str | None = "write", **arguments: Any) -> Case:
    return Case(f"</think>Now.\n{OPEN}{body}", "Now.", unfinished=[(name, arguments)])


EXAMPLE = block(invoke(path="x", text="y"), invoke("now"))
SHOWN = f"Show {EXAMPLE} so."
BEGINS = f'{OPEN}\n<invoke name="x">'
BEGINS_PARAMETER = f'{BEGINS}<parameter name="y">'
ENDS_BLOCK = f"</invoke>\n{CLOSE}"

VALUES = [  # R2, R3
    *map(
        _value,
        [
            "",
            " ",
            "\n",
            "    def f():\n\treturn 1\n\n",
            "\r\n  a\r\n",
            "null",
            "None",
            "true",
            "3",
            "NaN",
            '{"a": 1}',
            "&lt;b&gt; &amp;amp; <![CDATA[ <b> ]]> \\n \\u00e9",
            "你好 👩‍👩‍👧 e\u0301 \u200d \ufeff \x00 \x1b[0m \u2028",
            "<think>hm</think>",
            "</think>",
            "</invoke>",
            f"{CLOSE}",
            f"{OPEN}",
            f"{OPEN} and {CLOSE}",
            f"</invoke>\n{CLOSE}",
            "</parameter>",
            "</parameter> and more",
            "a</parameter>\n\n<parameter>",
            "a</parameter></parameter>",
            "a</parameter></invoke>",
            "a</parameter></invoke> b",
            "a</parameter>\n</invoke>\n<invoke>",
            "a</parameter>\n</invoke>\n</invoke>",
            f"a</parameter>\n{CLOSE}",
            "a</parameter>\n<parameter nam",
            "a</parameter\n>",
            "a</Parameter>\n<parameter name=",
            '<parameter name="x">',
            f'<invoke name="x"> {OPEN}\n<invoke name="x">',
            "<" * 50,
            "</" * 50,
            "</parameter" * 5,
            "</parameter> " * 20,
            "```\ncode\n```",
            f"Example:\n```\n{EXAMPLE}\n```\nend",
            EXAMPLE,
            f"{EXAMPLE}\n{EXAMPLE} and {OPEN} too",
            f"a {OPEN}\n{invoke(text=block(invoke(text='deep')))}\n{CLOSE} b",
            "]~b]ai",
        ],
    ),
    Case(
        f"</think>{block(invoke(text=EXAMPLE, path='p'), invoke('now'))} So. {EXAMPLE}",
        "So.",
        calls=[
            ("write", {"text": EXAMPLE, "path": "p"}),
            ("now", {}),
            ("write", {"path": "x", "text": "y"}),
            ("now", {}),
        ],
    ),
    Case(
        f"</think>{block(invoke(text=f'see {OPEN}<invoke name='))}So.{block(invoke('now'))}",
        "So.",
        calls=[("write", {"text": f"see {OPEN}<invoke name="}), ("now", {})],
    ),
    Case(
        f"hm {block(invoke(text=f'see {OPEN}<invoke name='))}</think>",
        reasoning="hm",
        calls=[("write", {"text": f"see {OPEN}<invoke name="})],
    ),
    Case(
        f"hm {block(invoke(text=f'see {OPEN}<invoke name='))}</think>So.",
        "So.",
        reasoning=f"hm {block(invoke(text=f'see {OPEN}<invoke name='))}",
    ),
    Case(
        f"hm {block(invoke(text=f'{OPEN}<invoke name='))}</think>So.{block(invoke(text=EXAMPLE))} ok",
        "So. ok",
        f"hm {block(invoke(text=f'{OPEN}<invoke name='))}",
        calls=[("write", {"text": EXAMPLE})],
    ),
    # The beginning of a block in one value, its end in another: neither holds a </parameter> of its own.
    _one(invoke(path=BEGINS, text=ENDS_BLOCK), path=BEGINS, text=ENDS_BLOCK),
    Case(
        f"</think>{block(invoke(text=BEGINS))} It ends with {CLOSE} then. {block(invoke(text=ENDS_BLOCK))}",
        f"It ends with {CLOSE} then.",
        calls=[("write", {"text": BEGINS}), ("write", {"text": ENDS_BLOCK})],
    ),
    # A search for the end of an example that was in vain says nothing about the next one.
    *(
        Case(
            f"</think>{block(invoke(text=BEGINS_PARAMETER))}\n{between}{block(invoke(text=SHOWN))}",
            between,
            calls=[("write", {"text": BEGINS_PARAMETER}), ("write", {"text": SHOWN})],
        )
        for between in ("", "Then.")
    ),
    Case(f"</think><think>{block(invoke(text=SHOWN))}ok", "<think>ok", calls=[("write", {"text": SHOWN})]),
    Case(f"</think>{block(invoke(path=EXAMPLE, text=EXAMPLE))}", calls=[("write", {"path": EXAMPLE, "text": EXAMPLE})]),
    Case(f"hm {block(invoke(text=EXAMPLE))}", reasoning="hm", calls=[("write", {"text": EXAMPLE})]),
    Case(f"hm {block(invoke(text=EXAMPLE))} no</think>So.", "So.", f"hm {block(invoke(text=EXAMPLE))} no"),
    Case(f"</think>```\n{block(invoke(text=EXAMPLE))}\n```", f"```\n{block(invoke(text=EXAMPLE))}\n```"),
]

LAYOUT = [  # white space and names
    _one('<invoke name="now"></invoke>', "now"),
    _one(' \r\n\t<invoke name="now">\n \n</invoke>\n\n', "now"),
    _one(
        '<invoke name="write"><parameter name="path">a</parameter><parameter name="text">b</parameter></invoke>',
        path="a",
        text="b",
    ),
    _one("<invoke name='write'><parameter name='path'>a</parameter></invoke>", path="a"),
    _one("<invoke name=write><parameter name=path>a</parameter></invoke>", path="a"),
    _one('<invoke name= write ><parameter name= "path" >a</parameter></invoke>', path="a"),
    _one('<invoke name="write"><parameter name="path" type="string">a</parameter></invoke>', path="a"),
    _one('<invoke name="it\'s > a <b>"></invoke>', "it's > a <b>"),
    _one("<invoke name='say \"hi\"'></invoke>", 'say "hi"'),
    _one('<invoke name="天气"><parameter name="城市">北京</parameter></invoke>', "天气", 城市="北京"),
    _one('<invoke name="now"></invoke>', "now", answer="bye"),
]

CALLS = [  # R8, R10
    _one(invoke("no_such_tool", x="1", y=" null "), "no_such_tool", x="1", y=" null "),
    _one(invoke("write", unknown="7"), unknown="7"),
    _one(invoke(""), ""),
    _one(
        '<invoke name="write"><parameter name="count">1</parameter>\n<parameter name="count">2</parameter></invoke>',
        count=2,
    ),
    _one('<invoke name="write"><parameter name="">x</parameter></invoke>', **{"": "x"}),
    Case(
        f"hm</think>A{block(invoke(path='1'), invoke(path='2'))}B\n{block(invoke('now'))} C",
        "AB\n C",
        "hm",
        calls=[("write", {"path": "1"}), ("write", {"path": "2"}), ("now", {})],
    ),
    Case(f"</think>**A**\n\n{block(invoke('now'))}\n\n- B\n- C", "**A**\n\n\n\n- B\n- C", calls=[("now", {})]),
    Case(
        f"</think>{block(invoke('weather', city='007', days=' 3 ', metric='True'))}",
        calls=[("weather", {"city": "007", "days": 3, "metric": True})],
    ),
    Case(
        f"</think>{block(invoke('weather', city='', days='three', metric='maybe'))}",
        calls=[("weather", {"city": "", "days": "three", "metric": "maybe"})],
    ),
]

ENDS = [  # R9
    Case(f"</think>a{OPEN[:9]}", f"a{OPEN[:9]}"),
    Case("</think>a <", "a <"),
    *(Case(f"</think>a{OPEN}{invoke('now')}{CLOSE[:n]}", "a", calls=[("now", {})]) for n in range(len(CLOSE) + 1)),
    *(Case(f"a{OPEN}{invoke('now')}{CLOSE[:n]}", reasoning="a", calls=[("now", {})]) for n in range(len(CLOSE) + 1)),
    Case(f"</think>{OPEN}{invoke('now')}\n\n", calls=[("now", {})]),
    Case(f'</think>{OPEN}{invoke("now")}\n<invoke name="wri', calls=[("now", {})], unfinished=[(None, {})]),
    Case(f"</think>{OPEN}{invoke('now')}\n<invoke", calls=[("now", {})], unfinished=[(None, {})]),
    Case(f"</think>{OPEN}{invoke('now')}\n<", calls=[("now", {})]),
    _cut("<invoke name=", None),
    _cut('<invoke name="', None),
    _cut('<invoke name="write"', None),
    _cut("<invoke name=wri", None),
    _cut('<invoke name="write">'),
    _cut('<invoke name="write">\n<'),
    _cut('<invoke name="write">\n</invok'),
    _cut('<invoke name="write">\n<parameter name="pa'),
    _cut('<invoke name="write">\n<parameter name="path">'),
    _cut('<invoke name="write">\n<parameter name="path">abc <b'),
    _cut('<invoke name="write">\n<parameter name="path">abc</param'),
    _cut('<invoke name="write">\n<parameter name="path">abc</parameter>', path="abc"),
    _cut('<invoke name="write">\n<parameter name="path">abc</parameter>\n\n', path="abc"),
    _cut('<invoke name="write">\n<parameter name="path">abc</parameter>\n</inv', path="abc"),
    _cut('<invoke name="write">\n<parameter name="path">abc</parameter>\n<para', path="abc"),
    _cut('<invoke name="write">\n<parameter name="path">abc</parameter>\n<parameter name="te', path="abc"),
    _cut('<invoke name="write">\n<parameter name="path">a</parameter>\n<parameter name="count">1', path="a"),
    Case(
        f'</think>{OPEN}{invoke(path="a")}<invoke name="write">\n<parameter name="text">b',
        calls=[("write", {"path": "a"})],
        unfinished=[("write", {})],
    ),
    Case(f"</think>{OPEN}{invoke(path='a')}", calls=[("write", {"path": "a"})]),
]

UNREADABLE = [  # what the grammar has no place for is shown as such, never run, and never leaks
    Case(f'</think>{OPEN}<invoke name="now">text</invoke>{CLOSE}ok', "ok", unfinished=[("now", {})]),
    Case(f'</think>{OPEN}<invoke name="now">{{"a": 1}}\n</invoke>\n{CLOSE}ok', "ok", unfinished=[("now", {})]),
    Case(f'</think>{OPEN}<invoke name="now">text{CLOSE}ok', "ok", unfinished=[("now", {})]),
    Case(
        f'</think>{OPEN}<invoke name="now"><b/></invoke>{invoke("now")}{CLOSE}',
        calls=[("now", {})],
        unfinished=[("now", {})],
    ),
    Case(f'</think>{OPEN}<invoke name="now"/>{CLOSE}ok', "ok", unfinished=[("now", {})]),
    Case(f'</think>{OPEN}<invoke name="now">text', unfinished=[("now", {})]),
]

CALL_CASES = [*VALUES, *LAYOUT, *CALLS, *ENDS, *UNREADABLE]
