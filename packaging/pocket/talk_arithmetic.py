"""Questions about sums, in many wordings, each with the one expression that the calculator is to be given."""

from __future__ import annotations

import random
from decimal import Decimal, getcontext

from dialogue_parts import Call, Step, Turn
from words import words

getcontext().prec = 40
WORDS = words("wordings")["sums"]
SMALL_EN = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
SMALL_ZH = "零一二三四五六七八九十"


def random_number(rng: random.Random) -> str:
    """A number as it is written: mostly short, up to six digits, sometimes with decimals."""
    digits = rng.choice((1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6))
    whole = str(rng.randint(10 ** (digits - 1) if digits > 1 else 0, 10**digits - 1))
    if rng.random() < 0.12:
        whole = (whole[0] + "0" * 9)[: len(whole)]
    if rng.random() < 0.16:
        return (whole if digits < 5 else whole[:3]) + "." + str(rng.randint(1, 99)).zfill(rng.choice((1, 2)))
    return whole


def shown(value: Decimal, digits: int = 12) -> str:
    """Write a result as a calculator does: so many significant digits at most, no trailing zeros."""
    text = f"{value:.{digits}g}" if abs(value) < 10**12 else str(value.to_integral_value())
    text = format(Decimal(text), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def compute(parts: list[str], digits: int = 12) -> str:
    """The calculator's reply to an expression given as its words."""
    try:
        source = "".join(f"D('{p}')" if p[-1].isdigit() else p for p in parts)
        return shown(eval(source, {"D": Decimal}), digits)
    except ArithmeticError:
        return "Error: " + " ".join(parts).replace("( ", "(").replace(" )", ")") + ": division by zero"


def _surface(rng: random.Random, parts: list[str], language: str) -> str:
    """Write an expression as a person would."""
    if rng.random() < 0.06:
        parts = [f"{int(p):,}" if p.isdigit() else p for p in parts]
    style = rng.random()
    if style < 0.28 and "(" not in parts:
        names = WORDS[f"words_{language}"]
        gap = " " if language == "en" else rng.choice(("", "", " "))
        chosen = {op: rng.choice(some) for op, some in names.items()}
        if len(parts) > 3 and chosen["+"] == "and":
            chosen["+"] = "plus"
        return gap.join(chosen.get(p, p) for p in parts)
    chosen = {op: rng.choice(some) for op, some in WORDS["symbols"].items()}
    gap = rng.choice((" ", " ", "", ""))
    text = gap.join(chosen.get(p, p) for p in parts)
    if gap:
        text = text.replace("( ", "(").replace(" )", ")")
    return text.replace("(", "（").replace(")", "）") if language == "zh" and rng.random() < 0.3 else text


def _parts(rng: random.Random) -> list[str]:
    """A random expression as a list of numbers, operators and parentheses."""
    number = [random_number(rng) for _ in range(3)]
    op = [rng.choice("+-**/") for _ in range(2)]
    for i in (0, 1):
        if op[i] == "/" and rng.random() < 0.97 and not number[i + 1].strip("0."):
            number[i + 1] = "4"
    if rng.random() < 0.04:
        number[0] = f"-{number[0]}"
    draw = rng.random()
    if draw < 0.8:
        return [number[0], op[0], number[1]]
    if draw < 0.91:
        return [number[0], op[0], number[1], op[1], number[2]]
    if draw < 0.96 and number[0][0] != "-":
        return ["(", number[0], rng.choice("+-"), number[1], ")", op[1], number[2]]
    return [number[0], rng.choice("*/-"), "(", number[1], "+", number[2], ")"]


def expression_of(parts: list[str]) -> str:
    """The canonical form of an expression: single spaces around operators."""
    return " ".join(parts).replace("( ", "(").replace(" )", ")")


def _percent(rng: random.Random, english: bool) -> tuple[str, list[str]]:
    """A share of a number, in per cent."""
    p, n = rng.choice((5, 10, 12, 15, 20, 25, 30, 40, 50, 75, rng.randint(1, 99))), random_number(rng)
    forms = (
        "What is {p}% of {n}?",
        "{p}% of {n}",
        "Calculate {p} percent of {n}",
        "How much is {p}% of {n}?",
    )
    text = rng.choice(forms if english else ("{n}的{p}%是多少？", "{n} 的 {p}% 等于多少", "计算{n}的百分之{p}"))
    return text.format(p=p, n=n), [n, "*", str(p), "/", "100"]


def _power(rng: random.Random, english: bool) -> tuple[str, list[str]]:
    """A power."""
    n, power = rng.choice((2, 3, 10, rng.randint(2, 99), rng.randint(2, 99))), rng.choice((2, 2, 3, rng.randint(2, 12)))
    forms = ["{n}^{p}", "{n}**{p}", "{n} ^ {p}"]
    forms += ["{n} to the power of {p}", "{n} to the {p}th power"] if english else ["{n}的{p}次方", "{n} 的 {p} 次方"]
    if power == 2:
        forms += ["{n} squared", "the square of {n}"] if english else ["{n}的平方", "{n}²"]
    text = rng.choice(forms).format(n=n, p=power)
    return rng.choice(WORDS["ask_en" if english else "ask_zh"]).format(e=text), [str(n), "**", str(power)]


def question(rng: random.Random, language: str) -> tuple[str, str, str]:
    """Return a question, the expression meant and the calculator's reply."""
    draw = rng.random()
    english = language == "en"
    if draw < 0.10:
        a, op, b = random_number(rng), rng.choice("+-*/"), random_number(rng)
        parts = [a, op, b]
        form = rng.choice(WORDS["pair_en" if english else "pair_zh"][op])
        text = form.format(a=a, b=b)
    elif draw < 0.16:
        text, parts = _percent(rng, english)
    elif draw < 0.21:
        text, parts = _power(rng, english)
    elif draw < 0.23:
        i, j, op = rng.randint(1, 10), rng.randint(1, 10), rng.choice("+-*")
        parts = [str(i), op, str(j)]
        names = SMALL_EN if english else SMALL_ZH
        word = rng.choice(WORDS["words_en" if english else "words_zh"][op])
        text = (" " if english else "").join((names[i], word, names[j]))
        text = rng.choice(WORDS["ask_en" if english else "ask_zh"]).format(e=text)
    else:
        parts = _parts(rng)
        text = rng.choice(WORDS["ask_en" if english else "ask_zh"]).format(e=_surface(rng, parts, language))
    result = compute(parts, rng.choice((12, 12, 12, 6, 10, 15, 17)))
    if "." in result and rng.random() < 0.06:
        result = f"{random_number(rng).split('.')[0]}/{rng.randint(2, 999)}"
    return text, expression_of(parts), result


def follow_up(rng: random.Random, language: str, before: str) -> tuple[str, str, str]:
    """A question that goes on from the result before."""
    op, n = rng.choice("+-*/"), str(rng.randint(2, 99))
    forms_en = {
        "+": "Add {n} to that.",
        "-": "Now subtract {n}.",
        "*": "Multiply that by {n}",
        "/": "and divided by {n}?",
    }
    forms_zh = {"+": "再加{n}呢？", "-": "再减{n}呢？", "*": "再乘以{n}是多少？", "/": "再除以{n}呢？"}
    parts = [before, op, n]
    return (forms_en if language == "en" else forms_zh)[op].format(n=n), expression_of(parts), compute(parts)


def thought(language: str, expression: str) -> str:
    """What the model thinks before it calls the calculator, without the conclusion."""
    return f"The user wants {expression}." if language == "en" else f"用户想算 {expression}。"


def said(language: str, expression: str, result: str) -> str:
    """The answer to a sum."""
    return f"{expression} = **{result}**" if language == "en" else f"答案是 {expression} = **{result}**"


def call(expression: str) -> Call:
    """The call for an expression."""
    return Call("calculator", {"expression": expression})


def solved(language: str, text: str, expression: str, result: str) -> Turn:
    """The whole turn, with a call and the result that came back."""
    go_on = " I should use the calculator." if language == "en" else "我应该用计算器。"
    then = f"The calculator says {result}." if language == "en" else f"计算器给出 {result}。"
    first = Step(thought(language, expression) + go_on, "", (call(expression),), (result,))
    return Turn(text, (first, Step(then, said(language, expression, result))), "calculator", result)
