"""The authors and editors of an article: the people whom the page credits."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import islice, pairwise
from urllib.parse import urlsplit

from pipelines.cleaning.blocks import Block, BlockRole, roles_of
from pipelines.cleaning.credit_lines import AUTHOR_LABEL, EDITOR_LABEL, names_before_roles, segments, signed_names
from pipelines.cleaning.date_parsing import date_mentions, find_printed_dates
from pipelines.cleaning.document import Document
from pipelines.cleaning.jsonld import Node, as_list, by_id, texts, types
from pipelines.cleaning.page_parts import OTHER_ROLES, stands_apart
from pipelines.cleaning.page_state import PageState
from pipelines.cleaning.person_names import FOREIGN_LABEL, is_own_name, is_person, people
from pipelines.cleaning.text_normalization import letters_only

_LABELLED_AUTHOR = re.compile(
    rf"(?:^|[|·•]|(?<=\d)|(?<=WIB))\s*(?P<label>{AUTHOR_LABEL})\b\s*[:：|]?\s*(?P<name>[^:·•]{{3,80}})", re.IGNORECASE
)
_FOREIGN_AUTHOR = re.compile(rf"^\W*(?:{FOREIGN_LABEL})(?P<name>[^:·•|]{{3,80}})")

_LABELLED_EDITOR = re.compile(rf"(?:^|[|·•/])\s*{EDITOR_LABEL}\s*[:：|]\s*(?P<name>[^:·•]{{3,80}})", re.IGNORECASE)
_EDITOR_AND_NAME = re.compile(rf"\W*{EDITOR_LABEL}\s+(?P<name>[^:|·•]{{3,50}}?)\s*", re.IGNORECASE)
_EDITOR_LINE = re.compile(rf"\W*{EDITOR_LABEL}\b", re.IGNORECASE)
_ROLE_LINE = re.compile(rf"^\W*(?:(?P<author>{AUTHOR_LABEL})|(?P<editor>{EDITOR_LABEL}))\W*$", re.IGNORECASE)
_NAME_AND_ROLE = re.compile(
    r"^(?P<name>[^\d|:,]{3,50}?)\s*(?:[-–—]\s*[\w.]+|,\s*(?:jurnalis|reporter|wartawan|"
    r"kontributor|editor)\b.*|\s[-–—·|]\s*(?=\w+,?\s*\d|\d).*)$",
    re.IGNORECASE,
)
_NAME_AND_JOB = re.compile(
    r"^(?P<name>[^\d|:,]{3,50}?)\s*(?:[|·,]|\s[-–—])\s*(?:[\w-]+\s+){0,3}"
    r"(?:writer|reporter|correspondent|columnist|contributor|journalist|author)\b",
    re.IGNORECASE,
)
_BULLETS = str.maketrans("⋅∙●‧", "····")
_POSTED_NOTE = re.compile(r"\s*(?:posted|updated|published|last)\s+on\b.*|\s*Posted\b.*")
HEADLINE_TAGS = frozenset({"h1", "h2", "h3"})
"""Headings that hold headlines. On some sites, smaller headings hold bylines."""

_AUTHOR_AND_EDITOR = re.compile(
    rf"^\W*{AUTHOR_LABEL}\b.*?\s{EDITOR_LABEL}\b\s*[:：|]?\s*(?P<name>[^:|·•]{{3,80}})$", re.IGNORECASE
)
_FOLLOWING_EDITOR = re.compile(rf"\s{EDITOR_LABEL}\b.*", re.IGNORECASE)
_NAME_AND_PUBLISHER = re.compile(r"^(?P<name>[^\d|,:–—]{3,50}?)\s*(?:[|,]|\s[-–—])\s*(?P<publisher>[^|,]{2,40})$")

AUTHOR_METAS = (
    "author", "article:author", "dable:author", "sailthru.author", "parsely-author", "cxenseparse:author", "dc.creator",
    "byl", "citation_author", "twitter:misc:written by",
)  # fmt: skip
"""Meta tags that name the author, who is on many pages the person that entered the text."""

_CARD_LABEL = re.compile(
    r"(?:ditulis\s+oleh|penulis|written\s+by|author|verfasst\s+von|geschrieben\s+von|escrito\s+por|[eé]crit\s+par|"
    r"scritto\s+da|geschreven\s+door)",
    re.IGNORECASE,
)
"""Labels of the author in the preview that a page gives for social networks, as WordPress plug-ins write them."""

MAX_BYLINE_CHARS = 110
"""Characters of a line that can be a byline; longer ones are sentences of the text."""

MAX_PARTICLE_LETTERS = 3
"""Letters of a word of a name that may stay in lower case: 'von', 'van', 'de', 'y', 'und'."""

MAX_NAME_CHARS = 60
"""Characters of an element that can hold the name of an author and no more than its label."""

MAX_MICRODATA_ELEMENTS = 2_000
"""Elements with microdata that are looked at: a page of comments has some hundreds."""

MAX_BYLINE_ELEMENTS = 50
"""Elements of a byline that are looked at: the element around it may hold the whole page."""


@dataclass(frozen=True, slots=True)
class Credits:
    """Authors and editors, and the source of the authors; the source is None if there are no authors."""

    authors: tuple[str, ...]
    editors: tuple[str, ...]
    source: str | None


def find_credits(
    document: Document,
    above: Sequence[Block],
    below: Sequence[Block],
    *,
    headline: str,
    residue: Mapping[str, Sequence[str]],
    site_names: Sequence[str],
    state: PageState,
) -> Credits:
    """Find the people whom the page credits.

    `above` and `below` are the blocks around the body; `residue` holds what the residue rules took from lines of the
    body: names of an `author` and `editor`, lines of `credits` and `desk_code`. `headline` is given because it can read
    like a name. Authors come from the first source that names any: names with a label on the page, the meta tags of
    Indonesian systems, JSON-LD that says that it names a person, a label in another language, other JSON-LD, bylines
    below the headline, microdata and meta tags, other bylines, the page's `state`, a name over a paragraph about it, an
    element that names the author, and a name that stands beside the date. Whom the page labels as editor is no author,
    if only metadata says so. Last comes the name of the site, if it is that of the person who writes it.
    """
    title = letters_only(headline)
    lines = [line for text in residue.get("credits", ()) for line in segments(text)]
    editors = people(
        [
            *_labelled_editors([*above, *below]),
            *residue.get("editor", ()),
            *(name for line in lines for name in _editors_in(line)),
            *document.metas("content_editor", "editor", "dtk:editor"),
        ],
        site_names,
    )
    residue_authors = [
        *residue.get("author", ()),
        *(found["name"] for line in lines if (found := _LABELLED_AUTHOR.search(line))),
        *(names for code in residue.get("desk_code", ()) if (names := signed_names(code))),
    ]
    edited_keys = {name.casefold() for name in editors}
    for rank, (source, values) in enumerate(
        _candidates(document, above, below, title, residue_authors, site_names, state)
    ):
        named = people([value for value in values if letters_only(value) != title], site_names)
        authors = [name for name in named if name.casefold() not in edited_keys or source == "text"]
        if authors:
            others = people(_json_ld_people(document), site_names)
            stated = [name for name in others if name.casefold() not in edited_keys]
            if set(authors) < set(stated):  # a label stands before the first of several names
                authors, source = stated, "json-ld"
            return Credits(tuple(authors), tuple(name for name in editors if name not in authors), source)
        if rank == 0 and values and not named and all(_names_organization(value) for value in values):
            break
    if writer := _lone_writer(document, above, site_names):
        return Credits((writer[0],), tuple(editors), writer[1])
    return Credits((), tuple(editors), None)


def _lone_writer(document: Document, above: Sequence[Block], site_names: Sequence[str]) -> tuple[str, str] | None:
    """Return the person who writes a site alone and calls it by their name, and the source, if the page credits them.

    A site whose data call that name an organization is a house.
    """
    credits = [
        ("text", people(_labelled_authors(above))),
        ("json-ld", people(_json_ld_people(document))),
        ("meta", people(document.metas(*AUTHOR_METAS))),
    ]
    if not any(names for _, names in credits):
        return None
    houses = {
        letters_only(name)
        for node in document.nodes
        if any(kind.endswith("Organization") for kind in types(node)) and "Person" not in types(node)
        for name in texts(node.get("name"))
    }
    text = document.tree.text_content()
    for source, names in credits:
        for name in names:
            if letters_only(name) not in houses and is_own_name(name, site_names, text):
                return name, source
    return None


def _candidates(
    document: Document,
    above: Sequence[Block],
    below: Sequence[Block],
    title: str,
    residue_authors: Iterable[str],
    site_names: Sequence[str],
    state: PageState,
) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield (source, names) of each kind of credit, the most trusted first. The later ones are rarely reached."""
    head = next((block.index for block in above if block.match_key == title), 0)
    beneath = [block for block in above if block.index > head]
    own_above = [*beneath, *_without_others([block for block in above if block.index <= head])]
    own_below = _without_others(below)
    untitled = [block for block in own_above if block.match_key != title]
    publishers, sections = {letters_only(name) for name in site_names}, _section_keys(document)
    yield "text", _labelled_authors(own_above)
    yield "meta", document.metas("content_author", "dtk:author")
    yield "text", [*residue_authors, *_labelled_authors([block for block in own_below if ":" in block.text])]
    yield "json-ld", _json_ld_people(document)
    yield "text", _foreign_byline(own_above)
    yield "json-ld", _json_ld_names(document, ("creator",))
    byline = _byline_names(beneath, publishers, sections)
    stated = _json_ld_names(document, ("author",))
    if not set(people(stated, site_names)) < set(people(byline, site_names)):  # data may name one of several authors
        yield "json-ld", stated
    yield "text", byline
    yield "microdata", _microdata_names(document)
    yield "meta", [*document.metas(*AUTHOR_METAS), *_card_authors(document)]
    yield "text", _byline_names(untitled, publishers, sections, within=True)
    yield "text", _labelled_authors(own_below)
    yield "page state", state.authors
    yield "text", _introduced_name([*own_above, *below])
    yield "text", _author_box(document)
    yield "text", _name_beside_date(untitled)


