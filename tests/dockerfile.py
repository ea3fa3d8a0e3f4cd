"""Dockerfile and .dockerignore as Docker reads them, as far as ours use the two formats."""

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a Dockerfile, on one line."""

    keyword: str
    """In upper case: FROM, RUN, COPY ..."""

    argument: str
    """The rest, with its continuation lines joined."""

    def words(self) -> list[str]:
        """The argument's words without its flags (`--from=...`)."""
        return [word for word in shlex.split(self.argument) if not word.startswith("--")]

    def flag(self, name: str) -> str | None:
        """Value of the flag `--name=...`, None where it is not there."""
        found = re.search(rf"(?:^|\s)--{name}=(\S+)", self.argument)
        return found[1] if found else None


@dataclass(frozen=True, slots=True)
class Copy:
    """Where a COPY takes files from, and where it puts them."""

    sources: list[str]
    target: str
    stage: str | None
    """Name of the stage that the sources lie in; None for the build context."""


def instructions(text: str) -> list[Instruction]:
    """The instructions of a Dockerfile in order."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [Instruction(line.split(None, 1)[0].upper(), line.split(None, 1)[1].strip()) for line in joined.splitlines()]


def copy_of(instruction: Instruction) -> Copy:
    """What a COPY instruction says."""
    *sources, target = instruction.words()
    return Copy(sources, target, instruction.flag("from"))


def build_context(dockerignore: str, files: Iterable[str]) -> list[str]:
    """Those of `files` (relative paths) that .dockerignore leaves in: the last pattern that matches a file decides."""
    patterns = [line.strip() for line in dockerignore.splitlines() if line.strip() and not line.startswith("#")]
    kept = []
    for file in files:
        is_ignored = False
        for pattern in patterns:
            if _expression(pattern.removeprefix("!")).match(file):
                is_ignored = not pattern.startswith("!")
        if not is_ignored:
            kept.append(file)
    return kept


def _expression(pattern: str) -> re.Pattern[str]:
    """A pattern matches a path and everything below it; `*` stays within one folder, `**/` stands for any folders."""
    escaped = re.escape(pattern.strip("/"))
    return re.compile(escaped.replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*") + r"(?:/|$)")
