"""One message in the transcript's document: a region for its head, one for each part, one for its foot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from backends.contract.chat import AnswerPart, CallPart, ReasoningPart, ResultPart, TextPart
from desktop.models.conversation_model import ConversationModel
from desktop.panes.message_lines import MessageLines
from desktop.widgets.block_writer import BlockWriter
from desktop.widgets.code_colours import CodeColours
from desktop.widgets.markdown_document import MarkdownDocument
from desktop.widgets.text_lines import Line, write_lines
from desktop.widgets.text_regions import Region, TextRegions


@dataclass(frozen=True)
class Page:
    """What all messages of a transcript are written with."""

    model: ConversationModel
    regions: TextRegions
    writer: BlockWriter
    lines: MessageLines
    code_colours: CodeColours
    fit: Callable[[int, int], None]
    """Lays blocks (first, number of them) whose place depends on the column's width."""


class MessageSection:
    """Writes message `row` of the model at a place in the row of regions."""

    def __init__(self, page: Page, row: int, place: int) -> None:
        self._page = page
        self._row = row
        self._load_again = False
        self._parts: list[Region] = []
        self._markdown: MarkdownDocument | None = None
        self._head = page.regions.insert(place)
        self._foot = page.regions.insert(place + 1)
        self._is_user = page.model.record(row).message.role == "user"
        self.refresh_head()
        if not self._is_user:
            for part in range(page.model.part_count(row)):
                self._add(part)
            if page.model.record(row).status != "writing":
                self._finish()
        self.refresh_foot()

    @property
    def size(self) -> int:
        """How many regions the message has."""
        return 2 + len(self._parts)

    @property
    def dirty(self) -> bool:
        """Whether a flush has something to show."""
        return self._markdown is not None and self._markdown.dirty

    def add_part(self, part: int) -> None:
        """Show a part that was added."""
        if self._is_user:
            self.refresh_head()
            return
        self._finish()
        self._add(part)
        if part:
            self.refresh_part(part - 1)
        self.refresh_foot()

    def extend_text(self, part: int, text: str) -> None:
        """Take more text of the part that is written; it is shown by the next flush."""
        if isinstance(self._page.model.part(self._row, part), ReasoningPart):
            if not self._parts[part].blocks:
                self.refresh_part(part)
        elif self._markdown is not None and part == len(self._parts) - 1:
            self._markdown.feed(text)

    def refresh_part(self, part: int) -> None:
        """Write the lines of a part anew; Markdown is only written anew by `replace_part`."""
        if self._is_user or part >= len(self._parts):
            return
        match self._page.model.part(self._row, part):
            case ReasoningPart():
                self._write(self._parts[part], self._page.lines.reasoning(self._row, part))
            case CallPart():
                self._write(self._parts[part], self._page.lines.call(self._row, part))
            case ResultPart(call_id=call_id):
                self._refresh_call(call_id)
            case _:
                pass

    def replace_part(self, part: int) -> None:
        """Show the final form of a part."""
        if not self._is_user and isinstance(self._page.model.part(self._row, part), (AnswerPart, TextPart)):
            last = part == len(self._parts) - 1
            if last:
                self._markdown = None
            self._write(self._parts[part], [])
            markdown = self._start_markdown(part)
            if last:
                self._markdown = markdown
            else:
                markdown.finish()
            return
        self.refresh_part(part)

    def end(self) -> None:
        """Show how the message ended."""
        self._finish()
        for part in range(len(self._parts)):
            self.refresh_part(part)
        self.refresh_foot()

    def refresh_head(self) -> None:
        """Write what stands above the parts anew: a person's words, or who answers."""
        lines = self._page.lines
        head = lines.bubble(self._row) if self._is_user else lines.name(self._row)
        self._write(self._head, [*lines.dropped(self._row), *head])

    def refresh_foot(self) -> None:
        """Write the status and the actions anew."""
        self._write(self._foot, self._page.lines.footer(self._row, load_again=self._load_again))

    def offer_load_again(self, offered: bool) -> None:
        """Offer to load the model again beside the words of a failure."""
        if offered != self._load_again:
            self._load_again = offered
            self.refresh_foot()

    def flush(self) -> None:
        """Show the text that came since the last flush."""
        if self._markdown is not None:
            self._markdown.flush()

    def first_block(self, part: int) -> int:
        """The number of the document's block where a part is shown, of the message where it is -1."""
        return self._page.regions.start(self._head if part < 0 else self._parts[part])

    def _refresh_call(self, call_id: str) -> None:
        """Show what became of a call."""
        part = self._page.model.find_call(self._row, call_id)
        if part >= 0:
            self.refresh_part(part)

    def _add(self, part: int) -> None:
        self._finish()
        behind = self._parts[-1] if self._parts else self._head
        self._parts.append(self._page.regions.insert_after(behind))
        if isinstance(self._page.model.part(self._row, part), (AnswerPart, TextPart)):
            self._markdown = self._start_markdown(part)
        else:
            self.refresh_part(part)

    def _start_markdown(self, part: int) -> MarkdownDocument:
        page = self._page
        markdown = MarkdownDocument(page.regions, self._parts[part], page.writer, page.code_colours.add)
        markdown.feed(page.model.part_text(self._row, part))
        return markdown

    def _finish(self) -> None:
        if self._markdown is not None:
            self._markdown.finish()
            self._markdown = None

    def _write(self, region: Region, lines: list[Line]) -> None:
        write_lines(self._page.regions, region, self._page.writer, lines)
        if region is self._head:
            self._page.fit(self._page.regions.start(region), region.blocks)
