"""The environment that `make` builds with nothing but a Python: built once, and one sentence where it cannot be."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from settings.version import VERSION

ROOT = Path(__file__).parents[2]
PYTHON = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
"""The Python under the environment that these tests run in: the one a bare machine has."""

OUTER_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")
"""What the make that runs these tests would tell the makes that they run."""

OPTIONS = (
    *(f"pipelines/archive/{step}/options.py" for step in ("verification", "releases", "takedown")),
    "pipelines/archive/takedown/order.py",
    "pipelines/archive/takedown_scope.py",
)
"""Like `pipelines/article.py`, what `kliping --help` reads: the standard library is enough for them."""

NOWHERE = "http://127.0.0.1:9/simple"
"""A registry that nobody serves."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The parts of the project that make its environment, and no packages to install."""
    project = tmp_path / "project"
    modules = [f"local/{name}.py" for name in ("__init__", "__main__", "install")]
    packages = ["settings", "pipelines", "pipelines/archive", *(str(Path(name).parent) for name in OPTIONS)]
    modules += ["local/credentials.py", "local/store_roles.py"]
    modules += [f"{package}/__init__.py" for package in packages]
    for name in (*modules, "settings/version.py", "pipelines/article.py", *OPTIONS, "Makefile"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, project / name)
    for name in ("requirements.txt", "requirements-test.txt"):
        (project / name).write_text("")
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


def make_environment(
    project: Path, path: str = "", target: str = "environment", **variables: str
) -> subprocess.CompletedProcess[str]:
    return run(["make", f"PYTHON={PYTHON}", target], project, path, **variables)


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


def test_it_has_the_command_kliping_which_works_from_any_folder(project: Path, installer: str, tmp_path: Path) -> None:
    make_environment(project, installer)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    ended = run([str(project / ".venv" / "bin" / "kliping"), "--version"], elsewhere)

    assert (ended.returncode, ended.stdout) == (0, f"kliping {VERSION}\n")


def test_a_command_that_is_missing_is_added_without_installing_anew(project: Path, installer: str) -> None:
    make_environment(project, installer)
    (project / ".venv" / "bin" / "kliping").unlink()

    assert make_environment(project, installer).stdout == ""
    assert (project / ".venv" / "bin" / "kliping").exists()


def test_it_is_made_anew_when_the_requirements_change(project: Path) -> None:
    uv = str(Path(sys.executable).parent)
    make_environment(project, uv)
    (project / "requirements.txt").write_text("# another list\n")

    assert "Installed" in make_environment(project, uv).stdout


def test_what_tests_need_is_added_to_it_and_running_needs_no_less(project: Path, installer: str) -> None:
    make_environment(project, installer)
    (project / ".venv" / "kept").touch()
    first = make_environment(project, installer, "test-environment")
    second = make_environment(project, installer, "test-environment")
    third = make_environment(project, installer)

    assert "Installed" in first.stdout
    assert (project / ".venv" / "kept").exists()
    assert (second.stdout, third.stdout) == ("", "")


def test_it_is_made_for_tests_at_once_where_there_is_none(project: Path) -> None:
    uv = str(Path(sys.executable).parent)

    assert "Installed" in make_environment(project, uv, "test-environment").stdout
    assert make_environment(project, uv, "test-environment").stdout == ""


def test_it_still_runs_when_adding_was_interrupted_and_is_made_anew_before_more_is_added(project: Path) -> None:
    uv = str(Path(sys.executable).parent)
    make_environment(project, uv)
    (project / ".venv" / "left-over").touch()
    (project / "requirements-test.txt").write_text(f"six==1.17.0 --hash=sha256:{'0' * 64}\n")
    failed = make_environment(project, uv, "test-environment")
    to_run = make_environment(project, uv)
    (project / "requirements-test.txt").write_text("")
    anew = make_environment(project, uv, "test-environment")

    assert failed.returncode != 0
    assert (to_run.returncode, to_run.stdout) == (0, "")
    assert "Installed" in anew.stdout
    assert not (project / ".venv" / "left-over").exists()


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


def test_down_status_and_reset_install_nothing(project: Path) -> None:
    answers = {target: run(["make", target], project) for target in ("down", "status", "reset")}

    assert {target: ended.returncode for target, ended in answers.items()} == {"down": 0, "status": 2, "reset": 0}
    assert all("othing" in ended.stdout for ended in answers.values())
    assert not (project / ".venv").exists()


def content_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


@pytest.mark.parametrize("target", ["environment", "test-environment"])
def test_an_environment_behind_a_link_is_another_checkouts_and_stays_as_it_is(
    project: Path, installer: str, tmp_path: Path, target: str
) -> None:
    make_environment(project, installer)
    other = tmp_path / "other" / ".venv"
    shutil.copytree(project / ".venv", other, symlinks=True)
    (other / "complete").write_text((other / "complete").read_text().replace(str(project), str(other.parent)))
    shutil.rmtree(project / ".venv")
    (project / ".venv").symlink_to(other)
    before = content_of(other)
    said = sentence(make_environment(project, installer, target))

    assert f"{project / '.venv'} is a symbolic link to {other}" in said
    assert f"rm {project / '.venv'}" in said
    assert content_of(other) == before
    assert (project / ".venv").is_symlink()


@pytest.mark.parametrize("aim", ["missing", "..", ".", ".venv", "home", "requirements.txt"])
def test_a_link_that_leads_elsewhere_is_named_and_nothing_is_written_there(project: Path, aim: str) -> None:
    (project / "home").mkdir()
    (project / ".venv").symlink_to(aim)
    before = content_of(project)
    said = sentence(make_environment(project))

    assert f"{project / '.venv'} is a symbolic link to {aim}" in said
    assert {path: text for path, text in content_of(project).items() if "__pycache__" not in path} == before


def test_an_environment_that_was_moved_and_linked_back_is_used_as_it_is(
    project: Path, installer: str, tmp_path: Path
) -> None:
    make_environment(project, installer)
    (project / ".venv").rename(tmp_path / "larger-disk")
    (project / ".venv").symlink_to(tmp_path / "larger-disk")
    before = content_of(tmp_path / "larger-disk")
    ended = make_environment(project, installer)

    assert (ended.returncode, ended.stdout) == (0, "")
    assert content_of(tmp_path / "larger-disk") == before


def test_a_file_in_the_place_of_the_environment_is_named_and_stays(project: Path) -> None:
    (project / ".venv").write_text("another tool's")

    assert f"{project / '.venv'} is not a folder" in sentence(make_environment(project))
    assert (project / ".venv").read_text() == "another tool's"


def test_a_folder_that_was_never_an_environment_is_named_and_stays(project: Path) -> None:
    (project / ".venv").mkdir()
    (project / ".venv" / "notes").write_text("kept")

    assert f"{project / '.venv'} is not a Python environment" in sentence(make_environment(project))
    assert (project / ".venv" / "notes").read_text() == "kept"


def test_links_inside_a_half_finished_environment_cost_nothing_behind_them(project: Path, tmp_path: Path) -> None:
    uv = str(Path(sys.executable).parent)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("kept")
    make_environment(project, uv)
    (project / ".venv" / "complete").unlink()
    (project / ".venv" / "linked").symlink_to(elsewhere)

    assert "Installed" in make_environment(project, uv).stdout
    assert (elsewhere / "kept").read_text() == "kept"
