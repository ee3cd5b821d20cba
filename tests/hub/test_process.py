"""The hub as a process of its own, told what to do over an address."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.hub.asking import ask

NAME = "org/name"
LARGE = f"/{NAME}/resolve/main/model.safetensors"


def test_as_a_process(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(bytes(1000))
    command = [sys.executable, "-m", "tests.hub", "--port", "0", "--gated", f"{NAME}={tmp_path}"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=Path(__file__).parents[2]) as process:
        assert process.stdin
        assert process.stdout
        addresses = json.loads(process.stdout.readline())

        def control(word: str, **given: Any) -> Any:
            return json.loads(ask(addresses["control"], f"/{word}", "POST", json.dumps(given)).body)

        assert ask(addresses["huggingface"], LARGE).status == 401
        rule = control("misbehave", pattern="/api/*", status=500, on=[1])
        asked = [ask(addresses["huggingface"], f"/api/models/{NAME}").status for _ in range(2)]
        assert asked == [500, 200]
        assert control("reached", **rule) == {"reached": True}
        assert control("release", **rule) == {}
        assert [one["status"] for one in control("requests", pattern="*.safetensors")] == [401]
        assert control("bytes_served", pattern="*.safetensors")["bytes"] > 0
        for word in ("behave", "expire_links", "offline", "online"):
            assert control(word) == {}
        process.stdin.close()
        assert process.wait(60) == 0
