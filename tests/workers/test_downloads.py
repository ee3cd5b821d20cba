"""The downloads worker: what is on the machine, and what a folder holds, asked of the real process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from backends.contract.catalog import Hardware, Source
from backends.contract.commands import FindModels, InspectModel, JudgeCatalog, ListTools
from backends.contract.events import CatalogJudged, ModelsChanged, RequestFailed
from backends.hubs.base import Listing, RemoteFile
from backends.workers import downloads
from backends.workers.downloads import open_with_token

from .conftest import HERE, Ear, StartWorker


def test_it_finds_and_inspects(start_worker: StartWorker, ear: Ear, tmp_path: Path) -> None:
    env = {"HF_HUB_CACHE": str(tmp_path / "hf"), "MODELSCOPE_CACHE": str(tmp_path / "ms")}
    downloads = start_worker("downloads", env=env)
    (tmp_path / "broken").mkdir()
    found = ear.wait_for(ModelsChanged, downloads.send(FindModels((str(tmp_path / "broken"),))))
    assert [model.ref.name for model in found.models if model.ref.source != "builtin"] == ["broken"]
    failed = ear.wait_for(RequestFailed, downloads.send(InspectModel(str(tmp_path / "broken"))))
    assert failed.kind == "not_a_model"
    assert str(tmp_path / "broken") in failed.message
    assert ear.wait_for(RequestFailed, downloads.send(ListTools())).kind == "bad_request"


_HEAVY = (
    "PySide6",
    "shiboken6",
    "mlx",
    "mlx_lm",
    "torch",
    "transformers",
    "tokenizers",
    "numpy",
    "mcp",
    "huggingface_hub",
    "modelscope",
    "modelscope_hub",
    "requests",
    "keyring",
    "jsonschema",
)
_PROBE = """
import json, sys
from backends.contract.commands import FindModels, ListDownloads, ListTools, ListToolServers
from backends.contract.models import ModelRef
from backends.workers.requests import Request
import backends.workers.{worker} as worker
work = worker.{work}
commands = {commands}
for command in commands:
    work(Request(1, command, lambda *_: None))
print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""


@pytest.mark.parametrize(
    ("worker", "work", "commands"),
    [
        ("tools", "ToolsWork()", "[ListTools(), ListToolServers()]"),
        ("downloads", "DownloadsWork()", "[FindModels(), ListDownloads()]"),
        ("engine", "main", "[]"),
        ("supervisor", "Supervisor", "[]"),
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(worker: str, work: str, commands: str) -> None:
    script = _PROBE.format(worker=worker, work=work, commands=commands)
    told = subprocess.run(
        [sys.executable, "-c", script], cwd=HERE.parents[1], check=True, capture_output=True, text=True
    )
    assert not set(json.loads(told.stdout)) & set(_HEAVY)


def test_the_catalogue_is_judged_for_this_machine_and_for_another(start_worker: StartWorker, ear: Ear) -> None:
    downloads = start_worker("downloads")
    judged = ear.wait_for(CatalogJudged, downloads.send(JudgeCatalog()))
    assert judged.hardware.memory_bytes > 0
    assert judged.hardware.disk_free_bytes > 0
    assert sum(model.best for model in judged.models) == 1
    mac = Hardware("Apple M3 Ultra", 512 * 2**30, 384 * 2**30)
    [m2] = ear.wait_for(CatalogJudged, downloads.send(JudgeCatalog(mac, names=("minimax-m2",)))).models
    assert len(m2.forms) == 7
    assert m2.best
    assert all(offer.is_estimate and offer.presence == "absent" for form in m2.forms for offer in form.offers)


def test_a_token_is_for_the_encrypted_host_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINIM_HF_TOKEN", "hf_one")
    monkeypatch.setattr(downloads, "_tokens", {})
    listing = Listing(Source("huggingface", "org/M"), "c0ffee", (RemoteFile("config.json", 2),))

    def told(endpoint: str) -> dict[str, str]:
        return open_with_token("huggingface", endpoint).address_of(listing, listing.files[0]).headers

    assert told("https://huggingface.co") == {"Authorization": "Bearer hf_one"}
    assert told("http://huggingface.co") == told("HTTP://huggingface.co") == told("https://mirror.example") == {}
