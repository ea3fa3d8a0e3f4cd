"""The pages in Indonesian keep step with those in English: section by section, table by table, with the same code."""

import re
from pathlib import Path
from textwrap import dedent

import pytest

DOCS = Path(__file__).parents[1] / "docs"
TRANSLATED = sorted((DOCS / "id").glob("*.md"))

FENCED = re.compile(r"^( *)```\w*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?<=\n\n)(?:    .*\n(?:\n(?=    ))*)+")

pages = pytest.mark.parametrize("page", TRANSLATED, ids=lambda page: page.stem)


def english(page: Path) -> str:
    return (DOCS / page.name).read_text(encoding="utf-8")


def code(text: str) -> list[str]:
    """All code of a page, wherever it stands indented."""
    return [dedent(block) for _, block in FENCED.findall(text)] + [
        dedent(block) for block in INDENTED.findall(FENCED.sub("", text))
    ]


def levels(text: str) -> list[int]:
    return [len(marks) for marks in re.findall(r"^(#+) ", FENCED.sub("", text), re.MULTILINE)]


def sections(text: str) -> list[str]:
    """What stands under each heading."""
    return re.split(r"^#+ .*$", FENCED.sub("", text), flags=re.MULTILINE)


def rows(section: str) -> list[list[str]]:
    """What each line of a section's tables says in code."""
    return [re.findall(r"`([^`]+)`", line.split("|")[1]) for line in re.findall(r"^ *\|.*$", section, re.MULTILINE)]


@pages
def test_it_has_the_same_sections(page: Path) -> None:
    assert levels(page.read_text(encoding="utf-8")) == levels(english(page))


@pages
def test_it_has_the_same_code(page: Path) -> None:
    assert code(page.read_text(encoding="utf-8")) == code(english(page))


@pages
def test_its_tables_have_the_same_lines(page: Path) -> None:
    ours, theirs = sections(page.read_text(encoding="utf-8")), sections(english(page))

    assert [rows(section) for section in ours] == [rows(section) for section in theirs]


@pages
def test_each_of_the_two_leads_to_the_other(page: Path) -> None:
    assert f"](id/{page.name})" in english(page)
    assert f"](../{page.name})" in page.read_text(encoding="utf-8")


def test_operators_and_readers_have_their_pages() -> None:
    assert [page.stem for page in TRANSLATED] == ["operating", "reading-the-corpus", "server"]


def test_code_in_both_forms_is_compared() -> None:
    found = code((DOCS / "operating.md").read_text(encoding="utf-8"))
    assert any("curl" in block for block in found)
    assert len(code((DOCS / "server.md").read_text(encoding="utf-8"))) > 20
