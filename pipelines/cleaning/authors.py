"""Who wrote and who edited an article: people only, as the page credits them."""

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import islice

from pipelines.cleaning.blocks import Block, Place
from pipelines.cleaning.date_parsing import find_printed
from pipelines.cleaning.document import Document
from pipelines.cleaning.jsonld import Node, as_list, by_id, texts, types
from pipelines.cleaning.page_state import PageState
from pipelines.cleaning.person_names import is_person, people
from pipelines.cleaning.text_normalization import squeeze

AUTHOR = (
    r"(?:oleh|by|penulis|pewarta|reporter|wartawan|jurnalis|kontributor|laporan|written\s+by|"
    r"posted\s+by|redaktur\s*&\s*reporter|fotografer|rep(?=\s*:))"
)
EDITOR = r"(?:editor|redaktur|penyunting|red(?=\s*:))"
_LABELLED = re.compile(
    rf"(?:^|[|·•]|(?<=\d)|(?<=WIB))\s*(?P<label>{AUTHOR})\b\s*[:：|]?\s*(?P<name>[^:|·•]{{3,80}})", re.IGNORECASE
)
_EDITED = re.compile(rf"(?:^|[|·•/])\s*{EDITOR}\s*[:：|]\s*(?P<name>[^:|·•]{{3,80}})", re.IGNORECASE)
_EDITS = re.compile(rf"\W*{EDITOR}\b", re.IGNORECASE)
_ROLE = re.compile(rf"^\W*(?:(?P<author>{AUTHOR})|(?P<editor>{EDITOR}))\W*$", re.IGNORECASE)
_AT_DESK = re.compile(
    r"^(?P<name>[^\d|:,]{3,50}?)\s*(?:[-–—]\s*[\w.]+|,\s*(?:jurnalis|reporter|wartawan|"
    r"kontributor|editor)\b.*|\s[-–—·|]\s*(?=\w+,?\s*\d|\d).*)$",
    re.IGNORECASE,
)
_POSTED = re.compile(r"\s*(?:posted|updated|published|last)\s+on\b.*|\s*Posted\b.*")
TITLES = frozenset({"h1", "h2", "h3"})
"""Headings that hold headlines. Smaller ones hold bylines on some sites."""

_BOTH = re.compile(rf"^\W*{AUTHOR}\b.*?\s{EDITOR}\b\s*[:：|]?\s*(?P<name>[^:|·•]{{3,80}})$", re.IGNORECASE)
_EDITOR_FOLLOWS = re.compile(rf"\s{EDITOR}\b.*", re.IGNORECASE)
_OF_HOUSE = re.compile(r"^(?P<name>[^\d|,:–—]{3,50}?)\s*(?:[|,]|\s[-–—])\s*(?P<house>[^|,]{2,40})$")
LONGEST = 110
"""Characters of a line that names its author."""
MOST_PARTS = 50
"""Elements in such a line; the element around it may hold the whole page."""


@dataclass(frozen=True, slots=True)
class Credits:
    """Authors and editors, and the source of the authors; None where nobody is named."""

    authors: tuple[str, ...]
    editors: tuple[str, ...]
    source: str | None


def find_credits(
    document: Document,
    above: Sequence[Block],
    below: Sequence[Block],
    *,
    headline: str,
    signed: Iterable[str],
    edited: Iterable[str],
    site_names: Sequence[str],
    state: PageState,
) -> Credits:
    """The people credited.

    `above` and `below` are the blocks around the body, `signed` and `edited` the names that the residue rules took
    from the body's own lines; `headline`, which can read like a name, is none. A name with a label on the page decides,
    then the meta tags of Indonesian systems, names in byline elements, JSON-LD, other meta tags, the page's `state`,
    and a name that stands beside the date.
    """
    title = squeeze(headline)
    editors = people(
        [*_edited([*above, *below]), *edited, *document.metas("content_editor", "editor", "dtk:editor")], site_names
    )
    edited_keys = {name.casefold() for name in editors}
    for rank, (source, values) in enumerate(_candidates(document, above, below, title, signed, site_names, state)):
        named = people([value for value in values if squeeze(value) != title], site_names)
        authors = [name for name in named if name.casefold() not in edited_keys or source == "text"]
        if authors:
            return Credits(tuple(authors), tuple(name for name in editors if name not in authors), source)
        if rank == 0 and values and not named and all(_desk(value) for value in values):
            break
    return Credits((), tuple(editors), None)


