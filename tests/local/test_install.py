"""The environment that `make` builds with nothing but a Python: built once, and one sentence where it cannot be."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
"""The Python under the environment that these tests run in: the one a bare machine has."""

OUTER_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")
"""What the make that runs these tests would tell the makes that they run."""

NOWHERE = "http://127.0.0.1:9/simple"
"""A registry that nobody serves."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The parts of the project that make its environment, and no packages to install."""
    project = tmp_path / "project"
    (project / "local").mkdir(parents=True)
    for name in ("local/__init__.py", "local/install.py", "Makefile"):
        shutil.copy(ROOT / name, project / name)
    (project / "requirements.txt").write_text("")
    return project


@pytest.fixture(params=["pip", "uv"])
def installer(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A PATH on which uv is, or is not."""
    folder = tmp_path / "bin"
    folder.mkdir()
    if request.param == "uv":
        (folder / "uv").symlink_to(Path(sys.executable).parent / "uv")
    return str(folder)


def run(command: list[str], project: Path, path: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **{name: value for name, value in os.environ.items() if name not in OUTER_MAKE},
        "PATH": f"{path}:/usr/bin:/bin",
        "KLIPING_HOME": str(project / "home"),
        "PIP_INDEX_URL": NOWHERE,
        "PIP_RETRIES": "0",
        "UV_DEFAULT_INDEX": NOWHERE,
        "UV_HTTP_RETRIES": "0",
        **variables,
    }
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def make_environment(project: Path, path: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    return run(["make", f"PYTHON={PYTHON}", "environment"], project, path, **variables)


def run_as(preparation: str, project: Path) -> subprocess.CompletedProcess[str]:
    """The bootstrap in a Python that `preparation` has made worse, with no other Python and no uv to turn to."""
    start = f"import runpy, sys; {preparation}; runpy.run_module('local.install', run_name='__main__')"
    return run([str(PYTHON), "-c", start], project, PATH="")


def sentence(ended: subprocess.CompletedProcess[str]) -> str:
    """What a failed call said; fails where that is no single sentence."""
    said = [line for line in ended.stderr.splitlines() if not line.startswith(("make: ***", "  | "))]
    assert ended.returncode != 0
    assert len(said) == 1, ended.stderr
    return said[0]


def test_it_is_made_once_and_again_when_it_was_left_half_finished(project: Path, installer: str) -> None:
    first = make_environment(project, installer)
    assert first.returncode == 0, first.stderr
    second = make_environment(project, installer)
    (project / ".venv" / "complete").unlink()
    (project / ".venv" / "left-over").touch()
    third = make_environment(project, installer)

    assert "Installed" in first.stdout
    assert second.stdout == ""
    assert "Installed" in third.stdout
    assert (project / ".venv" / "bin" / "python").exists()
    assert not (project / ".venv" / "left-over").exists()


def test_it_is_made_anew_when_the_requirements_change(project: Path) -> None:
    uv = str(Path(sys.executable).parent)
    make_environment(project, uv)
    (project / "requirements.txt").write_text("# another list\n")

    assert "Installed" in make_environment(project, uv).stdout


def test_a_dead_registry_is_named_with_the_log_and_leaves_nothing_that_looks_finished(
    project: Path, installer: str
) -> None:
    (project / "requirements.txt").write_text(f"six==1.17.0 --hash=sha256:{'0' * 64}\n")
    ended = make_environment(project, installer)

    assert "is the package registry reachable?" in sentence(ended)
    assert str(project / "home/logs/install.log") in sentence(ended)
    assert "six" in (project / "home/logs/install.log").read_text()
    assert not (project / ".venv" / "complete").exists()


def test_a_missing_python_is_named(project: Path) -> None:
    ended = run(["make", "PYTHON=python-that-is-missing", "environment"], project)

    assert sentence(ended).startswith("Kliping: python-that-is-missing is not installed, and Python 3.11 or newer")


def test_an_old_python_is_refused_with_its_version(project: Path) -> None:
    ended = run_as("sys.version_info = (3, 9, 18, 'final', 0)", project)

    assert "Python 3.11 or newer is needed" in sentence(ended)


def test_the_bootstrap_can_be_read_by_pythons_that_are_too_old() -> None:
    ast.parse((ROOT / "local" / "install.py").read_text(), feature_version=(3, 6))


def test_a_python_without_ensurepip_is_told_which_package_has_it(project: Path) -> None:
    assert "apt install python3-venv" in sentence(run_as("sys.modules['ensurepip'] = None", project))


def test_a_folder_that_cannot_be_written_is_named(project: Path) -> None:
    (project / "file").touch()
    ended = make_environment(project, KLIPING_HOME=str(project / "file" / "home"))

    assert f"cannot write to {project / 'file' / 'home'}: Not a directory" in sentence(ended)


def test_down_status_and_clean_install_nothing(project: Path) -> None:
    answers = {target: run(["make", target], project) for target in ("down", "status", "clean")}

    assert {target: ended.returncode for target, ended in answers.items()} == {"down": 0, "status": 2, "clean": 0}
    assert all("othing" in ended.stdout for ended in answers.values())
    assert not (project / ".venv").exists()
