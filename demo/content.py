"""The article files of the demo web, read into frozen records.

One article is one file `articles/<site>/<slug>.md`: YAML front matter between two lines `---`, then the text in
paragraphs parted by blank lines. `## ` opens a sub-heading, `- ` a list item, `> ` a quote; a line `---page---` starts
the next page; a line `---edition N---` is followed by the whole text as it stands from edition N on.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import yaml

from demo.errors import ContentError

EDITION_LINE = re.compile(r"^---edition (\d+)---$")
PAGE_LINE = "---page---"
SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")


class Kind(StrEnum):
    """What a file is: an article, or one of the things that news sites announce among their articles."""

    ARTICLE = "article"
    GALLERY = "gallery"
    VIDEO = "video"
    INDEX = "index"


class CopyKind(StrEnum):
    """How close a syndicated copy is to its original."""

    EXACT = "exact"
    NEAR = "near"


class BlockKind(StrEnum):
    """What a piece of text is; the value is the HTML element that holds it."""

    PARAGRAPH = "p"
    HEADING = "h2"
    ITEM = "li"
    QUOTE = "blockquote"


PREFIXES = {"## ": BlockKind.HEADING, "- ": BlockKind.ITEM, "> ": BlockKind.QUOTE}


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, sub-heading, list item or quote, as plain text in one line."""

    kind: BlockKind
    text: str


@dataclass(frozen=True, slots=True)
class Body:
    """An article's text, page by page."""

    pages: tuple[tuple[Block, ...], ...] = ((),)

    @property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(block for page in self.pages for block in page)

    @property
    def text(self) -> str:
        """Every block of every page, one per line: what a perfect cleaner makes of the article's pages."""
        return "\n".join(block.text for block in self.blocks)


@dataclass(frozen=True, slots=True)
class CopyOf:
    """The article of another site that a syndicated copy repeats."""

    site: str
    slug: str
    kind: CopyKind


@dataclass(frozen=True, slots=True)
class Story:
    """One article file.

    `age` is in minutes before the demo's epoch; None where the story appears in a later edition than the first, and is
    then published at that moment. `bodies` holds the text by the edition from which it stands, in ascending order; an
    exact copy carries its original's first text.
    """

    site: str
    slug: str
    headline: str
    description: str
    section: str
    edition: int
    kind: Kind
    author: tuple[str, ...] = ()
    editor: str | None = None
    tags: tuple[str, ...] = ()
    city: str | None = None
    age: int | None = None
    copy_of: CopyOf | None = None
    bodies: tuple[tuple[int, Body], ...] = ()

    def body(self, edition: int) -> tuple[int, Body]:
        """The text that stands in an edition, and the edition it stands since."""
        standing = [(since, body) for since, body in self.bodies if since <= edition]
        return standing[-1] if standing else (self.edition, Body())

    def draw(self, what: str, sides: int) -> int:
        """A choice from 0 to sides - 1 that looks random over the stories and never changes for one story."""
        digest = hashlib.sha256(f"{self.site}/{self.slug}/{what}".encode()).digest()
        return int.from_bytes(digest[:6]) % sides


def load_stories(folder: Path) -> dict[tuple[str, str], Story]:
    """Read every article file under `folder`, keyed by site and slug.

    Raises ContentError, naming file and line, for a file that does not keep to the format.
    """
    files = {(path.parent.name, path.stem): path for path in sorted(folder.glob("*/*.md"))}
    if not files:
        raise ContentError(f"{folder} holds no article files (<site>/<slug>.md)")
    stories = {key: read_story(path) for key, path in files.items()}
    return {key: _completed(story, stories, files[key]) for key, story in stories.items()}


def read_story(path: Path) -> Story:
    """Read one article file; an exact copy comes without a body, which only its original can give.

    Raises ContentError, naming file and line.
    """
    if not SLUG.match(path.stem):
        raise ContentError(f"{path}:1: the file name must be a slug of small letters, digits and hyphens")
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or lines[0].strip() != "---":
        raise ContentError(f"{path}:1: the file must open with a line '---'")
    try:
        end = next(number for number, line in enumerate(lines[1:], start=1) if line.strip() == "---")
    except StopIteration:
        raise ContentError(f"{path}:1: the front matter is not closed by a line '---'") from None
    front = _FrontMatter(path, lines[1:end])
    edition = front.number("edition", default=1, minimum=1)
    age = front.number("age", minimum=0, default=0 if edition > 1 else None)
    copy_of = _copy_of(front)
    kind = front.choice("kind", Kind, default=Kind.ARTICLE)
    story = Story(
        site=path.parent.name,
        slug=path.stem,
        headline=front.words("headline"),
        description=front.words("description"),
        section=front.words("section"),
        edition=edition,
        kind=kind,
        author=front.words_list("author", required=kind is Kind.ARTICLE),
        editor=front.optional_words("editor"),
        tags=front.words_list("tags", required=kind is Kind.ARTICLE),
        city=front.optional_words("city"),
        age=age if edition == 1 else None,
        copy_of=copy_of,
        bodies=tuple(_bodies(path, lines, end + 1, edition)),
    )
    needs_body = kind is Kind.ARTICLE and not (copy_of and copy_of.kind is CopyKind.EXACT)
    if needs_body and not story.bodies:
        raise ContentError(f"{path}:{end + 1}: the article has no text")
    if not needs_body and kind is Kind.ARTICLE and story.bodies:
        raise ContentError(f"{path}:{end + 2}: an exact copy takes its text from its original and has none of its own")
    front.refuse_unknown()
    return story


