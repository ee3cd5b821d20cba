"""gpt-oss' output: messages on channels, one after the other, in the "harmony" format.

    output  := message*                                      the prompt ended with "<|start|>assistant"
    message := ( "<|start|>" ROLE )? header "<|message|>" content end
    header  := ( "to=" RECIPIENT )? "<|channel|>" CHANNEL ( "to=" RECIPIENT )? ( "<|constrain|>"? TYPE )?
    end     := "<|end|>" | "<|return|>" | "<|call|>" | the end of the output

H1  Channel analysis: reasoning. final, commentary (said to the person before calls), any other and none: answer.
H2  A recipient makes a message a call, on any channel: "functions." and the tool's name, or a built-in tool's name,
    which is a call of an unknown tool. Its content is the object of arguments. Recipients that are no tools: none.
H3  A call is ready once its object is complete and an end follows. An engine stops at <|call|> and does not pass it
    on, so that the output's end is an end too; but not where no argument was written.
H4  Anything else within a call, or an end in the middle of it: unfinished, with its text from header to end.
H5  A message of another role (a tool's answer that the model made up) is shown as reasoning: never answer, never call.
H6  Tokens may be missing: no <|end|> before <|start|> and a role or before <|channel|> and its name; no <|start|>; no
    header (it is answer); no <|message|> (content begins behind the channel's name, and is answer on final only;
    arguments begin at their brace).
H7  Markers arrive as text, so that text about them looks the same. An end counts only before the output's end or the
    next message; in a fence of an answer only before the output's end. Within the strings of a call none counts.
H8  Nothing depends on how the text was cut, and the time is linear.
"""

from __future__ import annotations

import re

from backends.dialects.base import GrammarReader, TextFlow
from backends.dialects.calls import CallNumbers
from backends.dialects.code_spans import CodeSpans
from backends.dialects.json_calls import JsonCall
from backends.dialects.json_text import CutOff, JsonText, Malformed
from backends.dialects.source import CUT, SPACE, Tape, Wait

START, CHANNEL, CONSTRAIN, MESSAGE = "<|start|>", "<|channel|>", "<|constrain|>", "<|message|>"
ENDS = ("<|end|>", "<|return|>", "<|call|>")
MARKERS = (START, CHANNEL, CONSTRAIN, MESSAGE, *ENDS)
"""The special tokens of which the format is made: they must be decoded, not left out."""

_CHANNELS = ("analysis", "commentary", "final")
_ROLES = ("assistant", "user", "system", "developer", "tool", "functions.")
_NO_TOOLS = ("assistant", "user", "all", "functions.")
_RECIPIENT = re.compile(r"(?:^|\s)to=(\S+)")
_CHANNEL = re.compile(rf"\s*({'|'.join(_CHANNELS)})?")
_TYPE = re.compile(r"\s*\S*")
_LONGEST_HEADER = 256


class _Header:
    """What stands before a message's content, as far as it came: the text behind each of its markers."""

    def __init__(self) -> None:
        self.parts: dict[str, str] = {"": ""}
        self.end = ""
        """MESSAGE; "{" where arguments began without it; one of ENDS or START; CUT at the end of the output."""
        self.too_long = False

    @property
    def recipient(self) -> str | None:
        """The tool that is called, by the name in its schema; None if the message is none to a tool."""
        for part in self.parts.values() if self.by_assistant else ():
            found = _RECIPIENT.search(part)
            if found and found[1] not in _NO_TOOLS:
                return found[1].removeprefix("functions.")
        return None

    @property
    def by_assistant(self) -> bool:
        role = self.parts.get(START, "").split()
        return not role or role[0] == "assistant" or role[0].startswith("to=")

    @property
    def is_reasoning(self) -> bool:
        channel = self.parts.get(CHANNEL)
        if not self.by_assistant or channel is None:
            return not self.by_assistant
        named = _CHANNEL.match(channel)
        name = named[1] if named else None
        # Without <|message|>, what stands behind another channel than final is a slip, not an answer.
        return name == "analysis" or (self.end != MESSAGE and name != "final")

    @property
    def rest(self) -> str:
        """Content that no <|message|> announced."""
        if self.end == MESSAGE:
            return ""
        if set(self.parts) == {""}:
            return self.parts[""]
        content = _CHANNEL.sub("", self.parts.get(CHANNEL, ""), count=1)
        if any(name.startswith(content.strip() or "-") for name in _CHANNELS):
            return ""  # the output ended within the name
        return content + _TYPE.sub("", self.parts.get(CONSTRAIN, ""), count=1)


