"""An engine is installed into an environment of its own: whole, or not at all, and said in words why not."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from filelock import FileLock

from backends.contract.commands import InstallEngine, LoadModel, PlanEngine, RemoveEngine
from backends.contract.errors import MinimError, RequestStopped
from backends.contract.events import (
    EngineInstalled,
    EnginePlanned,
    EngineProgress,
    EngineRemoved,
    ModelLoaded,
    Ready,
    RequestCancelled,
    WorkerExited,
)
from backends.contract.models import POCKET, ModelRef
from backends.storage import engine_environment
from backends.storage.engine_environment import (
    MARKER,
    engine_folder,
    engines_here,
    environment_python,
    read_environment,
)
from backends.storage.library import POCKET_FOLDER
from backends.workers import engine_install
from backends.workers.downloads import DownloadsWork
from backends.workers.engine_command import engine_command, own_command
from backends.workers.engine_install import EngineInstaller
from backends.workers.engine_pip import Runner
from tests.workers.conftest import HERE, Ear, StartWorker
from tests.workers.small_wheels import HOLD, NEEDED, OPTIONAL, pack_pip, write_engine, write_source, write_wheel


@pytest.fixture(autouse=True)
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the only package index, with a small engine in it."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setitem(engine_environment.NEEDED, "Transformers", NEEDED)
    return write_engine(folder)


def install(
    recipes: Path, report: Callable[[EngineProgress], None] = lambda _: None, cancelled: Callable[[], bool] = bool
) -> EngineInstalled:
    return EngineInstaller(recipes).install("Transformers", report, cancelled)


def beside() -> list[str]:
    """What lies where engines do."""
    folder = engine_folder("Transformers").parent
    return sorted(place.name for place in folder.iterdir() if place.suffix != ".lock") if folder.exists() else []


def packages() -> dict[str, str]:
    environment = read_environment("Transformers")
    assert environment is not None
    return environment.packages


def failure(recipes: Path) -> MinimError:
    with pytest.raises(MinimError) as caught:
        install(recipes)
    assert caught.value.hint
    assert beside() == []
    assert engines_here() == {"MLX"}
    return caught.value


def test_planned_installed_used_and_removed(wheels: Path) -> None:
    installer = EngineInstaller(wheels)
    plan = installer.plan("Transformers")
    assert (plan.installed, plan.download_bytes, plan.problem) == (False, 4000, "")
    assert plan.folder == str(engine_folder("Transformers"))
    heard: list[EngineProgress] = []
    assert install(wheels, heard.append) == EngineInstalled("Transformers")
    assert list(dict.fromkeys(event.phase for event in heard))[:2] == ["preparing", "fetching"]
    assert heard[-1].phase == "checking"
    assert heard[-1].done_bytes == heard[-1].total_bytes > 0
    assert all(event.done_bytes <= event.total_bytes for event in heard)
    assert engines_here() == {"MLX", "Transformers"}
    assert packages() == {"torch": "0.0.1", "accelerate": "0.0.1", "needed-by-torch": "0.0.1"}
    assert installer.plan("Transformers").installed
    assert beside() == ["transformers"]
    removed = installer.remove("Transformers")
    assert removed.freed_bytes > 0
    assert beside() == []
    assert engines_here() == {"MLX"}


def test_beside_a_torch_for_cuda_comes_what_only_it_needs(wheels: Path) -> None:
    write_wheel(wheels, "small-kernels", {"small_kernels.py": ""}, version="0.17.2")
    assert install(write_engine(wheels, cuda=True)).left_out == (OPTIONAL,), "there is no version that would do"
    assert {"nvidia-small", "autoawq"} < packages().keys()
    assert "small-kernels" not in packages()


def test_what_the_engine_is_better_with_comes_where_it_can_be_had_and_runs(wheels: Path) -> None:
    recipes = write_engine(wheels, cuda=True)
    write_wheel(wheels, "needed-by-kernels", {"needed_by_kernels.py": ""})
    module = {"small_kernels.py": "import needed_by_kernels, torch"}
    write_wheel(wheels, "small-kernels", module, ["needed-by-kernels", "msgspec"], version="0.18.2")
    assert install(recipes).left_out == ()
    assert {"small-kernels", "needed-by-kernels", "autoawq"} < packages().keys()


def test_what_does_harm_to_the_engine_is_left_out_of_it(wheels: Path) -> None:
    recipes = write_engine(wheels, cuda=True)
    write_wheel(wheels, "small-kernels", {"small_kernels.py": "1 / 0"}, version="0.18.2")
    assert install(recipes).left_out == (OPTIONAL,)
    assert "small-kernels" not in packages()
    assert engines_here() == {"MLX", "Transformers"}


def test_what_the_person_set_for_other_pythons_keeps_nothing_away(
    wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_DRY_RUN", "1")
    monkeypatch.setenv("PIP_REQUIRE_HASHES", "1")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    install(wheels)
    assert "torch" in packages()
    runner = Runner(environment_python(engine_folder("Transformers")), tmp_path, lambda _: None, bool)
    assert runner.code("import os; print(os.environ.get('PYTHONPATH'))") == (0, ["None"])


def test_one_that_does_not_count_any_more_is_replaced(wheels: Path) -> None:
    old = engine_folder("Transformers")
    old.mkdir(parents=True)
    (old / "old").write_bytes(b"12345")
    plan = EngineInstaller(wheels).plan("Transformers")
    assert (plan.installed, plan.lying_bytes, plan.disk_bytes) == (False, 5, 4000)
    install(wheels)
    assert not (old / "old").exists()
    assert beside() == ["transformers"]


def test_what_an_earlier_minim_installed_is_told_and_replaced_on_demand(wheels: Path) -> None:
    install(wheels)
    installer, recipe = EngineInstaller(wheels), wheels / "transformers.json"
    assert not installer.plan("Transformers").is_outdated
    write_wheel(wheels, "torch", {"torch.py": "", "minim_test_torch.py": ""}, version="0.0.2+cpu")
    recipe.write_text(recipe.read_text().replace("torch==0.0.1", "torch==0.0.2"))
    plan = installer.plan("Transformers")
    assert (plan.installed, plan.is_outdated) == (True, True), "it runs, and is left as it is"
    assert packages()["torch"] == "0.0.1"
    install(wheels)
    assert packages()["torch"] == "0.0.2+cpu"
    assert not installer.plan("Transformers").is_outdated, "another build of the same version is as good"
    assert beside() == ["transformers"]


def test_what_has_no_hash_is_not_built_here(wheels: Path, tmp_path: Path) -> None:
    told = tmp_path / "was built"
    recipes = write_engine(wheels, cuda=True)
    write_source(wheels, "needed-by-torch", told)
    write_source(wheels, "small-kernels", told, "0.18.9")
    assert install(recipes).left_out == (OPTIONAL,)
    assert packages()["needed-by-torch"] == "0.0.1", "the newer one is a source package"
    assert not told.exists()
    (wheels / "torch-0.0.1-py3-none-any.whl").unlink()
    write_source(wheels, "torch", told, "0.0.1")
    EngineInstaller(wheels).remove("Transformers")
    assert failure(wheels).kind == "not_found"
    assert not told.exists()


def test_cancelled_nothing_is_left_and_it_can_be_tried_again(wheels: Path) -> None:
    heard: list[EngineProgress] = []
    with pytest.raises(RequestStopped):
        install(wheels, heard.append, lambda: any(event.phase == "fetching" for event in heard))
    assert beside() == []
    install(wheels)


def test_packages_are_on_the_disk_before_the_marker_says_so(wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new = engine_folder("Transformers").with_name("transformers.new")
    synced: list[bool] = []

    def sync() -> None:
        synced.append((new / MARKER).exists())
        assert (new / "bin").is_dir()

    monkeypatch.setattr(os, "sync", sync)
    with pytest.raises(RequestStopped):
        install(wheels, cancelled=lambda: bool(synced))
    assert synced == [False]
    assert beside() == []


def test_without_a_pip_of_its_own_the_environment_gets_one(wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_install, "own_pip", lambda: None)
    pack_pip(wheels)
    install(wheels)
    assert "pip" in packages()


def test_failures_have_words_and_leave_nothing(wheels: Path) -> None:
    write_wheel(wheels, "accelerate", {"accelerate.py": "changed = True"})
    assert failure(wheels).kind == "hash_mismatch"
    (wheels / "torch-0.0.1-py3-none-any.whl").unlink()
    missing = failure(wheels)
    assert missing.kind == "not_found"
    assert f"no torch==0.0.1 for Python {sys.version_info.major}.{sys.version_info.minor}" in missing.message


def test_a_python_without_venv_is_told(wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_install, "base_python", lambda: Path("/bin/false"))
    assert "python3-venv" in failure(wheels).hint
    monkeypatch.setattr(engine_install, "base_python", lambda: Path("/nowhere/python"))
    assert "/nowhere/python does not run" in failure(wheels).message


def test_what_does_not_run_here_is_not_kept(wheels: Path) -> None:
    broken = failure(write_engine(wheels, checked=["minim_has_no_such_module"]))
    assert broken.kind == "engine_missing"
    assert "No module named 'minim_has_no_such_module'" in broken.message


def test_without_room_nothing_is_begun(wheels: Path) -> None:
    full = failure(write_engine(wheels, size=10**15))
    assert full.kind == "disk_full"
    assert "8,000,000.3 GB" in full.message


def test_two_do_not_work_on_one_engine(wheels: Path) -> None:
    folder = engine_folder("Transformers")
    folder.parent.mkdir(parents=True)
    with FileLock(folder.with_name("transformers.lock")):
        assert failure(wheels).kind == "busy"


def test_what_a_bundle_needs_and_lacks_is_said(wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setenv("PATH", "")
    plan = EngineInstaller(wheels).plan("Transformers")
    assert plan.problem.startswith("Installing the Transformers engine takes Python 3.")
    assert plan.hint
    assert failure(wheels).message == plan.problem
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert EngineInstaller(wheels).plan("Transformers").problem == ""


def test_a_machine_without_packages_is_told(wheels: Path) -> None:
    recipe = wheels / "transformers.json"
    recipe.write_text(recipe.read_text().replace(sys.platform, "plan9"))
    assert f"for this machine ({sys.platform}-" in failure(wheels).message


def test_what_comes_with_minim_is_left_alone(wheels: Path) -> None:
    assert EngineInstaller(wheels).plan("MLX").installed
    with pytest.raises(MinimError, match="not removed by Minim"):
        EngineInstaller(wheels).remove("MLX")


def test_the_next_start_removes_what_was_left(wheels: Path) -> None:
    half = engine_folder("Transformers").with_name("transformers.new")
    (half / "bin").mkdir(parents=True)
    DownloadsWork(EngineInstaller(wheels)).open_mouth(lambda _: None)
    for thread in threading.enumerate():
        if thread.name == "engine-leftovers":
            thread.join()
    assert beside() == []


def test_a_killed_worker_leaves_nothing_that_counts(
    wheels: Path, home: Path, tmp_path: Path, start_worker: StartWorker, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = tmp_path / "hold"
    hold.touch()
    monkeypatch.setenv(HOLD, str(hold))
    command = [sys.executable, str(HERE / "install_worker.py"), str(wheels)]
    worker = start_worker("downloads", command=command, env={"MINIM_HOME": str(home)})
    asked = worker.send(InstallEngine("Transformers"))
    ear.wait_until(lambda: [event for event in ear.of(EngineProgress, asked) if event.phase == "checking"])
    psutil.Process(worker.pid).kill()
    ear.wait_for(WorkerExited)
    assert beside() == ["transformers.new"]
    assert engines_here() == {"MLX"}
    asked = worker.send(InstallEngine("Transformers"))
    ear.wait_until(lambda: [event for event in ear.of(EngineProgress, asked) if event.phase == "checking"])
    worker.cancel(asked)
    ear.wait_for(RequestCancelled, asked)
    hold.unlink()
    asked = worker.send(InstallEngine("Transformers"))
    assert ear.wait_for(EngineInstalled, asked).engine == "Transformers"
    assert ear.wait_for(EnginePlanned, worker.send(PlanEngine("Transformers"))).installed
    assert beside() == ["transformers"]
    assert ear.wait_for(EngineRemoved, worker.send(RemoveEngine("Transformers"))).freed_bytes > 0


def test_the_engine_worker_runs_in_that_python_with_the_libraries_of_this_one(
    wheels: Path, home: Path, start_worker: StartWorker, ear: Ear
) -> None:
    assert engine_command() == own_command("engine")
    install(wheels)
    python = environment_python(engine_folder("Transformers"))
    worker = start_worker("engine", command=engine_command, env={"MINIM_HOME": str(home)})
    worker.start()
    ear.wait_for(Ready)
    assert psutil.Process(worker.pid).cmdline()[0] == str(python)
    asked = worker.send(LoadModel(ModelRef(POCKET, "mlx", "4bit", "builtin", str(POCKET_FOLDER))))
    assert ear.wait_for(ModelLoaded, asked).engine == "MLX"
    worker.close()
    over_ssh = start_worker(
        "engine", command=[sys.executable, "-m", "desktop", "worker", "engine"], env={"MINIM_HOME": str(home)}
    )
    over_ssh.start()
    ear.wait_for(Ready, count=2)
    assert psutil.Process(over_ssh.pid).cmdline()[0] == str(python)
    over_ssh.close()
    python.unlink()
    python.write_text("#!/bin/sh\necho 2.7\n")
    python.chmod(0o755)
    assert engine_command() == own_command("engine")
