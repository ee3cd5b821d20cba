"""Questions for the tools other than the calculator: clock, units, weather, files; and what to say of their results."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal

from dialogue_parts import Call
from talk_arithmetic import random_number, shown
from words import words

DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAYS_ZH = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")
WORDS, PLACES = words("wordings")["tools"], words("places")


@dataclass(frozen=True)
class Request:
    """A question for one tool: the call it wants, what the tool says, and what to think and answer."""

    text: str
    call: Call
    wants: str
    result: str
    answer: str


def _city(rng: random.Random) -> list[str]:
    """A city: its English and Chinese name and its time zone. Those that are asked for most come most."""
    return rng.choice(PLACES["cities"][:24] if rng.random() < 0.4 else PLACES["cities"])


def _local_zone(rng: random.Random) -> str:
    """What the clock calls the local time zone. Partly made up, so that the name is copied and not remembered."""
    draw = rng.random()
    if draw < 0.4:
        return rng.choice(PLACES["zones"])
    if draw < 0.6:
        return _city(rng)[2]
    made = "".join(rng.choice(words("unknown")["syllables"]) for _ in range(rng.randint(1, 3))).capitalize()
    return f"{rng.choice(('Asia', 'Europe', 'America', 'Africa', 'Etc', 'Pacific'))}/{made}"


def clock(rng: random.Random, language: str) -> Request:
    """Ask for the time or the date, here or in a city."""
    english = language == "en"
    draw = rng.random()
    zone = _local_zone(rng)
    arguments: dict[str, object] = {}
    if draw < 0.55:
        name_en, name_zh, zone = _city(rng)
        arguments = {"timezone": zone}
        name = name_en if english else name_zh
        text = rng.choice(WORDS[f"clock_city_{language}"]).format(c=name)
        wants = f"The user wants the time in {name}." if english else f"用户想知道{name}的时间。"
    elif draw < 0.8:
        text = rng.choice(WORDS[f"clock_{language}"])
        wants = "The user wants the time." if english else "用户想知道时间。"
    else:
        text = rng.choice(WORDS[f"date_{language}"])
        wants = "The user wants the date." if english else "用户想知道日期。"
    day = rng.randrange(7)
    date = f"{rng.randint(2024, 2031)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
    time = f"{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}"
    offset = f"UTC{rng.choice('+-')}{rng.randint(0, 12):02d}:{rng.choice(('00', '00', '30'))}"
    result = f"{DAYS_EN[day]}, {date} {time} ({zone}, {offset})"
    if english:
        said = f"It is **{time}** on {DAYS_EN[day]}, {date} ({zone})."
    else:
        said = f"现在是 **{time}**，{DAYS_ZH[day]}，{date}（{zone}）。"
    return Request(text, Call("clock", arguments), wants, result, said)


def convert_units(rng: random.Random, language: str) -> Request:
    """Ask for a quantity in another unit."""
    english = language == "en"
    group = rng.choice(PLACES["unit_groups"])
    (sign_a, en_a, zh_a, size_a), (sign_b, en_b, zh_b, size_b) = rng.sample(group, 2)
    number = random_number(rng)
    if sign_a in ("°C", "°F") and rng.random() < 0.15:
        number = "-" + number
    value = float(number) if "." in number else int(number)
    names_a, names_b = (en_a, en_b) if english else (zh_a, zh_b)
    text = rng.choice(WORDS[f"convert_{language}"])
    text = text.format(v=value, a=rng.choice(names_a), b=rng.choice(names_b))
    if size_a and size_b and rng.random() < 0.85:
        amount = f"{value * size_a / size_b:.6g}"
    else:
        amount = shown(Decimal(rng.randint(1, 999999)) / rng.choice((1, 10, 100, 1000)))
    result = f"{value} {sign_a} = {amount} {sign_b}"
    wants = (
        f"The user wants {value} {sign_a} in {sign_b}." if english else f"用户想把 {value} {sign_a} 换算成 {sign_b}。"
    )
    said = f"{value} {sign_a} = **{amount} {sign_b}**"
    call = Call("convert_units", {"value": value, "from_unit": sign_a, "to_unit": sign_b})
    return Request(text, call, wants, result, said)


def get_weather(rng: random.Random, language: str) -> Request:
    """Ask for a city's weather."""
    english = language == "en"
    name_en, name_zh, _ = _city(rng)
    name = name_en if english else name_zh
    arguments: dict[str, object] = {"city": name}
    if rng.random() < 0.3:
        arguments["days"] = rng.randint(2, 7)
        text = rng.choice(WORDS[f"weather_days_{language}"]).format(c=name, n=arguments["days"])
    else:
        text = rng.choice(WORDS[f"weather_{language}"]).format(c=name)
    result = f"{rng.choice(PLACES['weather'])}, {rng.randint(-9, 39)} °C"
    wants = f"The user wants the weather in {name}." if english else f"用户想知道{name}的天气。"
    said = f"{name}: **{result}**" if english else f"{name}：**{result}**"
    return Request(text, Call("get_weather", arguments), wants, result, said)


def read_file(rng: random.Random, language: str) -> Request:
    """Ask what a file says."""
    path, body = rng.choice(PLACES["files"]), rng.choice(PLACES["file_texts"])
    text = rng.choice(WORDS[f"read_{language}"]).format(p=path)
    wants = f"The user wants to read {path}." if language == "en" else f"用户想读 {path}。"
    head = f"{path} says:" if language == "en" else f"{path} 的内容："
    return Request(text, Call("read_file", {"path": path}), wants, body, f"{head}\n\n> {body}")


def write_file(rng: random.Random, language: str) -> Request:
    """Ask to save a text."""
    path, body = rng.choice(PLACES["files"]), rng.choice(PLACES["file_texts"])
    text = rng.choice(WORDS[f"write_{language}"]).format(p=path, t=body)
    wants = f"The user wants to write {path}." if language == "en" else f"用户想写 {path}。"
    said = f"Saved to {path}." if language == "en" else f"已保存到 {path}。"
    result = rng.choice(("ok", "Saved.", f"{len(body)} characters written"))
    return Request(text, Call("write_file", {"path": path, "content": body}), wants, result, said)


def search_files(rng: random.Random, language: str) -> Request:
    """Ask for files about something."""
    english = language == "en"
    query = rng.choice(PLACES["topic_words"])[0 if english else 1]
    text = rng.choice(WORDS[f"search_{language}"]).format(q=query)
    result = rng.choice(PLACES["files"])
    wants = f"The user looks for {query}." if english else f"用户在找{query}。"
    said = f"Found: {result}" if english else f"找到：{result}"
    return Request(text, Call("search_files", {"query": query}), wants, result, said)


MAKERS = {
    "clock": clock,
    "convert_units": convert_units,
    "get_weather": get_weather,
    "read_file": read_file,
    "write_file": write_file,
    "search_files": search_files,
}
