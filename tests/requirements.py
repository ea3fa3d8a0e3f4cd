"""The compiled lists of requirements, read."""

from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]


def pinned(name: str) -> dict[str, str]:
    """What a list installs on this machine: `==` and a version, by the package's name."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    requirements = [Requirement(line.rstrip("\\").strip()) for line in lines if line[:1].isalnum()]
    return {
        wanted.name: str(wanted.specifier)
        for wanted in requirements
        if wanted.marker is None or wanted.marker.evaluate()
    }


def run_time_packages() -> list[str]:
    """Names of everything that Kliping runs with on this machine."""
    return list(pinned("requirements.txt"))
