"""What a test says in Python, said over an address: for a hub that runs as a process of its own."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tests.hub.answers import Answer, Question, say

if TYPE_CHECKING:
    from tests.hub.server import Hub


def answer(hub: Hub, question: Question) -> Answer:
    """POST /misbehave, /release, /behave, /expire_links, /offline, /online; GET /reached, /requests, /bytes_served."""
    given: dict[str, Any] = {**question.query, **(json.loads(question.body) if question.body else {})}
    match question.path.strip("/"):
        case "misbehave":
            rule = hub.misbehave(given.pop("pattern"), **given)
            return say(question.path, {"rule": hub.rules.number(rule)})
        case "release":
            hub.rules[int(given["rule"])].release()
        case "reached":
            return say(question.path, {"reached": hub.rules[int(given["rule"])].reached.wait(60)})
        case "behave":
            hub.behave()
        case "expire_links":
            hub.expire_links()
        case "offline":
            hub.go_offline(*given.get("hosts", ("huggingface", "modelscope", "content")))
        case "online":
            hub.go_online()
        case "requests":
            found = hub.requests(given.get("pattern", "*"), host=given.get("host", ""))
            return say(question.path, [asdict(request) for request in found])
        case "bytes_served":
            return say(question.path, {"bytes": hub.bytes_served(given.get("pattern", "*"), given.get("host", ""))})
        case _:
            return say(question.path, {"error": "not a word of the hub's"}, 404)
    return say(question.path, {})