def _card_authors(document: Document) -> list[str]:
    """Return the names that the page's preview for social networks labels as authors."""
    return [
        name
        for number in (1, 2)
        if any(_CARD_LABEL.fullmatch(label.strip(" :")) for label in document.metas(f"twitter:label{number}"))
        for name in document.metas(f"twitter:data{number}")
    ]


def _introduced_name(blocks: Sequence[Block]) -> list[str]:
    """Return the name above a paragraph that begins with it: 'Ratna Sari' over 'Ratna Sari menulis tentang ...'."""
    for block, following in pairwise(blocks):
        if (
            is_person(block.text)
            and " " in block.text
            and len(following.text) > MAX_BYLINE_CHARS
            and following.text.startswith((block.text, f"{block.text.split()[0]} "))
        ):
            return [block.text]
    return []


def _author_box(document: Document) -> list[str]:
    """Return the one person whom elements of the page name as author by their classes or links, none if they differ."""
    found: dict[str, str] = {}
    marked = (
        element
        for element in document.tree.iterfind(".//*[@class]")
        if _AUTHOR_NAME_CLASS.search(element.get("class", ""))
    )
    for element in islice(marked, MAX_BYLINE_ELEMENTS):
        text = " ".join(element.text_content().split())
        if len(text) <= MAX_NAME_CHARS and not roles_of(element.get("class", "")) & BlockRole.COMMENTS:
            found |= {name.casefold(): name for name in people([text])}
    return list(found.values()) if len(found) == 1 else []


