"""Make `.venv` as requirements.txt says: `python3 -m local.install`, with nothing but the standard library.

With `--for-tests` it holds what requirements-test.txt names as well: the tools of tests, checks and benchmarks.

Whatever python3 the machine has reads this file first, so it holds to the syntax of Python 3.6: a Python that is too
old must get as far as saying so.
"""

import fcntl
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

OLDEST_PYTHON = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements.txt"
TEST_REQUIREMENTS = ROOT / "requirements-test.txt"
INSTALL_STAMP = VENV / "complete"
"""Written as the last act of an installation: a line for each file of requirements that was installed, in order.
Without it the environment is half-finished."""

ENVIRONMENT_MARK = VENV / "pyvenv.cfg"
"""What makes a folder a virtual environment (PEP 405)."""

COMMAND = VENV / "bin" / "kliping"
LAUNCHER = "import sys; sys.path.insert(0, {root!r}); from local.__main__ import main; sys.exit(main())"
"""The command `kliping` and its program: the project is run from its folder, not installed as a package."""

UNFINISHED_ADDITION = "adding more\n"
"""The stamp's last line while packages are added to an environment. If that is interrupted, the environment still runs
Kliping, but is built anew before anything is added to it again."""

MAX_QUOTED_LINES = 6
"""Of a failed command's log: enough for pip's and uv's own reason, few enough to be read."""


class SetupError(Exception):
    """The environment could not be made; the message says why, in one sentence."""


def main() -> int:
    """Make the environment unless it is there; exit code 0, or 1 after one sentence on stderr."""
    arguments = sys.argv[1:]
    if sys.version_info[:2] < OLDEST_PYTHON:
        newer = newer_python()
        if newer:
            os.chdir(str(ROOT))
            os.execv(newer, [newer, "-m", "local.install", *arguments])  # noqa: S606
    try:
        check_python()
        lock = locked()
        try:
            make_environment([REQUIREMENTS, TEST_REQUIREMENTS] if "--for-tests" in arguments else [REQUIREMENTS])
            write_command()
        finally:
            os.close(lock)
    except SetupError as problem:
        sys.stderr.write("Kliping: {}\n".format(problem))  # noqa: UP032 - readable for every Python 3
        return 1
    except OSError as error:
        sys.stderr.write(
            f"Kliping: cannot make the environment in {ROOT}: {error.strerror or error}: {error.filename}\n"
        )
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Kliping: interrupted; the next call starts the environment anew.\n")
        return 130
    return 0


