"""What is reasoning, answer or call: outputs by rule (R1, R4, R5, R6, R9, R11), with what was meant by them."""

from __future__ import annotations

from typing import Any

from tests.dialects.reading import CLOSE, OPEN, Case, block, invoke

NOW = block(invoke("now"))
WRITE = block(invoke(path="a.txt", text="hi"))
WROTE = ("write", {"path": "a.txt", "text": "hi"})
OTHER = block(invoke(path="b.txt"))
WROTE_OTHER = ("write", {"path": "b.txt"})
CALLED: tuple[str, dict[str, Any]] = ("now", {})

REASONING = [  # R1
    Case(""),
    Case(" \n\t\r\n "),
    Case("", inside=False),
    Case("thinking", reasoning="thinking"),
    Case("\nthinking\n</think>\n\nHello.", "Hello.", "thinking"),
    Case("</think>Hello.", "Hello."),
    Case("\n</think>\n\nHello.", "Hello."),
    Case("thinking</think>", "", "thinking"),
    Case("thinking</think>\n\n", "", "thinking"),
    Case("<think>\nthinking\n</think>\n\nHello.", "Hello.", "thinking"),
    Case("\n <think>thinking</think>Hello.", "Hello.", "thinking"),
    Case("<think>\nthinking\n</think>\n\nHello.", "Hello.", "thinking", inside=False),
    Case("<think>\nthinking", "", "thinking", inside=False),
    Case("<think>", ""),
    Case("<thin", reasoning="<thin"),
    Case("Hello.", "Hello.", inside=False),
    Case("is 1 < 2 and a <b> or <think> here?</think>Yes.", "Yes.", "is 1 < 2 and a <b> or <think> here?"),
    Case("a </thin> b </Think> c</think>d", "d", "a </thin> b </Think> c"),
    Case("a</thi", reasoning="a</thi"),
    Case("one\n\n  two\n</think>\n  three\n\n    four  \n", "three\n\n    four", "one\n\n  two"),
    Case("I end with `</think>` then.", "` then.", "I end with `"),
    Case("想一想🤔</think>你好，世界 👩‍👩‍👧 é\r\nNUL \0 done", "你好，世界 👩‍👩‍👧 é\r\nNUL \0 done", "想一想🤔"),
    Case("a &lt;b&gt; &amp; <![CDATA[x]]></think><b>&amp;</b>", "<b>&amp;</b>", "a &lt;b&gt; &amp; <![CDATA[x]]>"),
]

OPENING = [  # R4
    Case(f"</think>{OPEN} is how a block begins.", f"{OPEN} is how a block begins."),
    Case(f"</think>{OPEN}\n\nthen text", f"{OPEN}\n\nthen text"),
    Case(f"</think>Mind {OPEN}.", f"Mind {OPEN}."),
    Case(f"</think>{OPEN}", OPEN),
    Case(f"</think>{OPEN}\n<invoke name", f"{OPEN}\n<invoke name"),
    Case(f"</think>{OPEN}{CLOSE}", f"{OPEN}{CLOSE}"),
    Case(f"</think>{OPEN}\n<invoke>\n</invoke>\n{CLOSE}", f"{OPEN}\n<invoke>\n</invoke>\n{CLOSE}"),
    Case(f'</think>{OPEN}\n<Invoke name="now"></Invoke>{CLOSE}', f'{OPEN}\n<Invoke name="now"></Invoke>{CLOSE}'),
    Case(f"</think>{NOW.upper()}", NOW.upper()),
    Case(f"</think>{OPEN}{NOW}", OPEN, calls=[CALLED]),
    Case(f"</think>{OPEN} {OPEN} {NOW}", f"{OPEN} {OPEN}", calls=[CALLED]),
    Case('</think><invoke name="now"></invoke>', '<invoke name="now"></invoke>'),
    Case(f"</think>{invoke('now')}\n{CLOSE} done", f"{invoke('now')}\n{CLOSE} done"),
    Case(f"</think>stray {CLOSE} here </invoke></parameter>", f"stray {CLOSE} here </invoke></parameter>"),
    Case(f"</think>\\{OPEN[1:]} <minimax:tool_calls>", f"\\{OPEN[1:]} <minimax:tool_calls>"),
    Case(f"say {OPEN} now</think>ok", "ok", f"say {OPEN} now"),
    Case(f"say {OPEN}", reasoning=f"say {OPEN}"),
    Case(f"say {OPEN}\n<invo", reasoning=f"say {OPEN}\n<invo"),
    Case(f"so {NOW}{OPEN}", reasoning=f"so {OPEN}", calls=[CALLED]),
]

