"""The documentation against the code: each command, setting and message that it names exists, and none is left out."""

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import scrapy.commands

from local.__main__ import COMMANDS, parser
from local.credentials import KINDS
from settings.environment import known_variables

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
CODE = ("settings", "pipelines", "spiders", "dags", "plugins", "local", "demo", "benchmarks")

SCRAPY_COMMANDS = {path.stem for path in (ROOT / "spiders" / "commands").glob("*.py")} - {"__init__", "exit_status"}
BUILT_IN_COMMANDS = {path.stem for path in Path(scrapy.commands.__file__).parent.glob("*.py")}

FENCED = re.compile(r"^( *)```\w*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)

MAX_PICTURE_BYTES = 150_000
"""A page with half a dozen opens in a second or two over a phone."""

PLACEHOLDER = "..."
"""Stands in documentation for what a message fills in."""


@cache
def sources() -> dict[Path, str]:
    """The code, by file."""
    return {path: path.read_text(encoding="utf-8") for name in CODE for path in sorted((ROOT / name).rglob("*.py"))}


@cache
def strings() -> str:
    """Every string in the code but its documentation, one a line, PLACEHOLDER for what an f-string fills in."""
    return "\n".join(text for source in sources().values() for text in _strings(ast.parse(source)))


def _strings(tree: ast.AST) -> Iterator[str]:
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in docs:
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else PLACEHOLDER for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def code_in(page: Path) -> str:
    """The code spans, fenced blocks and indented blocks of a page."""
    text = page.read_text(encoding="utf-8")
    prose = FENCED.sub("", text)
    spans, indented = re.findall(r"`([^`]+)`", prose), re.findall(r"^    (.*)$", prose, re.MULTILINE)
    return "\n".join([*(block for _, block in FENCED.findall(text)), *spans, *indented])


def named(program: str) -> set[str]:
    """The words that the documentation has after `program`."""
    pattern = rf"(?:^|(?<!su)[\s/(]){program} ([a-z][a-z-]+)\b"
    return {name for page in PAGES for name in re.findall(pattern, code_in(page), re.MULTILINE)}


def last_lines() -> list[str]:
    """The first column of the tables that say what to do about a message."""
    rows: list[str] = []
    for page in PAGES:
        for table in re.findall(r"^\| the last line says .*\n\|[-|]+\n((?:\|.*\n)+)", page.read_text(), re.MULTILINE):
            rows += [row.split("|")[1].strip() for row in table.splitlines()]
    return rows


def test_every_kliping_command_that_is_named_exists() -> None:
    assert named("kliping") <= COMMANDS.keys()


def test_every_kliping_command_is_documented() -> None:
    page = (ROOT / "docs" / "commands.md").read_text()
    assert [name for name in COMMANDS if f"| `kliping {name}` |" not in page] == []


def calls() -> Iterator[tuple[str, list[str]]]:
    """Every call of a kliping command with options that the documentation has: the command, and the options."""
    for page in PAGES:
        for command, rest in re.findall(
            r"(?:^|(?<!su)[\s/(])kliping ([a-z][a-z-]+)\b([^\n|>]*)", code_in(page), re.MULTILINE
        ):
            if options := re.findall(r"(?<![\w-])--[a-z-]+", rest):
                yield command, options


def options_of(command: str) -> set[str]:
    [commands] = [action for action in parser()._actions if isinstance(action, argparse._SubParsersAction)]
    return set(commands.choices[command]._option_string_actions)


def test_every_option_of_a_kliping_command_that_is_named_exists() -> None:
    found = list(calls())
    assert len(found) > 10
    assert {
        (command, each) for command, options in found for each in options if each not in options_of(command)
    } == set()


def test_every_kind_of_secret_has_its_rotation() -> None:
    page = (ROOT / "docs" / "server.md").read_text()
    assert set(re.findall(r"`kliping rotate ([a-z]+)`", page)) == KINDS.keys()


def anchors(page: Path) -> set[str]:
    """What the headings of a page are linked by, as GitHub does it."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_within_the_documentation_leads_somewhere(page: Path) -> None:
    dead = []
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if "://" in link or link.startswith("mailto:"):
            continue
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            dead.append(link)
    assert dead == []


def pictures() -> list[tuple[Path, str, str]]:
    """The pictures that pages show: page, what they say instead of it, and its place."""
    return [
        (page, words, place)
        for page in PAGES
        for words, place in re.findall(r"!\[([^]]*)\]\(([^)]+)\)", page.read_text("utf-8"))
    ]


def test_every_picture_says_in_words_what_it_shows_and_is_small() -> None:
    shown = pictures()
    assert len(shown) > 10
    assert [place for _, words, place in shown if len(words) < 20] == []
    assert [place for page, _, place in shown if (page.parent / place).stat().st_size > MAX_PICTURE_BYTES] == []


def test_every_screenshot_that_is_taken_is_shown() -> None:
    taken = {path.name for path in (ROOT / "docs" / "screenshots").glob("*.webp")}
    assert taken == {Path(place).name for _, _, place in pictures() if "screenshots/" in place}


def units() -> dict[str, str]:
    """The units of systemd that the page on servers has."""
    return dict(
        re.findall(r"^(Exec\w+)=/opt/kliping/\.venv/bin/kliping (.+)$", (ROOT / "docs" / "server.md").read_text(), re.M)
    )


def test_the_service_starts_reloads_and_stops_by_commands_that_there_are() -> None:
    assert units() == {"ExecStart": "up", "ExecReload": "up", "ExecStop": "down"}


def test_every_scrapy_command_that_is_named_exists() -> None:
    assert named("scrapy") <= SCRAPY_COMMANDS | BUILT_IN_COMMANDS


def test_every_scrapy_command_of_ours_is_documented() -> None:
    page = (ROOT / "docs" / "commands.md").read_text()
    assert [name for name in SCRAPY_COMMANDS if not re.search(rf"\| `scrapy {name}[ `]", page)] == []


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert named("make") <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_module_that_is_to_be_run_exists(page: Path) -> None:
    for module in re.findall(r"python -m ([a-z_.]+)", page.read_text()):
        path = ROOT / module.replace(".", "/")
        assert (
            module in sys.stdlib_module_names
            or (path / "__main__.py").exists()
            or "__main__" in path.with_suffix(".py").read_text()
        ), module


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_variable_that_is_named_is_read_by_the_code(page: Path) -> None:
    variables = set(re.findall(r"\b(?:KLIPING|AWS)_[A-Z0-9_]+", page.read_text()))
    code = "".join(sources().values())
    assert {name for name in variables - known_variables() if name not in code} == set()


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "operating.md").read_text()
    storage = set(re.findall(r'"(AWS_\w+)"', (ROOT / "settings" / "storage.py").read_text()))
    assert {name for name in known_variables() | storage if f"`{name}`" not in page} == set()


@pytest.mark.parametrize("message", last_lines())
def test_every_message_that_is_quoted_is_one_that_the_code_has(message: str) -> None:
    for part in filter(None, (part.strip() for part in message.split(PLACEHOLDER))):
        assert part in strings(), f"nothing says {part!r}"


def test_there_are_messages_to_hold_against_the_code() -> None:
    assert len(last_lines()) > 10