Choice = TypeVar("Choice", bound=StrEnum)


class _FrontMatter:
    """The front matter of one file: typed access, with errors that name file and line."""

    def __init__(self, path: Path, lines: list[str]) -> None:
        self.path, self.lines = path, lines
        self.read: set[str] = set()
        try:
            fields = yaml.safe_load("\n".join(lines))
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 2 if error.problem_mark else 1
            raise ContentError(f"{path}:{line}: {error.problem}") from error
        if not isinstance(fields, dict):
            raise ContentError(f"{path}:2: the front matter must be 'name: value' lines")
        self.fields: Mapping[str, Any] = fields

    def error(self, name: str, words: str) -> ContentError:
        line = next((n for n, line in enumerate(self.lines, start=2) if line.startswith(f"{name}:")), 1)
        return ContentError(f"{self.path}:{line}: {name} {words}")

    def value(self, name: str) -> Any:
        self.read.add(name)
        return self.fields.get(name)

    def optional_words(self, name: str) -> str | None:
        value = self.value(name)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            raise self.error(name, f"must be words, not {value!r}")
        return value.strip()

    def words(self, name: str) -> str:
        value = self.optional_words(name)
        if value is None:
            raise self.error(name, "is missing")
        return value

    def words_list(self, name: str, *, required: bool) -> tuple[str, ...]:
        value = self.value(name)
        if value is None and not required:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value) or (required and not value):
            raise self.error(name, "must be a list of words, e.g. [satu, dua]")
        return tuple(item.strip() for item in value)

    def number(self, name: str, *, minimum: int, default: int | None = None) -> int:
        value = self.value(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
            raise self.error(name, f"must be a whole number of at least {minimum}, not {value!r}")
        return value

    def choice(self, name: str, choices: type[Choice], *, default: Choice | None = None) -> Choice:
        value = self.value(name)
        if value is None and default is not None:
            return default
        try:
            return choices(value)
        except ValueError:
            raise self.error(name, f"must be one of {', '.join(choices)}, not {value!r}") from None

    def refuse_unknown(self) -> None:
        for name in self.fields:
            if name not in self.read:
                raise self.error(name, "is not a field of an article file")


def _copy_of(front: _FrontMatter) -> CopyOf | None:
    target = front.optional_words("copy_of")
    if target is None:
        if front.value("copy") is not None:
            raise front.error("copy", "needs copy_of: site/slug")
        return None
    site, slash, slug = target.partition("/")
    if not slash or not slug:
        raise front.error("copy_of", f"must be site/slug, not {target!r}")
    return CopyOf(site, slug, front.choice("copy", CopyKind))


def _bodies(path: Path, lines: list[str], start: int, edition: int) -> Iterator[tuple[int, Body]]:
    """The texts of a file, each with the edition it stands from; nothing for a file without text."""
    since, first = edition, start
    for number in range(start, len(lines) + 1):
        edit = EDITION_LINE.match(lines[number].strip()) if number < len(lines) else None
        if number < len(lines) and not edit:
            continue
        body = _body(lines[first:number])
        if body.text:
            yield since, body
        elif edit or since != edition:
            raise ContentError(f"{path}:{first}: an edition without text")
        if edit:
            if int(edit[1]) <= since:
                raise ContentError(f"{path}:{number + 1}: edition {edit[1]} must come after edition {since}")
            since, first = int(edit[1]), number + 1


def _body(lines: list[str]) -> Body:
    pages: list[list[Block]] = [[]]
    open_lines: list[str] = []

    def close() -> None:
        if open_lines:
            pages[-1].append(_block(" ".join(open_lines)))
            open_lines.clear()

    for line in map(str.strip, lines):
        if line == PAGE_LINE:
            close()
            pages.append([])
        elif not line:
            close()
        else:
            if line.startswith(tuple(PREFIXES)):
                close()
            open_lines.append(line)
    close()
    return Body(tuple(tuple(page) for page in pages if page) or ((),))


def _block(line: str) -> Block:
    for prefix, kind in PREFIXES.items():
        if line.startswith(prefix):
            return Block(kind, line.removeprefix(prefix).strip())
    return Block(BlockKind.PARAGRAPH, line)


def _completed(story: Story, stories: Mapping[tuple[str, str], Story], path: Path) -> Story:
    """The story with its original's first text where it is an exact copy."""
    if story.copy_of is None:
        return story
    original = stories.get((story.copy_of.site, story.copy_of.slug))
    if original is None or not original.bodies:
        raise ContentError(f"{path}:1: copy_of names no article: {story.copy_of.site}/{story.copy_of.slug}")
    if original.edition > story.edition:
        raise ContentError(f"{path}:1: the copy appears in edition {story.edition}, before its original")
    if story.copy_of.kind is CopyKind.NEAR:
        return story
    return replace(story, bodies=((story.edition, original.bodies[0][1]),))
