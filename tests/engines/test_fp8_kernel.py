"""The kernel for FP8 is looked for on this disk only, and is there when it is whole and can be loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from transformers.utils import import_utils

from backends.engines.fp8_kernel import fp8_kernel_folder, has_fp8_kernel


@pytest.mark.parametrize("kind", ["kernels", "models"])
def test_it_is_there_once_its_version_stands_for_a_snapshot_with_builds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    repository = tmp_path / "hub" / f"{kind}--kernels-community--finegrained-fp8"
    snapshot = repository / "snapshots" / "abc"
    (snapshot / "build" / "torch-cuda").mkdir(parents=True)
    assert fp8_kernel_folder() is None, "the ref is written when all is there"
    (repository / "refs").mkdir()
    (repository / "refs" / "v4").write_text("def")
    assert fp8_kernel_folder() is None
    (repository / "refs" / "v4").write_text("abc\n")
    assert fp8_kernel_folder() == snapshot


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    """Transformers keeps what it has found of installed packages."""
    import_utils.is_kernels_available.cache_clear()
    yield
    import_utils.is_kernels_available.cache_clear()


@pytest.mark.parametrize("version", ["N/A", "0.17.2", "0.18.2", "0.19.0"])
def test_without_a_package_that_transformers_takes_it_is_of_no_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))

    def installed(_name: str, return_version: bool) -> tuple[bool, str]:
        return version != "N/A", version

    monkeypatch.setattr(import_utils, "_is_package_available", installed)
    repository = tmp_path / "hub" / "kernels--kernels-community--finegrained-fp8"
    (repository / "snapshots" / "abc" / "build" / "torch-cuda").mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "v4").write_text("abc")
    assert has_fp8_kernel() is (version == "0.18.2")