REHEARSED = [  # R5
    Case(f"so {WRITE}", reasoning="so", calls=[WROTE]),
    Case(WRITE, calls=[WROTE]),
    Case(f"so {WRITE}\n\n", reasoning="so", calls=[WROTE]),
    Case(f"so {WRITE}</think>", reasoning="so", calls=[WROTE]),
    Case(f"so {WRITE}\n</think>\n\n", reasoning="so", calls=[WROTE]),
    Case(f"so {WRITE}\n{OTHER}\n", reasoning="so", calls=[WROTE, WROTE_OTHER]),
    Case(f"so {WRITE}</think>{OTHER}", reasoning="so", calls=[WROTE, WROTE_OTHER]),
    Case(f"so {WRITE}</think>{OTHER}</think>{NOW}", reasoning="so", calls=[WROTE, WROTE_OTHER, CALLED]),
    Case(f"so {WRITE} or not.</think>No.", "No.", f"so {WRITE} or not."),
    Case(f"so {WRITE} or not.", reasoning=f"so {WRITE} or not."),
    Case(f"so {WRITE}\n</think>\n\nNo.", "No.", f"so {WRITE}"),
    Case(f"so {WRITE}</think>{OTHER} No.", "No.", f"so {WRITE}", calls=[WROTE_OTHER]),
    Case(f"so {WRITE} hm</think>Yes.{OTHER}", "Yes.", f"so {WRITE} hm", calls=[WROTE_OTHER]),
    Case(f"so {WRITE} hm {OTHER}", reasoning=f"so {WRITE} hm", calls=[WROTE_OTHER]),
    Case(f"```\n{WRITE}\n```\n</think>Yes.", "Yes.", f"```\n{WRITE}\n```"),
    Case(f"```\n{WRITE}\n```", reasoning=f"```\n{WRITE}\n```"),
    Case(f'so {OPEN}\n<invoke name="write">\n<para', reasoning="so", unfinished=[("write", {})]),
    Case(f'so {OPEN}<invoke name="wri', reasoning="so", unfinished=[(None, {})]),
    Case(f'{OPEN}<invoke name="now"> hm</think>Yes.', "Yes.", f'{OPEN}<invoke name="now"> hm'),
    Case(f"{OPEN}<invoke name=</think>Yes > no.", "Yes > no.", f"{OPEN}<invoke name="),
    Case(f'{OPEN}<invoke name="</think>"Yes" > no.', '"Yes" > no.', f'{OPEN}<invoke name="'),
    Case(
        f'{OPEN}<invoke name="write"><parameter name="text">x</think>Yes.{WRITE}',
        "Yes.",
        f'{OPEN}<invoke name="write"><parameter name="text">x',
        calls=[WROTE],
    ),
    Case(f"so {WRITE}</thi", reasoning="so </thi", calls=[WROTE]),
    Case(f"so {WRITE}</think>{OPEN} says", f"{OPEN} says", f"so {WRITE}"),
    Case(f"so {WRITE}</think>{OPEN}", OPEN, "so", calls=[WROTE]),
    Case(f"so {WRITE}<think>hm</think>Yes.", "Yes.", f"so {WRITE}<think>hm"),
]

