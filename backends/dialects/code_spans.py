"""Where Markdown text stands inside code: in a fence, or between backticks. Fed as the text arrives."""

from __future__ import annotations


class CodeSpans:
    """Follows fences (``` and ~~~) and inline spans through a text that comes in any pieces."""

    def __init__(self) -> None:
        self._fence = ""  # what closes the open fence
        self._span = 0  # how many backticks close the open inline span
        self._run_of = ""  # backticks or tildes that may still grow
        self._run = 0
        self._line_empty = True  # nothing but white space on this line so far
        self._fence_line = False  # the rest of this line belongs to the fence that it opened

    def read(self, text: str) -> None:
        """Go on with `text`."""
        for char in text:
            if char in "`~":
                if char != self._run_of:
                    self._end_run()
                    self._run_of = char
                self._run += 1
                continue
            self._end_run()
            if char == "\n":
                self._end_line()
            elif char not in " \t\r":
                self._line_empty = False

    def pass_over(self) -> None:
        """Text went by that is not looked at: what comes next may close a fence as if it began a line."""
        self._line_empty = True

    @property
    def closing(self) -> str:
        """What would close the code that the text stands in now; "" outside of code."""
        self._end_run()
        return self._fence or "`" * self._span

    def _end_run(self) -> None:
        """A run of backticks or tildes is complete: it opens something, closes something, or is text."""
        count, char = self._run, self._run_of
        self._run, self._run_of = 0, ""
        if not count:
            return
        if self._fence:
            closes = char == self._fence[0] and count >= len(self._fence)
            if closes and (self._line_empty or self._fence_line):
                self._fence = ""
        elif count >= 3 and self._line_empty and not self._span:
            self._fence = char * count
            self._fence_line = True
        elif char == "`":
            self._span = 0 if self._span == count else self._span or count
        self._line_empty = False

    def _end_line(self) -> None:
        if self._line_empty:
            self._span = 0  # an inline span ends with its paragraph
        self._line_empty = True
        self._fence_line = False