class HarmonyReader(GrammarReader):
    """Reads one output. `starts_in_reasoning`: the prompt went on to where the content of an analysis begins."""

    def __init__(self, starts_in_reasoning: bool) -> None:
        super().__init__(starts_in_reasoning)
        self._numbers = CallNumbers()

    def _output(self) -> Wait[None]:
        if self._starts_in_reasoning:
            yield from self._content(self._reasoning_text)
        while (yield from self._source.more()):
            yield from self._message()

    def _message(self) -> Wait[None]:
        space = yield from self._source.space()
        if (yield from self._source.ahead(*MARKERS, "to=", "assistant")) in (None, CUT):
            yield from self._content(self._answer_text, space)
            return
        tape = self._source.record()
        header = yield from self._header()
        name = header.recipient
        if name is not None:
            yield from self._call(name, header, tape)
            return
        self._source.stop_recording(tape)
        flow = self._reasoning_text if header.is_reasoning else self._answer_text
        if header.end == MESSAGE or header.too_long:
            yield from self._content(flow, header.rest)
        else:
            flow.write("\n\n" + header.rest)

    # -- headers ----------------------------------------------------------------------------------------------

    def _header(self) -> Wait[_Header]:
        """Read up to <|message|>, or to where there can be none any more."""
        header = _Header()
        part = ""
        room = _LONGEST_HEADER
        while (yield from self._source.more()):
            text = self._source.take_until("<", "{")
            self._source.put_back(text[room:])
            header.parts[part] += text[:room]
            room -= len(text)
            if room <= 0:
                header.too_long = True
                return header
            if self._source.empty:
                continue
            found = yield from self._source.ahead(*MARKERS)
            if found is None:
                if self._source.next == "{" and part in (CHANNEL, CONSTRAIN) and header.recipient is not None:
                    header.end = "{"
                    return header
                header.parts[part] += self._source.take(1)
                room -= 1
            elif found == CUT:
                self._source.take_all()
            elif found == START and part:
                header.end = START
                return header
            else:
                self._source.take(len(found))
                if found == MESSAGE or found in ENDS:
                    header.end = found
                    return header
                part = found
                header.parts[part] = ""
        return header

    # -- contents ---------------------------------------------------------------------------------------------

    def _content(self, flow: TextFlow, begin: str = "") -> Wait[None]:
        """Read a message's text, of which `begin` was read, and its end."""
        code = CodeSpans()

        def write(text: str) -> None:
            flow.write(text)
            code.read(text)

        flow.write("\n\n")  # each message is a paragraph; TextFlow leaves this out before the first
        write(begin)
        while (yield from self._source.more()):
            write(self._source.take_until("<"))
            if self._source.empty:
                continue
            found = yield from self._source.ahead(*ENDS, START, CHANNEL)
            fenced = flow is self._answer_text and len(code.closing) >= 3
            if found and (yield from self._ends_message(found, fenced)):
                self._source.take(len(found) if found in ENDS else 0)
                return
            write(self._source.take_all() if found == CUT else self._source.take(1))

    def _ends_message(self, marker: str, fenced: bool) -> Wait[bool]:
        """H6, H7: whether the `marker` ahead is one and not text about one."""
        taken = self._source.take(len(marker))
        if marker in ENDS:
            taken += yield from self._source.space()
        follows = {START: _ROLES, CHANNEL: _CHANNELS}.get(marker, (START, CHANNEL, "assistant"))
        if not (yield from self._source.more()):
            ends = True
        else:
            ends = not fenced and (yield from self._source.ahead(*follows)) is not None
        self._source.put_back(taken)
        return ends

    def _call(self, name: str, header: _Header, tape: Tape) -> Wait[None]:
        """H2 to H4: read the arguments, which are ahead, and the message's end."""
        call = JsonCall(self._numbers.next(), self._tell)
        complete = False
        if header.end or header.too_long:
            call.start(name)
            complete = yield from self._arguments(call, header)
        call.end(complete, self._source.stop_recording(tape).strip(SPACE))
        follow = yield from self._source.ahead(*ENDS)
        if follow is not None:
            self._source.take(len(follow)) if follow else self._source.take_all()

    def _arguments(self, call: JsonCall, header: _Header) -> Wait[bool]:
        """Read the arguments up to the message's end; whether they are complete."""
        if header.too_long:
            yield from self._unreadable()
        if header.end not in (MESSAGE, "{"):
            return False
        json = JsonText(self._source)
        try:
            if (yield from json.ahead()) == "{":
                yield from call.read_arguments(json)
                yield from self._source.space()
                if (yield from self._source.ahead(*ENDS, START, CHANNEL)) is not None:
                    return True
            else:
                end = yield from self._source.ahead(*ENDS)
                if end is not None:
                    return end != CUT
        except CutOff:
            return False
        except Malformed:
            pass
        yield from self._unreadable()
        return False

    def _unreadable(self) -> Wait[None]:
        """H4: take all text up to the message's end."""
        while (yield from self._source.more()):
            self._source.take_until("<")
            if self._source.empty:
                continue
            found = yield from self._source.ahead(*ENDS, START, CHANNEL)
            if found and (yield from self._ends_message(found, fenced=False)):
                return
            self._source.take(1)