CODE = [  # R6
    Case(f"</think>```xml\n{WRITE}\n```\nLike that.", f"```xml\n{WRITE}\n```\nLike that."),
    Case(f"</think>~~~\n{WRITE}\n~~~", f"~~~\n{WRITE}\n~~~"),
    Case(f"</think>````\n{WRITE}\n`````\nSo.", f"````\n{WRITE}\n`````\nSo."),
    Case(f"</think>1. Do\n\n   ```\n   {WRITE}\n   ```\n2. So", f"1. Do\n\n   ```\n   {WRITE}\n   ```\n2. So"),
    Case(f"</think>- ```\n{WRITE}\n```", f"- ```\n{WRITE}\n```"),
    Case(f"</think>```\nrun {WRITE}\n```\n</think>So.", f"```\nrun {WRITE}\n```\nSo."),
    Case(f"</think>```\n{WRITE}```", f"```\n{WRITE}```"),
    Case(f"</think>Say `{NOW}` once.", f"Say `{NOW}` once."),
    Case(f"</think>Say `` {NOW} `` once.", f"Say `` {NOW} `` once."),
    Case(f"</think>Say `\n{NOW}\n` once. `</think>` is code.", f"Say `\n{NOW}\n` once. `</think>` is code."),
    Case(f"</think>```\n{WRITE}\n\n{OTHER}\n```\nBoth.", f"```\n{WRITE}\n\n{OTHER}\n```\nBoth."),
    Case(f"</think>```\n{WRITE}\n```\n{OTHER}", f"```\n{WRITE}\n```", calls=[WROTE_OTHER]),
    Case(f"</think>{WRITE}\n```\n{OTHER}\n```\n{NOW}", f"```\n{OTHER}\n```", calls=[WROTE, CALLED]),
    Case(f"</think>```\n{WRITE}\n```\n</think>so <think>", f"```\n{WRITE}\n```\nso <think>"),
    Case(f"</think>```\n{WRITE}", "```", calls=[WROTE]),
    Case(f"</think>```\n{WRITE}\ntext", "```\n\ntext", calls=[WROTE]),
    Case(f"</think>A ` alone.\n{WRITE}", "A ` alone.", calls=[WROTE]),
    Case(f"</think>A ` alone.\n\n{WRITE}`", "A ` alone.\n\n`", calls=[WROTE]),
    Case(f"</think>Use `ls` and ``a`b``.\n{WRITE}", "Use `ls` and ``a`b``.", calls=[WROTE]),
    Case(f"</think>```\nls\n```\n{WRITE}\n```\nls\n```", "```\nls\n```\n\n```\nls\n```", calls=[WROTE]),
    Case(f"</think>```sh``` is code.\n{WRITE}", "```sh``` is code.", calls=[WROTE]),
    Case(f"</think>```\n{WRITE}\n``", f"```\n{WRITE}\n``"),
    Case(f'</think>`{OPEN}` then `<invoke name="now">`', f'`{OPEN}` then `<invoke name="now">`'),
    Case(
        f'</think>`{OPEN}<invoke name="now">` begins.\n\n{NOW}', f'`{OPEN}<invoke name="now">` begins.', calls=[CALLED]
    ),
    Case(f"</think>`{OPEN}<invoke name=` begins.", f"`{OPEN}<invoke name=` begins."),
    Case(f'</think>```\n{OPEN}\n<invoke name="now">\n…\n```\nSo.', f'```\n{OPEN}\n<invoke name="now">\n…\n```\nSo.'),
    Case(f"</think>```\n{OPEN}\n{invoke('now')}\n```\nSo.", f"```\n{OPEN}\n{invoke('now')}\n```\nSo."),
    Case(
        f'</think>```\n{OPEN}\n<invoke name="write">\n<parameter name="text">\n```\nSo.',
        f'```\n{OPEN}\n<invoke name="write">\n<parameter name="text">\n```\nSo.',
    ),
    Case(f'</think>```\n{OPEN}\n<invoke name="write">\n<parameter name="text">\na', "```", unfinished=[("write", {})]),
    Case(
        f"</think>```\n{block(invoke(text='```js```'))}\n```\nSo.", f"```\n{block(invoke(text='```js```'))}\n```\nSo."
    ),
    Case("</think>`</think>` and ```\n</think>\n``` not </think>here", "`</think>` and ```\n</think>\n``` not here"),
]

THINK_AGAIN = [  # R11
    Case("a</think><think>b</think>c", "c", "a\nb"),
    Case("a\n</think>\n\n<think>\nb\n</think>\n\nc", "c", "a\n\nb"),
    Case("a</think>c <think> d", "c <think> d", "a"),
    Case("a</think>c <think> d </think> e", "c <think> d  e", "a"),
    Case("a</think><think> c", "<think> c", "a"),
    Case("a</think>\n<think>", "<think>", "a"),
    Case(f"a</think>c{NOW}<think>b</think>d", "cd", "a\nb", calls=[CALLED]),
    Case(f"a</think>c\n{NOW}\n<think>\nb\n</think>\n\nd", "c\n\n\n\nd", "a\n\nb", calls=[CALLED]),
    Case(f"a</think>c{NOW}\n<think>d{NOW} e", "c\n<think>d e", "a", calls=[CALLED, CALLED]),
    Case(f"a</think>{NOW}<think>b{WRITE}</think>", "", "a\nb", calls=[CALLED, WROTE]),
    Case(f"a</think>{NOW}<think>b{WRITE} hm</think>c", "c", f"a\nb{WRITE} hm", calls=[CALLED]),
    Case(f"a</think>{NOW}d<think>b</think>", "d<think>b", "a", calls=[CALLED]),
    Case("a</think></think>b", "b", "a"),
    Case("a</think>b </think>c", "b c", "a"),
    Case("a</think></think><think>b</think>c", "c", "a\nb"),
    Case("Hi </think>you", "Hi you", inside=False),
    Case("a</think>b</thi", "b</thi", "a"),
    Case("a</think>\n<thi", "<thi", "a"),
    Case(f"a</think>b</think>{NOW}", "b", "a", calls=[CALLED]),
    Case(f"a</think>{NOW}</think>b", "b", "a", calls=[CALLED]),
    Case("a</think>b `<think>` c", "b `<think>` c", "a"),
    Case(f"a</think>`{NOW}`<think>b</think>", f"`{NOW}`<think>b", "a"),
]

TEXT_CASES = [*REASONING, *OPENING, *REHEARSED, *CODE, *THINK_AGAIN]
