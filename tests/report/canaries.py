"""A home with something private in every place that could hold it: none of these texts may ever be in a report."""

from __future__ import annotations

import json
from pathlib import Path

from backends.contract.chat import ConversationSettings, GenerationOptions, user_message
from backends.contract.models import ModelRef
from backends.contract.preferences import Preferences
from backends.contract.tools import AllowedTool, ToolSettings
from backends.storage.conversations import ConversationStore
from backends.storage.settings import save_preferences

USER = "annabirgit"
SECRETS = (
    "hf_CanaryCanaryCanary", "sk-canary0123456789", "canary-env-value", "canary-argument", "canary.example",
    "canary-header", "ms-canary-token", "canaryQuery",
)  # fmt: skip
PRIVATE = (
    "canary title", "canary question", "canary prompt", "canarystop", "canary-granted", "canary-models", "canary-tool",
    "canary-conversation", "canary-printed", "canary-own-model", "canary-draft", "canary.txt", "canary-mirror",
)  # fmt: skip
LOG = f"""\
2026-11-23 12:00:00,123 INFO backends.workers.serve: Request 3 failed
Traceback (most recent call last):
  File "/home/{USER}/minim/backends/workers/serve.py", line 284, in _work
    work("canary question")
  File "/home/{USER}/canary.txt/canary.py", line 2, in canary_tool
backends.contract.errors.MinimError: /home/{USER}/canary-models/canary.txt holds no model
2026-11-23 12:00:01,000 INFO backends.hubs: GET https://u:canary.example@hub/x?k=canaryQuery Bearer sk-canary0123456789
2026-11-23 12:00:02,000 WARNING canary-draft.x: canary question
the model wrote: canary question
hf_CanaryCanaryCanary
OSError: [Errno 28] No space left on device: '/home/{USER}/canary.txt'
WARNING:backends.workers.supervisor:An event of the engine worker was not taken: AnswerDelta('canary question')
"""


def make_home(home: Path) -> Path:
    """Fill `home`, a person's home folder; → the folder for MINIM_HOME in it."""
    place = home / "minim"
    data, log = place / "data", place / "log"
    for folder in (data, log / "tool-servers", home / "canary-models" / "canary-own-model", home / "huggingface"):
        folder.mkdir(parents=True)
    store = ConversationStore(data / "conversations.db")
    shown = store.create("canary title")
    store.add_message(shown.id, None, user_message("canary question"))
    store.set_settings(shown.id, ConversationSettings(system_prompt="canary prompt"))
    store.close()
    save_preferences(_preferences(home, shown.id), data / "preferences.toml")
    server = {"command": "run", "args": ["canary-argument"], "env": {"API_KEY": "canary-env-value"}}
    remote = {"url": "https://u:p@canary.example/x?k=canaryQuery", "headers": {"Authorization": "canary-header"}}
    (data / "mcp_servers.json").write_text(json.dumps({"mcpServers": {"weather": server, "notes": remote}}))
    (home / "huggingface" / "token").write_text("hf_CanaryCanaryCanary")
    for name in ("engine.log", "app.log", "downloads.log.1"):
        (log / name).write_text(LOG, "utf-8")
    (log / "tool-servers" / "canary-printed.log").write_text("canary-printed")
    return place


def _preferences(home: Path, conversation: str) -> Preferences:
    models = home / "canary-models"
    return Preferences(
        allowed_tools=(AllowedTool("notes/canary-tool", "digest"),),
        tool_settings=ToolSettings(folders=(str(home / "canary-granted"),), tools_off=("canary-tool",)),
        system_prompt="canary prompt",
        model=ModelRef("canary-own-model", "mlx", "4bit", "folder", str(models / "canary-own-model")),
        model_folders=(str(models),),
        mirror="https://u:p@canary-mirror/",
        generation=GenerationOptions(temperature=0.25, stop=("canarystop",)),
        conversation=f"canary-conversation {conversation}",
    )


def found_in(text: str, home: Path) -> list[str]:
    """The canaries that a text holds; there should be none."""
    return [canary for canary in (*SECRETS, *PRIVATE, USER, str(home)) if canary.lower() in text.lower()]
