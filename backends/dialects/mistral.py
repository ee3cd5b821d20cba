"""Mistral's output: [THINK] around the reasoning, and calls behind [TOOL_CALLS], in the two forms it has had.

    output := ( text | "[THINK]" reasoning "[/THINK]" | calls )*
    calls  := "[TOOL_CALLS]" ws ( "[" call ("," call)* "]" | NAME ( "[CALL_ID]" ID )? "[ARGS]" arguments )

    [TOOL_CALLS][{"name": "weather", "arguments": {"days": 3}}]
    [TOOL_CALLS]weather[ARGS]{"days": 3}[TOOL_CALLS]now[ARGS]{}

A call is ready once its object is complete. What is no JSON makes it unfinished, with all text up to the next marker.
The markers are special tokens, so text about them is not taken for them; within the strings of a call none counts.
"""

from __future__ import annotations

from backends.dialects.base import GrammarReader
from backends.dialects.calls import CallNumbers
from backends.dialects.json_calls import JsonCall
from backends.dialects.json_text import CutOff, JsonText, Malformed
from backends.dialects.source import CUT, SPACE, Tape, Wait

THINK, END_THINK = "[THINK]", "[/THINK]"
CALLS, CALL_ID, ARGS = "[TOOL_CALLS]", "[CALL_ID]", "[ARGS]"
MARKERS = (THINK, END_THINK, CALLS, CALL_ID, ARGS)
"""The special tokens of which the format is made: they must be decoded, not left out."""


class MistralReader(GrammarReader):
    """Reads one output. `starts_in_reasoning`: the prompt ended with [THINK]."""

    def __init__(self, starts_in_reasoning: bool) -> None:
        super().__init__(starts_in_reasoning)
        self._numbers = CallNumbers()

    def _output(self) -> Wait[None]:
        flow = self._reasoning_text if self._starts_in_reasoning else self._answer_text
        while (yield from self._source.more()):
            flow.write(self._source.take_until("["))
            if self._source.empty:
                continue
            found = yield from self._source.ahead(THINK, END_THINK, CALLS)
            if not found:
                flow.write(self._source.take_all() if found == CUT else self._source.take(1))
                continue
            self._source.take(len(found))
            if found == CALLS and flow is self._answer_text:
                yield from self._calls()
            elif found == CALLS:
                flow.write(found)
            else:
                flow = self._reasoning_text if found == THINK else self._answer_text
                flow.begin_anew()

    def _calls(self) -> Wait[None]:
        """Read what stands behind [TOOL_CALLS]."""
        yield from self._source.space()
        if (yield from self._source.ahead(CALLS)) == CALLS:
            return  # said twice
        if (yield from self._source.more()) and self._source.next in "[{":
            yield from self._listed()
        else:
            yield from self._named()
        self._answer_text.begin_anew()

    def _listed(self) -> Wait[None]:
        """The older form: a list of calls, or one alone."""
        in_list = self._source.next == "["
        self._source.take(int(in_list))
        json = JsonText(self._source)
        while True:
            call, tape = JsonCall(self._numbers.next(), self._tell), self._source.record()
            try:
                if (yield from json.ahead()) != "{":
                    raise Malformed
                yield from call.read(json)
                call.end(True, self._source.stop_recording(tape).strip(SPACE))
                if not in_list or (yield from self._list_ends()):
                    return
            except Malformed:
                yield from self._unreadable(call, tape)
                return
            except CutOff:
                call.end(False, self._source.stop_recording(tape).strip(SPACE))
                return

    def _list_ends(self) -> Wait[bool]:
        """Take what stands behind a call of a list; whether that was its end. A list that breaks off ends there."""
        yield from self._source.space()
        found = yield from self._source.ahead(",", "]")
        self._source.take(1 if found else 0)
        return found != ","

    def _named(self) -> Wait[None]:
        """The newer form: the name, then the arguments."""
        call, tape = JsonCall(self._numbers.next(), self._tell), self._source.record()
        try:
            name = yield from self._name()
            call.start(name)
            json = JsonText(self._source)
            if (yield from json.ahead()) != "{":
                raise Malformed
            yield from call.read_arguments(json)
            call.end(True, self._source.stop_recording(tape))
        except Malformed:
            yield from self._unreadable(call, tape)
        except CutOff:
            call.end(False, self._source.stop_recording(tape).strip(SPACE))

    def _name(self) -> Wait[str]:
        """The name before [ARGS], which may be left out before the arguments' brace."""
        parts: list[str] = []
        named = True
        while (yield from self._source.more()):
            text = self._source.take_until("[", "{")
            parts += [text] if named else []
            if self._source.empty:
                continue
            found = yield from self._source.ahead(ARGS, CALL_ID, CALLS, "{")
            if found == CUT:
                break
            if found not in (ARGS, CALL_ID, "{"):
                raise Malformed
            self._source.take(len(found) if found != "{" else 0)
            if found == CALL_ID:
                named = False
                continue
            name = "".join(parts).strip()
            if not name:
                raise Malformed
            return name
        self._source.take_all()
        raise CutOff

    def _unreadable(self, call: JsonCall, tape: Tape) -> Wait[None]:
        """Take all text up to the next marker, which ends the call."""
        while (yield from self._source.more()):
            self._source.take_until("[")
            if not self._source.empty:
                if (yield from self._source.ahead(CALLS, THINK)) in (CALLS, THINK):
                    break
                self._source.take(1)
        call.end(False, self._source.stop_recording(tape).strip(SPACE))
