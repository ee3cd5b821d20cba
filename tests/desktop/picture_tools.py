"""Pictures of tool calls for the eye: `python tests/desktop/picture_tools.py FOLDER` writes PNG files there."""

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
    CallPreviewed,
    CallProgress,
    CallProgressed,
    ConversationRecord,
    MessageAdded,
    MessageRecord,
    PartAdded,
    PartReplaced,
    RoundsReached,
)
from desktop import languages, theme
from desktop.models.conversation_model import ConversationModel
from desktop.panes.tools import Tools
from desktop.panes.transcript import Transcript

CONVERSATION = ConversationRecord("c", "Tools", 0.0, 0.0)
STRING = {"type": "string"}
CALCULATOR = ToolInfo(
    "calculator", "Evaluate an arithmetic expression exactly.", {"properties": {"expression": STRING}}
)
WRITE = ToolInfo(
    "write_file",
    "Write a text file inside one of the granted folders: /home/ada/notes, /home/ada/projects. A file that is there "
    "is replaced as a whole. Give the path, and the whole new content of the file.",
    {"properties": {"path": STRING, "content": STRING}, "required": ["path", "content"]},
    shows_diff=True,
)
SEARCH = ToolInfo(
    "search_issues",
    "Search the issues of a repository. <b>Bold</b> words and ![pictures](http://example.org/x.png) stay as they are.",
    {
        "properties": {
            "query": STRING,
            "limit": {"type": "integer"},
            "labels": {"type": "array"},
            "state": {"enum": ["open", "closed"]},
        },
        "required": ["query"],
    },
    server="github",
)
DIFF = """--- a/notes/travel.md
+++ b/notes/travel.md
@@ -1,5 +1,6 @@
 # Travel
 (in June)
-- Train to Lyon at 9:15
+- Train to Lyon at 10:42, from platform 7, and there is time for a coffee before
+- Hotel near the station
 - Call Marie
 - Pack the charger
@@ -31,3 +32,2 @@ ## Later
 Buy a map
-Buy another map
 Write postcards
"""
NEW_FILE = "--- /dev/null\n+++ b/poem.txt\n@@ -0,0 +1,40 @@\n" + "".join(f"+Line {n} of a poem\n" for n in range(1, 41))
MARKUP = '<b>bold</b> <img src="http://example.org/x.png"> [a link](http://example.org) \x1b[31mred\x1b[0m \u202eabc'
RAW = '<invoke name="calculator">\n<parameter name="expression">37 * 48</parameter>\n</invoke>'


class Scene:
    """A conversation to which calls are added."""

    def __init__(self) -> None:
        self.model = ConversationModel()
        self.model.show(CONVERSATION, [])
        question = Message("user", user_message("Please look after my notes.").parts)
        self.model.apply(MessageAdded(MessageRecord(1, "c", None, question, "complete", 0.0)))
        self.model.apply(MessageAdded(MessageRecord(2, "c", 1, Message("assistant", ()), "writing", 0.0, "Pocket M2")))

    def call(
        self,
        progress: CallProgress | None,
        tool: ToolInfo | None,
        arguments: dict[str, Any],
        result: ResultPart | None = None,
        part: CallPart | None = None,
    ) -> str:
        """Add a call, and what became of it; its id."""
        place = self.model.part_count(1)
        number = str(place)
        name = tool.name if tool else "open_door"
        self.model.apply(PartAdded(2, place, part or CallPart(number, name, arguments, RAW, "ready")))
        if progress:
            self.model.apply(CallProgressed(2, number, progress, tool))
        if result is not None:
            self.model.apply(PartAdded(2, place + 1, result))
        return number


def quiet() -> ConversationModel:
    """What is being written, runs, or ran without a word."""
    scene = Scene()
    scene.call("done", CALCULATOR, {"expression": "37 * 48"}, ResultPart("0", "1776", seconds=0.2))
    scene.call("running", SEARCH, {"query": "crash at start", "limit": 5})
    scene.call(None, CALCULATOR, {"expression": "1 + 1"})
    place = scene.model.part_count(1)
    scene.model.apply(PartAdded(2, place, CallPart("w", "write_file")))
    scene.model.apply(ArgumentExtended(2, place, "path", "notes/travel.md"))
    scene.model.apply(ArgumentExtended(2, place, "content", "# Travel\n\n- Train to Ly"))
    return scene.model


