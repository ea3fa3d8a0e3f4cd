"""Build the image and start it, where there is no container engine: `make image-check`, as root.

Carries out what the Dockerfile says, step by step, in a throw-away root folder: Debian's own packages of the same
release and the same Python stand in for the base image. Then what compose.yaml starts is tried in it, as the image's
user. Takes some minutes and 4 GB of disk; leaves nothing behind.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.dockerfile import Instruction, build_context, copy_of, instructions

ROOT = Path(__file__).parents[1]

BASE_IMAGE = re.compile(r"python:(?P<python>3\.\d+)\.\d+-slim-(?P<release>\w+)")
MIRROR = "http://deb.debian.org/debian"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

LENT = ("PIP_CERT", "PIP_INDEX_URL", "PIP_DEFAULT_TIMEOUT", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
"""Variables of this machine by which a RUN step reaches the package registry."""

COMMANDS = {
    "airflow version": r"^3\.",
    "airflow db migrate": r"",
    "airflow dags list --local --columns dag_id --output plain": r"^crawl_detikinet$",
    "airflow dags list-import-errors --local": r"^No data found$",
    "scrapy list": r"^detikinet$",
    "kliping --version": r"^kliping \d+\.\d+\.\d+$",
    "weed version": r"^version ",
}
"""What must work in the finished image, and a line that its output has."""


@dataclass(slots=True)
class Stage:
    """A stage of the build: a root folder, and what its instructions have set."""

    root: Path
    variables: dict[str, str] = field(
        default_factory=lambda: {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    )
    user: str = "root"
    folder: str = "/"
    entrypoint: str = ""

    def run(self, *command: str) -> str:
        """Run a command inside, as Docker would: in a process space of its own, with nothing of our environment.

        Returns what it wrote to stdout. Raises CalledProcessError where it fails.
        """
        home = next(
            line.split(":")[5]
            for line in (self.root / "etc/passwd").read_text("utf-8").splitlines()
            if self.user in (line.split(":")[0], line.split(":")[2])
        )
        lent = {name: os.environ[name] for name in LENT if name in os.environ}
        variables = {"HOME": home, **lent, **self.variables}
        ended = subprocess.run(
            [
                *("unshare", "--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={self.root}/proc"),
                *("chroot", f"--userspec={self.user}", "--groups=", str(self.root)),
                *("env", "--ignore-environment", f"--chdir={self.folder}"),
                *(f"{name}={value}" for name, value in variables.items()),
                *command,
            ],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        return ended.stdout

    def inside(self, path: str) -> Path:
        """Where a path of the stage lies on this machine."""
        return self.root / (Path(self.folder) / path).relative_to("/")


def main() -> int:
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        print("image-check needs root and debootstrap (Debian: apt install debootstrap).", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="kliping-image-") as folder:
        try:
            image = build(Path(folder))
            for command, expected in COMMANDS.items():
                print(f"--> {command}", flush=True)
                output = image.run(*shlex.split(image.entrypoint), *shlex.split(command))
                if not re.search(expected, output, re.MULTILINE):
                    print(f"{output}The image does not work: no line of this is {expected!r}.", file=sys.stderr)
                    return 1
        except subprocess.CalledProcessError as failed:
            output = (failed.stdout or "")[-2000:]
            print(f"{output}\n{shlex.join(failed.cmd[-3:])} ended with {failed.returncode}.", file=sys.stderr)
            return 1
    print("The image builds and works.")
    return 0


def build(folder: Path) -> Stage:
    """Carry out the Dockerfile; returns its last stage.

    Raises CalledProcessError where a step fails.
    """
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    context = build_context((ROOT / ".dockerignore").read_text("utf-8"), tracked.splitlines())
    arguments: dict[str, str] = {}
    stages: dict[str, Stage] = {}
    bases: dict[str, Path] = {}
    stage = Stage(folder)
    for step in instructions((ROOT / "Dockerfile").read_text("utf-8")):
        print(f"--> {step.keyword} {step.argument}", flush=True)
        if step.keyword == "ARG":
            name, _, value = step.argument.partition("=")
            arguments[name] = value
        elif step.keyword == "FROM":
            image, *named = step.words()
            image = re.sub(r"\$\{(\w+)\}", lambda name: arguments[name[1]], image)
            if image not in bases:
                bases[image] = base(image, folder / f"base-{len(bases)}")
            name = named[1] if named else f"stage-{len(stages)}"
            stage = stages[name] = Stage(folder / name)
            subprocess.run(["cp", "--archive", "--reflink=auto", bases[image], stage.root], check=True)
        else:
            carry_out(step, stage, stages, context)
    return stage


def carry_out(step: Instruction, stage: Stage, stages: dict[str, Stage], context: list[str]) -> None:
    """Do what one instruction says, in its stage."""
    if step.keyword == "RUN":
        stage.run("/bin/sh", "-c", step.argument)
    elif step.keyword == "COPY":
        copy(step, stage, stages, context)
    elif step.keyword == "ENV":
        for assignment in shlex.split(step.argument):
            name, _, value = assignment.partition("=")
            stage.variables[name] = re.sub(r"\$(\w+)", lambda used: stage.variables[used[1]], value)
    elif step.keyword == "WORKDIR":
        stage.folder = step.argument
        stage.inside(".").mkdir(parents=True, exist_ok=True)
    elif step.keyword == "USER":
        stage.user = step.argument
    elif step.keyword == "ENTRYPOINT":
        stage.entrypoint = " ".join(re.findall(r'"([^"]*)"', step.argument))
    elif step.keyword not in ("EXPOSE", "HEALTHCHECK", "CMD"):
        raise ValueError(f"{step.keyword} is not understood here")


def copy(step: Instruction, stage: Stage, stages: dict[str, Stage], context: list[str]) -> None:
    """COPY, from the build context or another stage; a folder's content goes into the target, as Docker has it."""
    wanted = copy_of(step)
    for source in wanted.sources:
        target = stage.inside(wanted.target)
        if wanted.stage is not None:
            shutil.copytree(stages[wanted.stage].inside(source), target, symlinks=True, dirs_exist_ok=True)
            continue
        files = [file for file in context if file == source or file.startswith(f"{source}/")]
        if not files:
            raise SystemExit(f"COPY {source}: there is no such file in the build context.")
        for file in files:
            if file != source:
                place = target / Path(file).relative_to(source)
            else:
                place = target / file if wanted.target.endswith("/") else target
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / file, place)


def base(image: str, folder: Path) -> Path:
    """A root folder with what the base image has: a small Debian, and Python as `python`.

    Raises CalledProcessError or SystemExit where Debian's packages could not be fetched.
    """
    named = BASE_IMAGE.fullmatch(image)
    if not named:
        raise SystemExit(f"{image} is not an image that Debian's packages can stand in for.")
    made = subprocess.run(
        ["debootstrap", "--variant=minbase", "--include=ca-certificates", named["release"], str(folder), MIRROR],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if made.returncode:
        raise SystemExit(f"Debian's packages could not be fetched:\n{made.stdout[-2000:]}")
    shutil.copyfile("/etc/resolv.conf", folder / "etc/resolv.conf")
    if CERTIFICATES.exists():
        shutil.copyfile(CERTIFICATES, folder / CERTIFICATES.relative_to("/"))
    python = f"python{named['python']}"
    Stage(folder).run("apt-get", "install", "-qq", "--yes", "--no-install-recommends", python, f"{python}-venv")
    for name in ("python", "python3"):
        (folder / "usr/local/bin" / name).symlink_to(f"/usr/bin/{python}")
    return folder


if __name__ == "__main__":
    sys.exit(main())