def _without_others(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks below a text without those of other articles and comments, whose bylines have no colon."""
    return [block for block in blocks if ":" in block.text or not block.roles & OTHER_ROLES]


def _names_organization(value: str) -> bool:
    """Whether a byline names a publisher or desk: then no person is credited, whatever the page's head says."""
    return len(value) <= 50 and not is_person(value)


def _labelled_authors(blocks: Sequence[Block]) -> list[str]:
    names: list[str] = []
    for block in blocks:
        for line in _credit_segments(block):
            if found := _LABELLED_AUTHOR.search(line):
                names += _credited_names(block, found["name"]) or [
                    _FOLLOWING_EDITOR.sub("", _POSTED_NOTE.sub("", _without_date(found["name"])))
                ]
            names += [name for role, name in names_before_roles(line) if role == "author" and is_person(name.strip())]
    names += [name for label, name in _names_beside_role(blocks) if label == "author"]
    return names


def _foreign_byline(blocks: Sequence[Block]) -> list[str]:
    """Return the names in the first line that opens with an author's label in a foreign language."""
    for block in blocks:
        for line in _credit_segments(block):
            found = _FOREIGN_AUTHOR.match(line)
            credited = _credited_names(block, found["name"]) or [_without_date(found["name"])] if found else []
            if credited and all(_is_capitalized(name) for name in credited) and people(credited):
                return credited
    return []


def _is_capitalized(names: str) -> bool:
    """Whether the words up to the first mark begin with capitals, but for small ones: a sentence has others."""
    words = re.split(r"[,;/&(]", names, maxsplit=1)[0].split()
    return bool(words) and all(word[0].isupper() or len(word) <= MAX_PARTICLE_LETTERS for word in words)


def _labelled_editors(blocks: Sequence[Block]) -> list[str]:
    names: list[str] = []
    for block in blocks:
        for line in _credit_segments(block):
            names += _editors_in(line)
            names += [name for role, name in names_before_roles(line) if role == "editor" and is_person(name.strip())]
    names += [name for label, name in _names_beside_role(blocks) if label == "editor"]
    return names


def _editors_in(line: str) -> list[str]:
    """Return the names that follow the label of an editor."""
    if found := _LABELLED_EDITOR.search(line) or _AUTHOR_AND_EDITOR.match(line):
        return [found["name"]]
    found = _EDITOR_AND_NAME.fullmatch(line)
    return [found["name"]] if found and is_person(found["name"]) else []


def _credit_segments(block: Block) -> list[str]:
    return segments(block.text.translate(_BULLETS)) if len(block.text) <= MAX_BYLINE_CHARS else []


def _names_beside_role(blocks: Sequence[Block]) -> list[tuple[str, str]]:
    """Return (role, name) of each name whose role, author or editor, stands in a block of its own beside the name.

    On one page the roles stand either all above or all below their names. A heading above the first role is the
    headline, even if it reads like a name; a single word above it is a section if a longer name follows.
    """
    roles = [
        (i, "author" if match["author"] else "editor")
        for i, block in enumerate(blocks)
        if (match := _ROLE_LINE.match(block.text))
    ]
    if not roles:
        return []
    first = roles[0][0]
    above_role, below_role = blocks[max(first - 1, 0) : first], blocks[first + 1 : first + 2]
    name_above = any(_is_name(block) and block.tag not in HEADLINE_TAGS for block in above_role)
    section_above = any(" " not in block.text for block in above_role) and any(
        _is_name(block) and " " in block.text for block in below_role
    )
    step = -1 if name_above and not section_above else 1
    return [
        (role, blocks[i + step].text.lstrip(" :"))
        for i, role in roles
        if 0 <= i + step < len(blocks)
        and len(blocks[i + step].text) <= 60
        and not _ROLE_LINE.match(blocks[i + step].text)
    ]


def _is_name(block: Block) -> bool:
    return is_person(block.text.strip(" ,"))


def _byline_names(
    blocks: Sequence[Block], publishers: Set[str], sections: Set[str], *, within: bool = False
) -> list[str]:
    """Return the names in the first line that is a byline by its form or markup; `within` one, also of its parts."""
    for block in blocks:
        if len(block.text) > MAX_BYLINE_CHARS or (
            _EDITOR_LINE.match(block.text) and not _LABELLED_AUTHOR.search(block.text)
        ):
            continue
        names = _marked_up_names(block) or _byline_of(block, publishers, sections, within=within)
        if names:
            return names
    return []


def _byline_of(block: Block, publishers: Set[str], sections: Set[str], *, within: bool) -> list[str]:
    """Return the name in a byline: before a mark and a role, the site's name or a job, or alone in a marked element."""
    for form in (_NAME_AND_ROLE, _NAME_AND_PUBLISHER, _NAME_AND_JOB):
        found = form.match(block.text)
        if (
            found
            and is_person(found["name"].strip())
            and letters_only(found["name"]) not in sections
            and (form is not _NAME_AND_PUBLISHER or letters_only(found["publisher"]) in publishers)
        ):
            return [found["name"].strip()]
    if not block.roles & BlockRole.BYLINE or find_printed_dates(block.text) or letters_only(block.text) in sections:
        return []
    is_named = _is_author_class(block) or (within and " " in block.text and is_person(block.text))
    return [block.text] if is_named else []


def _section_keys(document: Document) -> set[str]:
    """Return the names of the page's sections, letters only: those that it states, and the parts of its address.

    The path to the page counts as a whole as well, as it reads in one line.
    """
    paths = ["".join(document.breadcrumb[number:]) for number in range(len(document.breadcrumb))]
    stated = [*document.categories, *document.breadcrumb, *paths, *document.metas("article:section")]
    return {letters_only(name) for name in (*stated, *urlsplit(document.url).path.split("/")) if name}


def _credited_names(block: Block, credited: str) -> list[str]:
    """Return the names in a credit by the page's markup: the words after them may be a job title or another link."""
    marked_up = [name for name in _marked_up_names(block) if name in credited and is_person(name)]
    links = [
        " ".join(e.text_content().split()) for e in islice(block.element.iterdescendants("a"), MAX_BYLINE_ELEMENTS)
    ]
    return marked_up or [name for name in links if name and credited.startswith(name) and is_person(name)]


_AUTHOR_CLASS = re.compile(r"author|penulis|reporter|byline|jurnalis|writer", re.IGNORECASE)
_AUTHOR_NAME_CLASS = re.compile(
    r"(?<![a-z])(?:(?:authors?|writer|byline)[_-]*name|name[_-]+author|author[_-]*(?:box|bio|card|info)[_-]+name|"
    r"author[_-]title)(?![a-z])",
    re.IGNORECASE,
)
"""A class of the element that holds the name of the author, beside the text or in a box below it."""

_AUTHOR_PATH = re.compile(
    r"/(?:penulis|author|authors|reporter|jurnalis|wartawan|kontributor|profile?)/[^/]+/?", re.IGNORECASE
)
_NON_AUTHOR_CLASS = re.compile(
    r"date|time|desc|bio|social|avatar|photo|box|count|comment|title|line$|meta$", re.IGNORECASE
)


def _is_author_class(block: Block) -> bool:
    names = f"{block.element.get('class', '')} {block.element.get('itemprop', '')}"
    return bool(_AUTHOR_CLASS.search(names)) and not _NON_AUTHOR_CLASS.search(names)


def _marked_up_names(block: Block) -> list[str]:
    """Return the texts of the elements in a block whose attributes or link say that they name the author."""
    found: list[str] = []
    for element in islice(block.element.iterdescendants("a", "span", "b", "strong"), MAX_BYLINE_ELEMENTS):
        names = f"{element.get('class', '')} {element.get('rel', '')} {element.get('itemprop', '')}"
        if _AUTHOR_PATH.search(element.get("href", "")):
            names = "author"
        if _AUTHOR_CLASS.search(names) and not _NON_AUTHOR_CLASS.search(names):
            text = " ".join(element.text_content().split())
            if 2 < len(text) <= MAX_NAME_CHARS and text in block.text:
                found.append(text)
    inner = [text for text in found if not any(other != text and text.startswith(other) for other in found)]
    return list(dict.fromkeys(inner))


def _name_beside_date(blocks: Sequence[Block]) -> list[str]:
    """Return the name that stands alone between headline and text, beside the date."""
    for i, block in enumerate(blocks):
        if (
            block.tag in HEADLINE_TAGS
            or block.tag == "li"
            or block.linked > 0.5
            or len(block.text.split()) not in (2, 3, 4)
        ):
            continue
        beside = [*blocks[max(0, i - 1) : i], *blocks[i + 1 : i + 2]]
        if is_person(block.text) and any(
            len(other.text) <= MAX_BYLINE_CHARS and find_printed_dates(other.text) for other in beside
        ):
            return [block.text]
    return []


def _without_date(text: str) -> str:
    """Return a credit without the date behind it, and without what stands behind a number."""
    dates = date_mentions(text)
    text = text[: dates[0].start] if dates else text
    return re.split(r"\b(?:pada|on)\s*$|\b(?:pada|on)\s+(?=\w+,?\s*\d)|\s+(?=\d{1,2}[,\s])", text, maxsplit=1)[
        0
    ].strip()


def _json_ld_people(document: Document) -> list[str]:
    """Return the names of authors whom JSON-LD states as `Person`: those of accounts that are not people fall away."""
    index = by_id(document.nodes)
    authors = as_list(document.article.get("author")) if document.article is not None else []
    nodes = [
        index.get(str(item.get("@id")), item) if "name" not in item else item
        for item in authors
        if isinstance(item, dict)
    ]
    typed = [(types(node) or types(index.get(str(node.get("@id")), {})), node) for node in nodes]
    return [name for kinds, node in typed if "Person" in kinds for name in _names_of(node)]


def _microdata_names(document: Document) -> list[str]:
    """Return the names in microdata of the article's author, as Blogger's templates have it below the text."""
    names: list[str] = []
    for element in islice(document.tree.iterfind(".//*[@itemprop]"), MAX_MICRODATA_ELEMENTS):
        if "author" in element.get("itemprop", "").split() and not stands_apart(element):
            name = next((part for part in element.iter() if "name" in part.get("itemprop", "").split()), element)
            names.append(name.get("content") or " ".join(name.text_content().split()))
    return names


def _json_ld_names(document: Document, keys: tuple[str, ...]) -> list[str]:
    node = document.article
    nodes = [node] if node is not None else [n for n in document.nodes if "WebPage" in types(n)][:1]
    index = by_id(document.nodes)
    return [name for item in nodes for key in keys for name in _names_in(item.get(key), index)]


def _names_in(value: object, index: dict[str, Node]) -> list[str]:
    names: list[str] = []
    for item in as_list(value):
        if isinstance(item, dict):
            reference = item.get("@id")
            node = index.get(reference, item) if isinstance(reference, str) and "name" not in item else item
            if "Organization" not in types(node) and "NewsMediaOrganization" not in types(node):
                names += _names_of(node)
        elif isinstance(item, str):
            names.append(item)
    return names


def _names_of(node: Node) -> list[str]:
    """Return the name of a person in JSON-LD, which may be stated in two parts."""
    whole = list(texts(node.get("name")))
    parts = [*texts(node.get("givenName")), *texts(node.get("familyName"))]
    return whole or ([" ".join(parts)] if parts else [])
