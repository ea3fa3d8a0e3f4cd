"""Make `.venv` as requirements.txt says: `python3 -m local.install`, with nothing but the standard library.

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

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements.txt"
COMPLETE = VENV / "complete"
"""Written as the last act of an installation; holds what was installed. Without it the environment is half-finished."""

COMMAND = VENV / "bin" / "kliping"
LAUNCHER = "import sys; sys.path.insert(0, {root!r}); from local.__main__ import main; sys.exit(main())"
"""The command `kliping` and its program: the project is run from its folder, not installed as a package."""

QUOTED_LINES = 6
"""How much of a failed command's log is shown: enough for pip's and uv's own reason, little enough to be read."""


class SetupError(Exception):
    """The environment cannot be made; the message says why, in one sentence."""


def main() -> int:
    """Make the environment unless it is there; exit code 0, or 1 after one sentence on stderr."""
    if sys.version_info[:2] < OLDEST:
        newer = newer_python()
        if newer:
            os.chdir(str(ROOT))
            os.execv(newer, [newer, "-m", "local.install"])  # noqa: S606
    try:
        check_python()
        lock = locked()
        try:
            if not is_complete():
                install(log_file())
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
        sys.stderr.write("Kliping: interrupted; the next call begins the environment anew.\n")
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
    if sys.version_info[:2] < OLDEST:
        raise SetupError(
            f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed and {sys.executable} is {platform.python_version()}; "
            "name a newer one: make PYTHON=/path/to/python3.11 ..."
        )
    if not sys.platform.startswith("linux"):
        raise SetupError(f"the single-machine deployment runs on Linux, and this is {platform.system()}.")


def wanted() -> str:
    """What a complete environment is made of: this Python, this folder and these requirements, as one line."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    return f"{digest} python{sys.version_info[0]}.{sys.version_info[1]} {VENV}\n"


def is_complete() -> bool:
    return COMPLETE.is_file() and COMPLETE.read_text() == wanted() and (VENV / "bin" / "python").exists()


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


def install(log: Path) -> None:
    """Build the environment from nothing: one that was left half-finished cannot be trusted in any part."""
    started = time.monotonic()
    uv = shutil.which("uv")
    if not uv and not find_spec("ensurepip"):
        raise SetupError(
            f"{sys.executable} cannot make virtual environments: its module ensurepip is missing "
            "(Debian and Ubuntu: apt install python3-venv), and uv is not installed either."
        )
    if VENV.exists():
        COMPLETE.unlink(missing_ok=True)
        shutil.rmtree(str(VENV))
    python = str(VENV / "bin" / "python")
    if uv:
        create, add = [uv, "venv", "--python", sys.executable], [uv, "pip", "install", "--python", python]
        print(f"Installing into {VENV} with uv ...", flush=True)
    else:
        # The file names every package there is to install; without --no-deps pip before 23.2 looks for them once more,
        # and takes a package that is also wanted with an extra for one without a pinned version. Compiling everything
        # beforehand takes longer than compiling what is used when it is first used; uv does not do it either.
        create = [sys.executable, "-m", "venv"]
        add = [python, "-m", "pip", "install", "--no-input", "--no-deps", "--no-compile"]
        print(f"Installing into {VENV} with pip; this takes a few minutes ...", flush=True)
    run([*create, str(VENV)], log)
    run([*add, "--require-hashes", "-r", str(REQUIREMENTS)], log)
    COMPLETE.write_text(wanted())
    print(f"Installed in {time.monotonic() - started:.0f} s.", flush=True)


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
        sys.stderr.writelines(f"  | {line}\n" for line in lines[-QUOTED_LINES:])
        raise SetupError(
            f"the packages could not be installed; is the package registry reachable? All of the output is in {log}."
        )


if __name__ == "__main__":
    sys.exit(main())