def ended() -> ConversationModel:
    """Every way in which a call ends."""
    scene = Scene()
    scene.call("failed", SEARCH, {"query": MARKUP}, ResultPart("0", f"Error: {MARKUP}", True, 1.4))
    words = "Error: The person did not allow this call. Not on a Sunday."
    scene.call("refused", SEARCH, {"query": "everything"}, ResultPart("2", words, True))
    words = "Error: There is no tool named open_door. Available tools: calculator."
    scene.call("unknown_tool", None, {"door": "garage"}, ResultPart("4", words, True))
    cut = CallPart("6", "calculator", {}, '<invoke name="calculator">\n<parameter name="expr', "unfinished")
    scene.call("cut_off", None, {}, None, cut)
    closed = CallPart("7", None, {}, '<invoke nam="calculator">\n</invoke>', "unfinished")
    scene.call("cut_off", None, {}, ResultPart("7", "Error: The tool call could not be read.", True), closed)
    changed = ResultPart("9", "12 found", False, 0.7, {"query": "crash", "limit": 10})
    scene.call("done", SEARCH, {"query": "crash at start", "limit": 10}, changed)
    scene.call("cut_off", CALCULATOR, {"expression": "2 ** 8"})
    return scene.model


def written() -> ConversationModel:
    """Files that were written, and one write that was taken back."""
    scene = Scene()
    content = {"path": "notes/travel.md", "content": "# Travel\n\n- Train to Lyon at 10:42"}
    scene.call("done", WRITE, content, ResultPart("0", "Wrote 212 characters.", False, 0.1, None, DIFF, "u1"))
    scene.call(
        "done", WRITE, {"path": "poem.txt", "content": "…"}, ResultPart("2", "Wrote it.", diff=NEW_FILE, undo="u2")
    )
    back = ResultPart("4", "Wrote it.", diff=DIFF, undo="u3", undone=True)
    scene.call("done", WRITE, {"path": "notes/travel.md", "content": "…"}, back)
    return scene.model


def asking(tool: ToolInfo, arguments: dict[str, Any], diff: str = "") -> ConversationModel:
    """A call that asks."""
    scene = Scene()
    scene.model.apply(PartAdded(2, 0, AnswerPart("I will look after it.")))
    number = scene.call("asking", tool, arguments)
    if diff:
        scene.model.apply(CallPreviewed(2, number, diff))
    return scene.model


def rounds() -> ConversationModel:
    """A turn of many rounds."""
    scene = Scene()
    scene.call("done", CALCULATOR, {"expression": "37 * 48"}, ResultPart("0", "1776", seconds=0.2))
    scene.model.apply(PartAdded(2, 2, ReasoningPart("")))
    scene.model.apply(PartReplaced(2, 2, ReasoningPart("Once more.", 2.0)))
    scene.model.apply(RoundsReached(2, 25))
    return scene.model


def take(widget: QWidget, width: int, height: int, path: Path) -> None:
    """One picture of `widget`, once all its work is done."""
    widget.resize(width, height)
    widget.show()
    for _ in range(40):
        QApplication.processEvents()
        QApplication.instance().thread().msleep(2)  # type: ignore[union-attr]
    widget.grab().save(str(path))
    print(path)
    widget.close()


def edited(pane: Tools) -> Tools:
    """`pane` with a card in which a person wrote something that cannot be read."""
    editors = pane.cards[-1].editors
    editors.editor("query").field.setPlainText("crash while loading")
    editors.editor("limit").field.setPlainText("about ten")
    editors.add("labels")
    pane.cards[-1].permission.say_why.setChecked(True)
    return pane


def main(folder: Path) -> None:
    """Take all pictures."""
    app = QApplication([])
    folder.mkdir(parents=True, exist_ok=True)
    write = {"path": "/home/ada/notes/travel.md", "content": "# Travel\n\n- Train to Lyon at 10:42\n- Hotel"}
    search = {"query": "crash at start", "limit": 5}
    for language in ("en", "zh_CN"):
        languages.use(app, language)
        for appearance in ("light", "dark"):
            theme.set_up(app, appearance)
            for width in (280, 520):
                end = f"{language}_{appearance}_{width}.png"
                take(Tools(quiet()), width, 700, folder / f"quiet_{end}")
                take(Tools(ended()), width, 1300, folder / f"ended_{end}")
                take(Tools(written()), width, 1700, folder / f"written_{end}")
                take(Tools(asking(SEARCH, search)), width, 520, folder / f"asking_{end}")
                take(edited(Tools(asking(SEARCH, search))), width, 760, folder / f"edited_{end}")
                take(Tools(asking(WRITE, write, DIFF)), width, 980, folder / f"asking_write_{end}")
            end = f"{language}_{appearance}.png"
            take(Transcript(asking(SEARCH, search)), 700, 420, folder / f"question_{end}")
            take(Transcript(asking(WRITE, write, DIFF)), 700, 420, folder / f"question_write_{end}")
            take(Transcript(rounds()), 700, 420, folder / f"rounds_{end}")
            take(Transcript(ended()), 700, 700, folder / f"chips_{end}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