def _candidates(
    document: Document,
    above: Sequence[Block],
    below: Sequence[Block],
    title: str,
    signed: Iterable[str],
    site_names: Sequence[str],
    state: PageState,
) -> Iterator[tuple[str, Sequence[str]]]:
    """(source, names) of each kind of credit, the most trusted first; the later ones are seldom asked for."""
    untitled = [block for block in above if block.key != title]
    yield "text", _labelled(above)
    yield "meta", document.metas("content_author", "dtk:author")
    yield "text", _byline(untitled, {squeeze(name) for name in site_names})
    yield "json-ld", _stated(document, ("creator",))
    yield "text", [*_labelled(below), *signed]
    yield "json-ld", _stated(document, ("author",))
    yield (
        "meta",
        document.metas(
            "author", "article:author", "dable:author", "sailthru.author", "parsely-author", "dc.creator", "byl"
        ),
    )
    yield "page state", state.authors
    yield "text", _bare(untitled)


def _desk(value: str) -> bool:
    """Whether a byline names a house or desk: then no person is credited, whatever the head of the page says."""
    return len(value) <= 50 and not is_person(value)


def _labelled(blocks: Sequence[Block]) -> list[str]:
    names: list[str] = []
    for block in blocks:
        if len(block.text) <= LONGEST and (found := _LABELLED.search(block.text)):
            names += _parts(block, found["name"]) or [_EDITOR_FOLLOWS.sub("", _POSTED.sub("", _undated(found["name"])))]
    names += [name for label, name in _roles(blocks) if label == "author"]
    return names


def _edited(blocks: Sequence[Block]) -> list[str]:
    names = [
        found["name"]
        for block in blocks
        if len(block.text) <= LONGEST and (found := _EDITED.search(block.text) or _BOTH.match(block.text))
    ]
    names += [name for label, name in _roles(blocks) if label == "editor"]
    return names


def _roles(blocks: Sequence[Block]) -> list[tuple[str, str]]:
    """(author or editor, name) of names whose role stands in a block of its own, before or behind them all.

    A heading over the first role is the headline, whatever it reads like. One word over it is a section where a longer
    name follows.
    """
    roles = [
        (i, "author" if hit["author"] else "editor")
        for i, block in enumerate(blocks)
        if (hit := _ROLE.match(block.text))
    ]
    if not roles:
        return []
    first = roles[0][0]
    over, under = blocks[max(first - 1, 0) : first], blocks[first + 1 : first + 2]
    named = any(_is_name(block) and block.tag not in TITLES for block in over)
    section = any(" " not in block.text for block in over) and any(_is_name(b) and " " in b.text for b in under)
    step = -1 if named and not section else 1
    return [
        (role, blocks[i + step].text.lstrip(" :"))
        for i, role in roles
        if 0 <= i + step < len(blocks) and len(blocks[i + step].text) <= 60 and not _ROLE.match(blocks[i + step].text)
    ]


def _is_name(block: Block) -> bool:
    return is_person(block.text.strip(" ,"))


