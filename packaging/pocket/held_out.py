"""Questions for the examination: random ones of a seed that training never uses, and others worded by hand."""

from __future__ import annotations

import random

import talk_arithmetic as sums
from dialogue_parts import Call, Dialogue, Step, Turn
from dialogues import GOT, USE, make_dialogue, make_root, make_turn
from talk_unknown import ANSWER, THOUGHT
from tool_schemas import BUILT_IN, name_of

KM = Call("convert_units", {"value": 5, "from_unit": "km", "to_unit": "mi"})
KG = Call("convert_units", {"value": 72, "from_unit": "kg", "to_unit": "lb"})
HEAT = Call("convert_units", {"value": 100, "from_unit": "°F", "to_unit": "°C"})
# Wordings that are not in the training lists, each with the call that is wanted.
WORDED = (
    ("en", "Whats 37 * 48 then?", Call("calculator", {"expression": "37 * 48"})),
    ("en", "How much would 912 times 33 be?", Call("calculator", {"expression": "912 * 33"})),
    ("en", "could you multiply 73 by 19 for me", Call("calculator", {"expression": "73 * 19"})),
    ("en", "I have to add 4821 and 377, can you do it?", Call("calculator", {"expression": "4821 + 377"})),
    ("en", "Give me 81 / 9", Call("calculator", {"expression": "81 / 9"})),
    ("en", "6+7", Call("calculator", {"expression": "6 + 7"})),
    ("en", "Please tell me what 5.5 x 12 makes", Call("calculator", {"expression": "5.5 * 12"})),
    ("en", "what is (12+8)*5", Call("calculator", {"expression": "(12 + 8) * 5"})),
    ("en", "Calculate 123456 - 65432 right now", Call("calculator", {"expression": "123456 - 65432"})),
    ("en", "I wonder what 1024 divided by 16 is", Call("calculator", {"expression": "1024 / 16"})),
    ("zh", "请你算一算 37 * 48", Call("calculator", {"expression": "37 * 48"})),
    ("zh", "912乘33得几？", Call("calculator", {"expression": "912 * 33"})),
    ("zh", "帮忙计算一下 4821+377 吧", Call("calculator", {"expression": "4821 + 377"})),
    ("zh", "1024除以16等于几呢", Call("calculator", {"expression": "1024 / 16"})),
    ("zh", "我要算 123456 - 65432", Call("calculator", {"expression": "123456 - 65432"})),
    ("zh", "(12+8)*5 等于多少呢？", Call("calculator", {"expression": "(12 + 8) * 5"})),
    ("en", "What time is it right now please?", Call("clock", {})),
    ("en", "Could you check the time in Tokyo for me?", Call("clock", {"timezone": "Asia/Tokyo"})),
    ("en", "Tell me what time it is in New York", Call("clock", {"timezone": "America/New_York"})),
    ("en", "Which date do we have today?", Call("clock", {})),
    ("zh", "现在到几点了？", Call("clock", {})),
    ("zh", "请告诉我东京现在几点", Call("clock", {"timezone": "Asia/Tokyo"})),
    ("zh", "今天是几月几号？", Call("clock", {})),
    ("en", "How many miles do I get for 5 km?", KM),
    ("en", "Could you convert 72 kg into pounds for me?", KG),
    ("en", "how hot is 100 °F in °C?", HEAT),
    ("zh", "5公里是几英里？", KM),
    ("zh", "请帮我把72公斤换成磅", KG),
    ("zh", "100华氏度等于多少摄氏度呢", HEAT),
)  # fmt: skip
BEYOND = (
    ("en", "Who painted the Mona Lisa?"),
    ("en", "Write a Rust program that sorts a list of strings"),
    ("en", "What's your opinion on pineapple pizza?"),
    ("en", "Give me a workout plan for three days"),
    ("en", "Translate 'good night' into Japanese"),
    ("en", "Why do leaves fall in autumn?"),
    ("en", "Explain the difference between TCP and UDP"),
    ("en", "flibber gonzo wattle 99"),
    ("en", "My dog ate my homework, what should I do?"),
    ("en", "Summarise the plot of Romeo and Juliet."),
    ("en", "What are the symptoms of the flu?"),
    ("en", "Is it safe to drink sea water?"),
    ("zh", "蒙娜丽莎是谁画的？"),
    ("zh", "用Java写一个排序程序"),
    ("zh", "感冒有什么症状？"),
    ("zh", "秋天树叶为什么会落下？"),
    ("zh", "给我制定一个三天的健身计划"),
    ("zh", "西游记讲了什么？"),
    ("zh", "怎样才能睡得更好？"),
    ("zh", "北京有哪些好玩的地方？"),
)


def _result(call: Call) -> tuple[str, str]:
    """A result for a call, and the answer after the language's own words."""
    if call.name == "clock":
        return "Sunday, 2026-11-22 23:16 (Asia/Shanghai, UTC+08:00)", "**23:16**"
    if call.name == "calculator":
        result = sums.compute(call.arguments["expression"].replace("(", "( ").replace(")", " )").split())
        return result, f"**{result}**"
    result = "{value} {from_unit} = 3.25 {to_unit}".format(**call.arguments)
    return result, f"**3.25 {call.arguments['to_unit']}**"


def worded() -> list[Dialogue]:
    """The questions worded by hand, under the app's own tools. `extra["has"]` is what the answer must hold."""
    made: list[Dialogue] = []
    for language, text, call in WORDED:
        result, has = _result(call)
        steps = (Step(USE[language], "", (call,), (result,)), Step(GOT[language], has))
        made.append(Dialogue((Turn(text, steps, f"worded {call.name}"),), BUILT_IN, None, language, {"has": has}))
    for language, text in BEYOND:
        turn = Turn(text, (Step(THOUGHT[language], ANSWER[language]),), "worded unknown")
        made.append(Dialogue((turn,), BUILT_IN, None, language, {"has": ANSWER[language]}))
    return made


def drawn(count: int, seed: str = "examination") -> list[Dialogue]:
    """Random dialogues; only the last turn of each is asked, what comes before is given as history."""
    rng = random.Random(seed)
    made: list[Dialogue] = []
    while len(made) < count:
        tools, system = (BUILT_IN, None) if rng.random() < 0.5 else make_root(rng)
        if rng.random() < 0.3:
            made.append(make_dialogue(rng, tools, system, rng.randint(2, 4)))
            continue
        language = rng.choice(("en", "zh"))
        turn = make_turn(rng, language, {name_of(tool) for tool in tools})
        made.append(Dialogue((turn,), tools, system, language))
    return made
