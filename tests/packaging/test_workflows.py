"""What runs in CI: workflows whose steps exist, with no more rights than they need, and the notes of a release."""
# pyright: basic
# basic: YAML is untyped, and the script is found at run time.

from __future__ import annotations

import importlib.util
import os
import plistlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
WORKFLOWS = ROOT / ".github" / "workflows"
NAMES = ("test", "release")


def _workflow(name: str) -> dict[Any, Any]:
    return yaml.safe_load((WORKFLOWS / f"{name}.yml").read_text(encoding="utf-8"))


def _steps(name: str) -> Iterator[dict[str, Any]]:
    for job in _workflow(name)["jobs"].values():
        yield from job.get("steps", [])


@pytest.mark.parametrize("name", NAMES)
def test_every_action_is_pinned_by_its_commit_with_the_version_beside_it(name: str) -> None:
    text = (WORKFLOWS / f"{name}.yml").read_text(encoding="utf-8")
    used = re.findall(r"uses: (.+)", text)
    assert used
    for action in used:
        assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\./\.github/workflows/test\.yml", action)


@pytest.mark.parametrize("name", NAMES)
def test_no_job_has_more_rights_than_it_needs(name: str) -> None:
    workflow = _workflow(name)
    assert workflow["permissions"] == {}
    for job, content in workflow["jobs"].items():
        assert content["permissions"] == {"contents": "write" if job == "publish" else "read"}
    for step in _steps(name):
        if step.get("uses", "").startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("name", NAMES)
def test_what_a_step_calls_is_there(name: str) -> None:
    called = "\n".join(step.get("run", "") for step in _steps(name))
    scripts = set(re.findall(r"\bpackaging/[\w/.]+", called))
    for script in scripts:
        file = ROOT / script
        assert file.is_file(), script
        assert file.suffix in (".py", ".lock") or os.access(file, os.X_OK), script
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"\bmake (\w+)", called))
    assert targets
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


@pytest.mark.parametrize("folder", ["", "packaging", "packaging/macos"])
def test_what_the_words_about_packaging_name_is_there(folder: str) -> None:
    named = re.findall(r"`([^`\n]+)`", (ROOT / folder / "README.md").read_text(encoding="utf-8"))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {target for words in named for target in re.findall(r"^make (\w+)", words)}
    assert targets
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)
    files = [word for words in named for word in words.split() if re.search(r"\w\.(py|sh|plist|lock|spec|toml)$", word)]
    places = (ROOT / folder, ROOT, ROOT / "packaging" / "linux")
    assert [file for file in files if not any((place / file).is_file() for place in places)] == []


@pytest.mark.parametrize("script", ["bare_self_test.sh", "linux/system_packages.sh", "macos/keychain.sh"])
def test_a_shell_script_can_be_read(script: str) -> None:
    subprocess.run(["sh", "-n", str(ROOT / "packaging" / script)], check=True)


def test_both_systems_are_tested_by_the_command_that_people_call() -> None:
    job = _workflow("test")["jobs"]["test"]
    assert [entry["runner"].partition("-")[0] for entry in job["strategy"]["matrix"]["include"]] == ["ubuntu", "macos"]
    assert any(step.get("run", "").startswith("make test") for step in job["steps"])


def test_nothing_is_published_before_the_tests_and_each_bundles_self_test() -> None:
    workflow = _workflow("release")
    # YAML reads the word `on` as true.
    assert workflow[True] == {"push": {"tags": ["v*"]}}
    jobs = workflow["jobs"]
    assert set(jobs["publish"]["needs"]) == set(jobs) - {"publish"}
    assert jobs["test"]["uses"] == "./.github/workflows/test.yml"
    for name in ("linux", "macos"):
        steps = [step.get("run") or step.get("uses") for step in jobs[name]["steps"]]
        tested = next(at for at, step in enumerate(steps) if "bare_self_test.sh" in step)
        assert all("upload-artifact" not in step for step in steps[:tested])
        uploads = {step["with"]["name"]: step for step in jobs[name]["steps"] if "upload" in step.get("uses", "")}
        assert list(uploads) == [f"report-{name}", f"release-{name}", f"pictures-{name}"]
        assert uploads[f"report-{name}"]["if"] == "failure()"
        assert uploads[f"report-{name}"]["with"]["path"] in steps[tested]


