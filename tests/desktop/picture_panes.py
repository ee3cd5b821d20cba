"""Pictures of the panes for the eye: `python tests/desktop/picture_panes.py FOLDER` writes PNG files there."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtWidgets import QApplication, QWidget

from backends.contract.chat import AnswerPart, CallPart, Message, ReasoningPart, ResultPart, user_message
from backends.contract.tools import ToolInfo
from backends.conversation.changes import (
    ArgumentExtended,
    CallProgress,
    CallProgressed,
    Change,
    ConversationRecord,
    MessageAdded,
    MessageEnded,
    MessageRecord,
    PartAdded,
    PartReplaced,
    PromptRead,
)
from desktop import theme
from desktop.models.conversation_model import ConversationModel
from desktop.panes.reasoning import Reasoning
from desktop.panes.tools import Tools
from desktop.panes.transcript import Transcript

CONVERSATION = ConversationRecord("c", "Units", 0.0, 0.0)
CALCULATOR = ToolInfo("calculator", "Evaluate an arithmetic expression exactly.", {}, has_side_effects=False)
EXAMPLES = ("What is 37 * 48?", "What time is it in Shanghai?", "Convert 5 km to miles", "Show me a table")

MARKDOWN = """Here is a short tour of **what an answer can hold**: *italics*, `inline code`, ~~old words~~ and a \
[link](https://example.org/page). The paragraph is long enough to wrap, so that one can judge the height of its lines.

## Steps

1. First look at the quantizations, which takes a while to explain and so wraps on to the next line of the item.
2. Then choose:
   - a small one to try things with
   - a large one for work
     - or both
3. And run it:

   ```python
   def area(radius: float) -> float:
       \"\"\"The area of a circle.\"\"\"
       return 3.14159 * radius**2  # πr²
   ```

> A quote that is long enough to wrap, because quotes tend to be long and rather more solemn than what surrounds them.
>
> > A quote in a quote.

| Quantization | Size | Quality note |
|:-------------|-----:|:-------------|
| 3bit | 100.1 GB | Noticeably worse at code |
| 4bit | 128.7 GB | Good |
| 8bit | 243 GB | As the original |

```js
const greet = (name) => `Hello, ${name}`;
console.log(greet("world")); // 42
```

- [x] done
- [ ] to do

---

That is all.
"""
CHINESE = """这是一个**中文**回答，包含`代码`、表情 🙂 和一个[链接](https://example.org)。模型在你自己的机器上运行，答案、推理与工具\
调用分别进入各自的窗格。

1. 先选择一个模型和量化方式
2. 然后等待它载入

| 量化 | 大小 | 说明 |
|---|---:|---|
| 4bit | 128.7 GB | 适合大多数用途 |
| 8bit | 243 GB | 与原模型一致 |
"""


def record(number: int, message: Message, status: str = "complete", **more: object) -> MessageRecord:
    """A message of the conversation in the pictures."""
    model = "Pocket M2 · 4bit" if message.role == "assistant" else ""
    return MessageRecord(number, "c", number - 1 or None, message, status, 0.0, model, **more)  # type: ignore[arg-type]


def tour() -> ConversationModel:
    """Reasoning, a call that ran, and an answer with everything in it."""
    model = ConversationModel()
    parts = (
        ReasoningPart("The user wants a product. I can use the calculator for it.", 3.2),
        CallPart("1", "calculator", {"expression": "37 * 48"}, "<invoke>", "ready"),
        ResultPart("1", "1776", seconds=0.2),
        AnswerPart("37 × 48 = **1776**.\n\n" + MARKDOWN),
    )
    model.show(
        CONVERSATION,
        [
            record(1, user_message("What is 37 * 48?"), siblings=(1, 5)),
            record(2, Message("assistant", parts), siblings=(2, 6, 7)),
        ],
    )
    return model


def states() -> ConversationModel:
    """Every state of a call and of a message, the last one asking."""
    model = ConversationModel()
    model.show(CONVERSATION, [])
    call = CallPart("1", "convert_units", {"value": 5, "from_unit": "km", "to_unit": "mi"}, "<invoke>", "ready")
    unfinished = CallPart("2", None, {}, '<invoke name="cal', "unfinished")
    long = user_message("Please convert these for me.\n\nI need them for a trip that takes me along the coast.")
    changes: list[Change] = [
        MessageAdded(record(1, long)),
        MessageAdded(record(2, Message("assistant", ()), "writing")),
        PartAdded(2, 0, call),
        CallProgressed(2, "1", "done"),
        PartAdded(2, 1, ResultPart("1", "5 km = 3.10686 mi", seconds=0.24)),
        PartAdded(2, 2, unfinished),
        CallProgressed(2, "2", "cut_off"),
        PartAdded(2, 3, AnswerPart("5 km are about **3.1 miles**, and")),
        MessageEnded(2, "stopped"),
        MessageAdded(record(3, user_message("Go on"))),
        MessageAdded(record(4, Message("assistant", ()), "writing")),
        PartAdded(4, 0, AnswerPart("A first half of an answer that")),
        MessageEnded(4, "failed", "The engine ended unexpectedly while it was writing."),
        MessageAdded(record(5, user_message("And 37 * 48?"))),
        MessageAdded(record(6, Message("assistant", ()), "writing")),
        PartAdded(6, 0, ReasoningPart("Let me calculate.", 1.4)),
        PartAdded(6, 1, CallPart("1", "calculator")),
        ArgumentExtended(6, 1, "expression", "37 * 48"),
        PartReplaced(6, 1, CallPart("1", "calculator", {"expression": "37 * 48"}, "<invoke>", "ready")),
        CallProgressed(6, "1", "asking", CALCULATOR),
    ]
    for change in changes:
        model.apply(change)
    return model


def chinese() -> ConversationModel:
    """Chinese words, and a prompt that is being read."""
    model = ConversationModel()
    model.show(CONVERSATION, [])
    for change in (
        MessageAdded(record(1, user_message("给我看一个表格，并解释一下量化。"))),
        MessageAdded(record(2, Message("assistant", (ReasoningPart("用户想要表格。", 12.0), AnswerPart(CHINESE))))),
        MessageAdded(record(3, user_message("谢谢！"))),
        MessageAdded(record(4, Message("assistant", ()), "writing")),
        PromptRead(0, 1200, 5400),
    ):
        model.apply(change)
    return model


def cards() -> ConversationModel:
    """A card in every state."""
    model = ConversationModel()
    model.show(CONVERSATION, [record(1, Message("assistant", ()), "writing")])
    raw = '<invoke name="calculator">\n<parameter name="expression">37 * 48</parameter>\n</invoke>'
    long = "SELECT name, size FROM models WHERE quantization = '4bit' ORDER BY size DESC; " * 12
    calls: tuple[tuple[CallProgress, str | None, dict[str, Any], str | None], ...] = (
        ("done", "calculator", {"expression": "37 * 48"}, "1776"),
        ("failed", "clock", {"timezone": "Mars/Olympus"}, "Error: there is no time zone Mars/Olympus"),
        ("refused", "run_query", {"query": long}, "Not allowed by the person."),
        ("unknown_tool", "web_search", {"q": "weather"}, "Error: there is no tool of this name"),
        ("cut_off", None, {}, None),
        ("running", "convert_units", {"value": 5, "from_unit": "km", "to_unit": "mi"}, None),
        ("asking", "calculator", {"expression": "(2 + 3) / 4"}, None),
    )
    part = 0
    for number, (progress, name, arguments, result) in enumerate(calls):
        call = CallPart(str(number), name, arguments, raw, "unfinished" if progress == "cut_off" else "ready")
        model.apply(PartAdded(1, part, call))
        model.apply(CallProgressed(1, str(number), progress, CALCULATOR if name != "web_search" else None))
        part += 1
        if result is not None:
            model.apply(PartAdded(1, part, ResultPart(str(number), result, progress != "done", 0.24)))
            part += 1
    model.apply(PartAdded(1, part, CallPart("w", "calculator")))
    model.apply(ArgumentExtended(1, part, "expression", "12 * (4"))
    return model


def thinking() -> ConversationModel:
    """Two stretches of reasoning, the second being written."""
    model = ConversationModel()
    words = "The person asks for a product.\n\n- 37 * 48\n- I could do it **by hand**, but `calculator` is exact."
    model.show(CONVERSATION, [record(1, user_message("What is 37 * 48?"))])
    model.apply(MessageAdded(record(2, Message("assistant", (ReasoningPart(words, 2.4),)), "writing")))
    model.apply(PartAdded(2, 1, ReasoningPart("The result is 1776. Now I only have to say it plainly, and")))
    return model


def take(widget: QWidget, width: int, height: int, path: Path) -> None:
    """One picture of `widget`, once all its work is done."""
    widget.resize(width, height)
    widget.show()
    for _ in range(60):
        QApplication.processEvents()
        QApplication.instance().thread().msleep(2)  # type: ignore[union-attr]
    widget.grab().save(str(path))
    print(path)


def main(folder: Path) -> None:
    """Take all pictures."""
    app = QApplication([])
    folder.mkdir(parents=True, exist_ok=True)
    for appearance in ("light", "dark"):
        theme.set_up(app, appearance)
        for width in (480, 900):
            for name, model in (("tour", tour()), ("states", states()), ("chinese", chinese())):
                pane = Transcript(model)
                if name == "states":
                    pane.offer_load_again(True)
                take(
                    pane, width, 1500 if name == "tour" else 900, folder / f"transcript_{name}_{appearance}_{width}.png"
                )
                pane.close()
        for width in (280, 400):
            take(Tools(cards()), width, 1300, folder / f"tools_{appearance}_{width}.png")
            take(Reasoning(thinking()), width, 400, folder / f"reasoning_{appearance}_{width}.png")
        take(Tools(ConversationModel()), 300, 160, folder / f"tools_empty_{appearance}.png")
        take(Reasoning(ConversationModel()), 300, 160, folder / f"reasoning_empty_{appearance}.png")
        take(Transcript(ConversationModel(), EXAMPLES), 900, 600, folder / f"transcript_empty_{appearance}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
