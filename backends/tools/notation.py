"""How people and models write arithmetic, put into the notation of Python's parser."""

from __future__ import annotations

import re
import unicodedata

from backends.tools.base import failed

_SIGNS = str.maketrans({
    "×": "*", "·": "*", "⋅": "*", "∙": "*", "✕": "*", "÷": "/", "∕": "/", "⁄": "/", "：": "/",
    "−": "-", "–": "-", "—": "-", "²": "**2", "³": "**3", "√": " sqrt", "π": "pi", "[": "(", "]": ")",
    "【": "(", "】": ")",
})  # fmt: skip
_SEPARATED = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*%(?=\s*(?:$|[-+*/),]|of\b))")
_ROOT = re.compile(r"\bsqrt\s*(\d+(?:\.\d+)?|pi\b|e\b)")
_CALL = re.compile(r"[a-z]\w*\s*\(", re.IGNORECASE)


def as_python(expression: str) -> str:
    """The expression with signs, roots, percentages and thousands separators as Python knows them.

    A percentage is a number of its own: 15% is 0.15. Raises `MinimError` where a comma could be read in two ways.
    """
    text = unicodedata.normalize("NFKC", expression.translate(_SIGNS)).replace("^", "**").strip()
    text = re.sub(r"\s*=+\s*\??$", "", text).replace("\n", " ")
    text = re.sub(r"\bmath\.", "", text)
    text = _ROOT.sub(r"sqrt(\1)", text)
    text = _without_separators(text)
    text = _PERCENT.sub(r"(\1/100)", text)
    return re.sub(r"\)\s*of\b", ")*", text)


def _without_separators(text: str) -> str:
    """Remove thousands separators. Between the arguments of a function a comma means something else."""
    if not _CALL.search(text):
        return _SEPARATED.sub(lambda number: number[0].replace(",", ""), text)
    if re.search(r"\d,0\d\d", text) or (re.search(r"\d,\d{3}(?!\d)", text) and re.search(r",\s", text)):
        raise failed(
            "A comma in the expression could part thousands or arguments.",
            "Write numbers without thousands separators.",
        )
    return text
