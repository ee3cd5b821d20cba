"""What `minim chat` asks while a turn runs: whether a call may run, shown whole, and whether the model goes on."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

from backends.contract.errors import MinimError
from backends.contract.tools import ConsentAnswer, Scope, ToolInfo, digest_of
from backends.conversation.changes import CallPreviewed, CallProgressed, Change, RoundsReached
from backends.conversation.session import ConversationSession
from backends.terminal.edited_arguments import edit_arguments
from backends.terminal.output import PlainOutput, harmless, say, say_failure
from backends.terminal.person import Person
from backends.terminal.visible import argument_rows, barred, visible
from backends.terminal.workers import Workers

_SCOPES: dict[str, Scope] = {"y": "once", "yes": "once", "c": "conversation", "a": "always", "always": "always"}


class Questions:
    """Takes the changes that ask something, and asks it where no event is half taken. `stop` ends the turn."""

    def __init__(
        self,
        workers: Workers,
        person: Person,
        session: ConversationSession,
        output: PlainOutput,
        stop: Callable[[], None],
        *,
        may_allow_always: bool,
    ) -> None:
        self._workers = workers
        self._person = person
        self._session = session
        self._output = output
        self._stop = stop
        self._may_allow_always = may_allow_always
        self._asked: list[CallProgressed] = []
        self._rounds: RoundsReached | None = None
        self._previewed: dict[str, CallPreviewed] = {}
        self.nobody_there = False
        """Whether nobody could be asked: a call was refused for that, or the model not let go on."""

    def take(self, change: Change) -> None:
        """Take a change; those that ask nothing are ignored."""
        match change:
            case CallProgressed(progress="asking"):
                self._asked.append(change)
            case CallPreviewed(call_id=call_id):
                self._previewed[call_id] = change
            case RoundsReached(rounds=rounds):
                self._rounds = change if rounds else None
            case _:
                pass

    def ask_all(self) -> None:
        """Ask what waits, and tell the session what the person says."""
        while self._asked:
            self._ask_about(self._asked.pop(0))
        if self._rounds is not None:
            rounds, self._rounds = self._rounds.rounds, None
            self._ask_about_rounds(rounds)

    def _ask_about(self, asked: CallProgressed) -> None:
        call, tool = self._output.call(asked.message, asked.call_id), asked.tool
        if tool is None or not self._person.is_there:
            self.nobody_there = self.nobody_there or not self._person.is_there
            allow = f"--allow {shlex.quote(harmless(tool.key, kept=''))} allows this tool, " if tool is not None else ""
            words = self._output.call_line(asked.message, asked.call_id)
            say(f"× {words} needs to be allowed: {allow}--allow-tools all of them")
            self._session.answer_consent(asked.call_id, ConsentAnswer(False))
            return
        arguments = call.arguments
        while True:
            self._show(asked.call_id, tool, arguments)
            if self._session.phase != "asking":
                return  # stopped meanwhile
            line = self._person.decide(self._question(tool))
            if line is None:
                self._stop()
                return
            if line.strip().casefold() not in ("e", "edit"):
                break
            arguments = self._edited(tool, arguments)
        changed = arguments if digest_of(arguments) != digest_of(call.arguments) else None
        self._session.answer_consent(asked.call_id, read_answer(line, changed, may_always=self._may_allow_always))

    def _ask_about_rounds(self, rounds: int) -> None:
        words = f"The model has called tools in {rounds} {'round' if rounds == 1 else 'rounds'}."
        if not self._person.is_there:
            self.nobody_there = True
            say_failure(words, "Nobody can be asked here whether it goes on: --rounds N lets it call tools more often.")
            self._session.answer_rounds(False)
            return
        agreed = self._person.agrees(f"{words} Go on?")
        if agreed is None:
            self._stop()
        else:
            self._session.answer_rounds(agreed)

    def _show(self, call_id: str, tool: ToolInfo, arguments: dict[str, Any]) -> None:
        # What models call it by is short and plain; what a server calls it can be anything.
        say(f"The model calls {visible(tool.name)} ({'of a server' if tool.server else 'built in'}):")
        for row in barred(f"server “{visible(tool.server)}”, tool “{visible(tool.own_name)}”") if tool.server else ():
            say(row)
        for row in argument_rows(arguments):
            say(row)
        if tool.shows_diff:
            self._show_preview(call_id, arguments)

    def _show_preview(self, call_id: str, arguments: dict[str, Any]) -> None:
        self._previewed.pop(call_id, None)
        self._session.preview(call_id, arguments)
        self._workers.wait(lambda: call_id in self._previewed or self._session.phase != "asking", self._stop)
        previewed = self._previewed.pop(call_id, None)
        if previewed is None:
            return
        if previewed.problem:
            say(harmless(f"What it would change cannot be said: {previewed.problem}", kept=""))
        elif not previewed.diff:
            say("It would change nothing.")
        else:
            say("It would change:")
            for row in barred(previewed.diff.removesuffix("\n")):
                say(row)

    def _question(self, tool: ToolInfo) -> str:
        always = " · [a] always" if self._may_allow_always else ""
        return f"Allow {visible(tool.name)}? [y] once · [c] this conversation{always} · [e] edit · [N] no: "

    def _edited(self, tool: ToolInfo, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments as the person changed them, or as they were if that is not possible."""
        try:
            return edit_arguments(self._person, tool, arguments)
        except MinimError as error:
            say_failure(error.message, error.hint or "The arguments are as they were.")
        except KeyboardInterrupt:
            say("The arguments are as they were.")
        return arguments


def read_answer(line: str, arguments: dict[str, Any] | None, *, may_always: bool) -> ConsentAnswer:
    """What an answer means: nothing but one of the letters allows, and words after a no are for the model.

    `arguments` are those that the person changed, else None.
    """
    words = line.strip()
    scope = _SCOPES.get(words.casefold())
    if scope is not None and (scope != "always" or may_always):
        return ConsentAnswer(True, scope, arguments=arguments)
    no, _, note = words.partition(" ")
    is_no = no.casefold().rstrip(",.:;") in ("n", "no")
    return ConsentAnswer(False, note=note.strip() if is_no else "")