def newer_python() -> str:
    """Path of a Python on this machine that is new enough, empty where there is none."""
    for minor in (13, 12, 11):
        path = shutil.which(f"python3.{minor}")
        # Asked, not trusted: pyenv has commands for versions that are not there.
        if path and not subprocess.call([path, "-c", ""], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
            return path
    return ""


def check_python() -> None:
    """Raises SetupError where this Python or platform is not one that Kliping runs on."""
    if sys.version_info[:2] < OLDEST_PYTHON:
        raise SetupError(
            f"Python {OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]} or newer is needed and {sys.executable} is "
            f"{platform.python_version()}; name a newer one: make PYTHON=/path/to/python3.11 ..."
        )
    if not sys.platform.startswith("linux"):
        raise SetupError(f"the single-machine deployment runs on Linux, and this is {platform.system()}.")


def make_environment(requirements: "list[Path]") -> None:
    """Install what is missing of these files' packages; an environment that was made otherwise is built anew."""
    wanted = [stamp_line(path) for path in requirements]
    installed = installed_lines()
    if installed[: len(wanted)] == wanted:
        return
    check_ownership()
    log = log_file()
    started = time.monotonic()
    if installed and wanted[: len(installed)] == installed:
        INSTALL_STAMP.write_text("".join(installed) + UNFINISHED_ADDITION)
        add = install_command()
    else:
        installed = []
        add = empty_environment(log)
    for path in requirements[len(installed) :]:
        run([*add, "--require-hashes", "-r", str(path)], log)
    INSTALL_STAMP.write_text("".join(wanted))
    print(f"Installed in {time.monotonic() - started:.0f} s.", flush=True)


def check_ownership() -> None:
    """Raises SetupError where what stands in the environment's place was not made here: it is left as it is.

    A link leads to what others use as well, another checkout's environment for one. Where an environment was moved and
    linked back, its stamp names this folder still, and it is used for as long as it is complete.
    """
    if VENV.is_symlink():
        raise SetupError(
            f"{VENV} is a symbolic link to {VENV.readlink()}, which does not hold this folder's environment and was "
            f"left alone; remove the link (rm {VENV}) and call make again."
        )
    if not VENV.exists():
        return
    if not VENV.is_dir():
        raise SetupError(f"{VENV} is not a folder and was left alone; move it away and call make again.")
    if any(VENV.iterdir()) and not ENVIRONMENT_MARK.exists():
        raise SetupError(f"{VENV} is not a Python environment and was left alone; move it away and call make again.")


def remove_environment() -> None:
    """Remove it, its mark last: a removal that is interrupted leaves what is known for an environment."""
    INSTALL_STAMP.unlink(missing_ok=True)
    for path in VENV.iterdir():
        if path == ENVIRONMENT_MARK:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(str(path))
        else:
            path.unlink()
    shutil.rmtree(str(VENV))


def stamp_line(requirements: Path) -> str:
    """What an installation of this file is known by: its content, this Python and this folder."""
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    return f"{digest} {requirements.name} python{sys.version_info[0]}.{sys.version_info[1]} {VENV}\n"


def installed_lines() -> "list[str]":
    """The stamp's lines, one for each file that was installed; none where the environment is missing or unfinished."""
    if not INSTALL_STAMP.is_file() or not (VENV / "bin" / "python").exists():
        return []
    return INSTALL_STAMP.read_text().splitlines(keepends=True)


def locked() -> int:
    """A lock on the project folder, so that two calls do not install over each other; freed when it is closed."""
    folder = os.open(str(ROOT), os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Another call is making the environment; waiting for it.", flush=True)
        fcntl.flock(folder, fcntl.LOCK_EX)
    return folder


def log_file() -> Path:
    """Where the installers' output goes.

    Raises SetupError where it cannot be written.
    """
    home = Path(os.environ.get("KLIPING_HOME") or ROOT / ".kliping").expanduser()
    try:
        (home / "logs").mkdir(parents=True, exist_ok=True)
        log = home / "logs" / "install.log"
        log.write_text("")
    except OSError as error:
        raise SetupError(f"cannot write to {home}: {error.strerror} (KLIPING_HOME names the folder).") from error
    return log


def empty_environment(log: Path) -> "list[str]":
    """Make an environment without packages: one that was left half-finished cannot be trusted in any part.

    Returns the command that installs into it.
    Raises SetupError where this Python cannot make one.
    """
    uv = shutil.which("uv")
    if not uv and not find_spec("ensurepip"):
        raise SetupError(
            f"{sys.executable} cannot make virtual environments: its module ensurepip is missing "
            "(Debian and Ubuntu: apt install python3-venv), and uv is not installed either."
        )
    if VENV.exists():
        remove_environment()
    add = install_command()
    run([uv, "venv", "--python", sys.executable, str(VENV)] if uv else [sys.executable, "-m", "venv", str(VENV)], log)
    return add


def install_command() -> "list[str]":
    """The command that installs packages into the environment, after saying that it begins."""
    python = str(VENV / "bin" / "python")
    uv = shutil.which("uv")
    if uv:
        print(f"Installing into {VENV} with uv ...", flush=True)
        return [uv, "pip", "install", "--python", python]
    # The files name every package there is to install; without --no-deps pip before 23.2 looks for them once more, and
    # takes a package that is also wanted with an extra for one without a pinned version. Compiling everything
    # beforehand takes longer than compiling what is used when it is first used; uv does not do it either.
    print(f"Installing into {VENV} with pip; this takes a few minutes ...", flush=True)
    return [python, "-m", "pip", "install", "--no-input", "--no-deps", "--no-compile"]


def write_command() -> None:
    """Write `kliping` beside the other commands of the environment, unless it is there."""
    python, program = str(VENV / "bin" / "python"), LAUNCHER.format(root=str(ROOT))
    script = f'#!/bin/sh\nexec {shlex.quote(python)} -c {shlex.quote(program)} "$@"\n'
    if not COMMAND.exists() or COMMAND.read_text() != script:
        COMMAND.write_text(script)
        COMMAND.chmod(0o755)


def run(command: "list[str]", log: Path) -> None:  # quoted: the oldest Python that reads this must not evaluate it
    """Run an installer's command, its output into `log`.

    Raises SetupError when it fails, after the last lines of its output went to stderr.
    """
    with log.open("a") as out:
        out.write("$ {}\n".format(" ".join(command)))
        out.flush()
        exit_code = subprocess.call(
            command, cwd=str(ROOT), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
    if exit_code:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        sys.stderr.writelines(f"  | {line}\n" for line in lines[-MAX_QUOTED_LINES:])
        raise SetupError(
            f"the packages could not be installed; is the package registry reachable? All of the output is in {log}."
        )


if __name__ == "__main__":
    sys.exit(main())