def _byline(blocks: Sequence[Block], houses: Set[str]) -> list[str]:
    names: list[str] = []
    for block in blocks:
        if len(block.text) > LONGEST or (_EDITS.match(block.text) and not _LABELLED.search(block.text)):
            continue
        marked = _marked(block)
        if marked:
            names += marked
            continue
        if (found := _AT_DESK.match(block.text)) and is_person(found["name"].strip()):
            names.append(found["name"].strip())
        elif (found := _OF_HOUSE.match(block.text)) and squeeze(found["house"]) in houses and is_person(found["name"]):
            names.append(found["name"])
        elif block.place & Place.BYLINE and not find_printed(block.text) and _byline_class(block):
            names.append(block.text)
        if names:
            break
    return names


def _parts(block: Block, credited: str) -> list[str]:
    """The names in a credit, by the page's markup: words that follow them may be a title, or another link."""
    marked = [name for name in _marked(block) if name in credited and is_person(name)]
    links = [" ".join(e.text_content().split()) for e in islice(block.element.iterdescendants("a"), MOST_PARTS)]
    return marked or [name for name in links if name and credited.startswith(name) and is_person(name)]


_AUTHOR_NAMES = re.compile(r"author|penulis|reporter|byline|jurnalis|writer", re.IGNORECASE)
_AUTHOR_PATH = re.compile(
    r"/(?:penulis|author|authors|reporter|jurnalis|wartawan|kontributor|profile?)/[^/]+/?", re.IGNORECASE
)
_NOT_AUTHOR = re.compile(r"date|time|desc|bio|social|avatar|photo|box|count|comment|title|line$|meta$", re.IGNORECASE)


def _byline_class(block: Block) -> bool:
    names = f"{block.element.get('class', '')} {block.element.get('itemprop', '')}"
    return bool(_AUTHOR_NAMES.search(names)) and not _NOT_AUTHOR.search(names)


def _marked(block: Block) -> list[str]:
    """Texts of the elements in a block that say they name the author."""
    found: list[str] = []
    for element in islice(block.element.iterdescendants("a", "span", "b", "strong"), MOST_PARTS):
        names = f"{element.get('class', '')} {element.get('rel', '')} {element.get('itemprop', '')}"
        if _AUTHOR_PATH.search(element.get("href", "")):
            names = "author"
        if _AUTHOR_NAMES.search(names) and not _NOT_AUTHOR.search(names):
            text = " ".join(element.text_content().split())
            if 2 < len(text) <= 60 and text in block.text:
                found.append(text)
    return list(dict.fromkeys(found))


def _bare(blocks: Sequence[Block]) -> list[str]:
    """A name that stands alone between headline and text, beside the date."""
    for i, block in enumerate(blocks):
        if block.tag in TITLES or block.tag == "li" or block.linked > 0.5 or len(block.text.split()) not in (2, 3, 4):
            continue
        beside = [*blocks[max(0, i - 1) : i], *blocks[i + 1 : i + 2]]
        if is_person(block.text) and any(len(other.text) <= LONGEST and find_printed(other.text) for other in beside):
            return [block.text]
    return []


def _undated(text: str) -> str:
    return re.split(
        r"\b(?:pada|on)\s+(?=\w+,?\s*\d)|\b(?:pada|on)\s+\d|\s+(?=(?:[A-Z][a-z]{2,8}\s+)?\d{1,2}[,\s])",
        text,
        maxsplit=1,
    )[0].strip()


def _stated(document: Document, keys: tuple[str, ...]) -> list[str]:
    node = document.article
    nodes = [node] if node is not None else [n for n in document.nodes if "WebPage" in types(n)][:1]
    index = by_id(document.nodes)
    return [name for item in nodes for key in keys for name in _stated_names(item.get(key), index)]


def _stated_names(value: object, index: dict[str, Node]) -> list[str]:
    names: list[str] = []
    for item in as_list(value):
        if isinstance(item, dict):
            reference = item.get("@id")
            node = index.get(reference, item) if isinstance(reference, str) and "name" not in item else item
            if "Organization" not in types(node) and "NewsMediaOrganization" not in types(node):
                names += texts(node.get("name"))
        elif isinstance(item, str):
            names.append(item)
    return names