def test_a_secret_is_seen_by_the_step_that_needs_it_and_printed_by_none() -> None:
    for name in NAMES:
        for job in _workflow(name)["jobs"].values():
            assert "secrets" not in job
            assert "secrets." not in str(job.get("env", ""))
        for step in _steps(name):
            assert "secrets." not in step.get("run", "")
            assert "${{" not in step.get("run", "")
    assert "set -x" not in (ROOT / "packaging/macos/keychain.sh").read_text(encoding="utf-8")


def test_without_a_certificate_the_release_goes_on_with_an_ad_hoc_signature(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(ROOT / "packaging/macos/keychain.sh")],
        env={"PATH": os.environ["PATH"], "RUNNER_TEMP": str(tmp_path), "CERTIFICATE": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "ad hoc" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_self_test_runs_with_nothing_around_it(tmp_path: Path) -> None:
    program = tmp_path / "minim"
    shell = shutil.which("sh")
    program.write_text(f'#!{shell}\necho "$@"\necho "home:" "$HOME"/*\nexport\nexit 7\n', encoding="utf-8")
    program.chmod(0o755)
    script = str(ROOT / "packaging" / "bare_self_test.sh")
    environment = {**os.environ, "DISPLAY": ":7", "PYTHONPATH": "somewhere", "MINIM_HOME": "elsewhere"}
    environment.pop("XAUTHORITY", None)
    reports = tmp_path / "reports"
    for given, expected in ((["reports/one.txt"], reports / "one.txt"), ([], tmp_path / "minim-report.txt")):
        done = subprocess.run(
            [script, program.name, *given], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 7
        # The report's place is found from wherever the app runs, and outlives the home.
        assert done.stdout.splitlines()[0] == f"--self-test {expected}"
    assert reports.is_dir()
    names = set(re.findall(r"(?:export|declare -x) (\w+)=", done.stdout))
    assert names - {"PWD", "OLDPWD", "SHLVL", "_"} == {"HOME", "TMPDIR", "PATH", "LANG", "DISPLAY"}
    home = re.search(r"HOME='?\"?([^'\"\n]+)", done.stdout)
    assert home is not None
    assert f"home: {home[1]}/*" in done.stdout
    assert not Path(home[1]).exists()


@pytest.fixture(name="release_notes")
def load_release_notes() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release_notes", ROOT / "packaging" / "release_notes.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_CHANGELOG = """# Changelog

## [Unreleased]

### Added
- What comes.

## [1.2.0] – 2026-12-01

### Fixed
- What was mended.

## [1.1.0]

[1.2.0]: https://example.org/compare
"""


def test_the_notes_are_the_section_of_the_version(
    tmp_path: Path, release_notes: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    _project(tmp_path, "1.2.0")
    assert release_notes.main(["v1.2.0"], tmp_path) == 0
    assert capsys.readouterr().out == "### Fixed\n- What was mended.\n"


@pytest.mark.parametrize(
    ("version", "tag", "why"),
    [
        ("1.2.0", "v1.2.1", "pyproject.toml says 1.2.0"),
        ("1.3.0", "v1.3.0", "no section"),
        ("1.1.0", "v1.1.0", "says nothing of 1.1.0"),
        ("1.2", "v1.2", "no section"),
    ],
)
def test_a_tag_without_a_version_or_a_section_makes_no_release(
    version: str, tag: str, why: str, tmp_path: Path, release_notes: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    _project(tmp_path, version)
    assert release_notes.main([tag], tmp_path) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert why in said.err


def test_the_wheels_for_a_mac_are_asked_for_by_the_macos_that_is_promised() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    checks = [step for step in _steps("release") if "check_wheels.py" in step.get("run", "")]
    assert len(checks) == 1
    assert "MACOSX_DEPLOYMENT_TARGET=14.0 $(APP_ENV)/bin/uv pip install" in makefile
    assert "--python-platform aarch64-apple-darwin" in makefile
    information = plistlib.loads((ROOT / "packaging/macos/Info.plist").read_bytes())
    assert information["LSMinimumSystemVersion"] == "14.0"


def _project(folder: Path, version: str) -> None:
    (folder / "pyproject.toml").write_text(f'[project]\nversion = "{version}"\n', encoding="utf-8")
    (folder / "CHANGELOG.md").write_text(_CHANGELOG, encoding="utf-8")
