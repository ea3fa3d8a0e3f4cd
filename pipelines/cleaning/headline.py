"""The headline as a reader sees it: the heading on the page, without the site's name at its end."""

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from difflib import SequenceMatcher
from html import unescape
from itertools import islice
from urllib.parse import SplitResult, urlsplit

from pipelines.cleaning.blocks import MIN_HEADLINE_LETTERS, Block, BlockRole, roles_of
from pipelines.cleaning.document import Document
from pipelines.cleaning.jsonld import texts
from pipelines.cleaning.page_parts import stands_apart
from pipelines.cleaning.person_names import host_labels
from pipelines.cleaning.text_normalization import collapse_whitespace, letters_only
from pipelines.web_address import joined

_SEPARATOR = re.compile(
    r"\s+(?:[|•·»«›‹~/]|::|[-–—])\s+|\s*\|\s*|\s+::\s*|\s*::\s+|\s*[»«]\s*|"
    r"(?<=[\u3040-\u30ff\u3400-\u9fff])[_-]{1,2}(?=[\u3040-\u30ff\u3400-\u9fff])"
)
"""What parts the segments of a title: in Chinese and Japanese also a line or two without blanks around them."""

_PAGE_NUMBER = re.compile(
    r"\s+[-–|]\s+(?:halaman|hal\.?|page)\s+(?:\d+|all)(?:\s+of\s+\d+|\s+dari\s+\d+)?(?=$|\s+[-–|])", re.IGNORECASE
)

HEADING_TAGS = frozenset({"h1", "h2", "h3"})
"""Headings that hold headlines: of the first rank on most sites, of the second or third in Blogger's templates."""

OTHER_ARTICLE_ROLES = BlockRole.RELATED | BlockRole.COMMENTS
"""Roles of an `<article>` that is another one than the page's."""

MAX_HEADING_LEVELS = 4
"""Levels of elements that hold all of a heading: most have none or one."""

OTHER_HEADING_ROLES = BlockRole.RELATED | BlockRole.BYLINE | BlockRole.COMMENTS | BlockRole.FOOTER
"""Roles of parts that repeat a title of the head and are not its headline: breadcrumbs, lists, the footer."""

MIN_SITE_NAME_LETTERS = 3
"""Letters of a site's name, and of a title that is better than none."""

MIN_HELD_NAME_LETTERS = 4
"""Letters of a site's name that counts where it stands among other words."""

MAX_SITE_NAME_WORDS = 5
"""Words of a segment of a title that names the site."""

MAX_HEADINGS = 300
"""Headings of the first rank, and of the others, that are looked at: those of an article stand before its text."""

MAX_HEADING_LINKS = 3
"""Links of a heading that are looked at."""

_MARKED = re.compile(r"(?<![\w-])(?:entry-title|post-title|article-title|headline)(?![\w-])", re.IGNORECASE)
_LOGO = re.compile(r"\b(?:logo|brand|site-?(?:title|name)|blog-?name|masthead|sr-only)\b", re.IGNORECASE)
_BLOG_TITLE = re.compile(r"\bblog-?title\b", re.IGNORECASE)
"""A class of the names of blogs, and of the headlines of posts in a company's blog."""

MIN_POST_TITLE_WORDS = 5
"""Words of a heading of that class that is a headline; names of blogs have fewer."""

_SITE_WORDS = frozenset(
    {
        "news", "berita", "kabar", "online", "indonesia", "com", "id", "co", "net", "org", "www", "tekno",
        "teknologi", "techno", "tech", "portal", "media", "official", "situs", "blog", "terkini", "terbaru",
        "terpercaya", "hari", "ini", "network", "digital", "tv", "sport", "sports", "bola", "otomotif", "bisnis",
        "ekonomi", "nasional", "regional", "video", "foto", "lifestyle", "gadget", "gawai", "review", "the", "di",
        "dari", "by", "oleh", "and", "dan", "magazine", "majalah", "times", "post", "daily", "harian",
    }
)  # fmt: skip
"""Words that sites add to their names in titles."""

MAX_SECTION_NAME_WORDS = 2
"""Words of a section's name that may stand between a headline and the site's name."""

MIN_TITLE_SIMILARITY = 0.8
"""Similarity (0 to 1) of a heading and a title in the head that are two wordings of one headline."""

MAX_PREFIX_LETTERS = 25
"""Letters by which a visible headline may be longer than the one in the head: 'In Picture:', 'FOTO:', 'VIDEO:'."""


_JOINT = re.compile(r"\s*[:|–—-]\s")
"""What a title puts between a kicker and the headline."""

_KICKER_MARKS = " :|–—-•·"


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline, its source, and the block of the page that shows it, if there is one."""

    text: str
    source: str
    block: Block | None = None


def stated_titles(document: Document) -> list[tuple[str, str]]:
    """Return (source, title) of each title in the page's head, the most trusted first."""
    found: list[tuple[str, str]] = []
    if document.article is not None:
        found += [("json-ld", title) for title in texts(document.article.get("headline"))]
    found += [("opengraph", title) for title in document.metas("og:title")]
    found += [
        ("meta", title) for title in document.metas("originaltitle", "twitter:title", "title", "dc.title", "headline")
    ]
    if document.title:
        found.append(("title", document.title))
    return [(source, cleaned) for source, title in found if (cleaned := collapse_whitespace(_unescape(title)))]


def find_headline(
    document: Document,
    blocks: Sequence[Block],
    site_names: Iterable[str],
    hint: str | None,
    selector: str | None = None,
) -> Headline | None:
    """Return the headline of a page, or None if neither the page nor the hint has one.

    The headline is what the site's CSS `selector` matches. Without one, it is the heading on the page that agrees with
    a title in its head, else the heading that is marked as the article's or is the only one of its rank: search engines
    are often given another title than readers. Without such a heading, the title in the head is taken, without the
    site's name at its ends; then the hint.
    """
    if selector and (selected := _selected(document, selector)):
        return Headline(selected, "selector")
    main = [block for block in blocks if block.tag == "h1"][:MAX_HEADINGS]
    others_of_rank = [block for block in blocks if block.tag in HEADING_TAGS and block.tag != "h1"][:MAX_HEADINGS]
    logos = {block.index: block.match_key for block in (*main, *others_of_rank) if _links_home(block, document.url)}
    headings = [block for block in (*main, *others_of_rank) if block.index not in logos]
    names = {letters_only(name) for name in (*site_names, *host_labels(document.url))} | set(logos.values())
    names = {key for key in names if len(key) >= MIN_SITE_NAME_LETTERS}
    whole = stated_titles(document)
    others = {letters_only(title) for _, title in whole} | {block.match_key for block in headings}
    sections = {letters_only(section) for section in _sections(document)}
    tails = sections | {letters_only(part) for part in urlsplit(document.url).path.split("/")[1:-1]}
    stated = [(source, cleaned) for source, title in whole if (cleaned := without_site(title, names, others, tails))]
    title_keys = [letters_only(title) for _, title in stated]
    title_keys = [key for key in title_keys if len(key) >= MIN_HEADLINE_LETTERS]
    visible = (
        _visible_headline(blocks, headings, title_keys, document.url)
        or _marked_headline(document, headings, names, sections)
        or _only_heading(document, headings, names, sections, is_titled=bool(title_keys))
    )
    if visible is not None:
        text = _without_name(_without_kicker(visible, [title for _, title in stated]), names)
        return Headline(text, "h1" if visible.tag == "h1" else "text", visible)
    for source, title in stated:
        if len(letters_only(title)) >= MIN_SITE_NAME_LETTERS:
            return Headline(title, source)
    return Headline(collapse_whitespace(hint), "feed") if hint and collapse_whitespace(hint) else None


def _without_name(headline: str, names: Set[str]) -> str:
    """Return a headline without the site's name behind it: a page that shows it one day may lack it on the next."""
    parts = _SEPARATOR.split(headline)
    if len(parts) < 2 or letters_only(parts[-1]) not in names:
        return headline
    kept = headline[: headline.rindex(parts[-1])]
    kept = kept[: -len(_SEPARATOR.findall(headline)[-1])].strip()
    return kept if len(letters_only(kept)) >= MIN_HEADLINE_LETTERS else headline


def _selected(document: Document, selector: str) -> str:
    texts_found = (collapse_whitespace(element.text_content()) for element in document.tree.cssselect(selector))
    return next((text for text in texts_found if text), "")


def _visible_headline(
    blocks: Sequence[Block], headings: Sequence[Block], title_keys: list[str], url: str
) -> Block | None:
    """Return the heading that agrees with a title in the head."""
    if not title_keys:
        return None
    main = [block for block in headings if block.tag == "h1"]
    for block in main:
        if block.match_key in title_keys:
            return block
    for block in main:
        if any(_is_same_headline(block.match_key, key) for key in title_keys):
            return block
    for block in blocks:
        if block.tag not in ("h2", "h3", "div", "header", "td") or block.roles & OTHER_HEADING_ROLES:
            continue
        key = block.match_key
        if (block.linked < 0.5 or _links_to(block, url)) and any(
            key == title or (key.endswith(title) and len(key) - len(title) <= MAX_PREFIX_LETTERS)
            for title in title_keys
        ):
            return block
    return None


def _marked_headline(
    document: Document, headings: Sequence[Block], names: Set[str], sections: Set[str]
) -> Block | None:
    """Return the heading whose class or microdata says that it is the article's, if there is only one."""
    marked = [
        block
        for block in headings
        if _MARKED.search(f"{block.element.get('class', '')} {block.element.get('itemprop', '')}")
        and _can_be_headline(block, document, names, sections)
    ]
    return marked[0] if len({block.match_key for block in marked}) == 1 else None


def _only_heading(
    document: Document, headings: Sequence[Block], names: Set[str], sections: Set[str], *, is_titled: bool
) -> Block | None:
    """Return the heading of the first rank that can be the headline; on a page with titles, if there is only one."""
    found = [block for block in headings if block.tag == "h1" and _can_be_headline(block, document, names, sections)]
    is_certain = bool(found) and (not is_titled or len({block.match_key for block in found}) == 1)
    return found[0] if is_certain else None


def _without_kicker(block: Block, titles: Sequence[str]) -> str:
    """Return the headline that a heading shows, without a kicker before it, or parted from it.

    A kicker has an element of its own at the heading's beginning and no colon of its own. It is left out if a title in
    the page's head is the rest of the heading; it gets the mark that a title puts behind it if the heading has none.
    """
    text = _readable(block.text)
    kicker = _opening_part(block) if block.tag in HEADING_TAGS else ""
    if not kicker or kicker.endswith(":") or not text.startswith(kicker):
        return text
    rest = text[len(kicker) :].lstrip(_KICKER_MARKS)
    keys = {letters_only(title): title for title in titles}
    rest_key = letters_only(rest)
    if len(rest_key) >= MIN_HEADLINE_LETTERS and rest_key in keys:
        return rest
    title = keys.get(letters_only(text), "")
    joint = _JOINT.search(_mark_behind(title, letters_only(kicker)))
    return f"{kicker}{joint[0]}{rest}" if joint else text


def _opening_part(block: Block) -> str:
    """Return the text of the element that a heading opens with, empty if it is all of the heading or none."""
    element = block.element
    whole = _readable(element.text_content())
    if whole != _readable(block.text):
        return ""
    for _ in range(MAX_HEADING_LEVELS):
        if (element.text or "").strip():
            return ""
        part = next((child for child in element if isinstance(child.tag, str) and child.text_content().strip()), None)
        if part is None:
            return ""
        text = _readable(part.text_content())
        if text != whole:
            return text if whole.startswith(text) else ""
        element = part
    return ""


def _mark_behind(title: str, key: str) -> str:
    """Return what stands in a title between the letters of `key`, which it opens with, and the next letter."""
    for place, character in enumerate(title):
        if not key:
            rest = title[place:]
            return rest[: next((n for n, other in enumerate(rest) if other.isalnum()), len(rest))]
        key = key[len(letters_only(character)) :]
    return ""


def _can_be_headline(block: Block, document: Document, names: Set[str], sections: Set[str]) -> bool:
    """Whether a heading can be the headline, and not the name of the site or of a section, or another article's.

    `names` and `sections` are those of the site and of its sections, letters only.
    """
    key = block.match_key
    return (
        len(key) >= MIN_HEADLINE_LETTERS
        and key not in names
        and not names_site(block.text, names)
        and key not in sections
        and (block.linked < 0.5 or _links_to(block, document.url))
        and not _stands_apart(block)
        and not _names_the_site(block)
    )


def _stands_apart(block: Block) -> bool:
    """Whether a heading stands in a part that is not about the article: within `<article>` or `<main>`, if in one.

    What is around these holds the whole article: a header that was never closed, a container with advertisements.
    """
    container = next(block.element.iterancestors("article", "main"), None)
    if container is None:
        return stands_apart(block.element)
    is_others = roles_of(f"{container.get('class', '')} {container.get('id', '')}") & OTHER_ARTICLE_ROLES
    return bool(is_others) or stands_apart(block.element, container[0])


def _names_the_site(block: Block) -> bool:
    """Whether the class of a heading says that it is the name of the site."""
    names = f"{block.element.get('class', '')} {block.element.get('id', '')}"
    is_short = len(block.text.split()) < MIN_POST_TITLE_WORDS
    return bool(_LOGO.search(names)) or (is_short and bool(_BLOG_TITLE.search(names)))


def _sections(document: Document) -> set[str]:
    """Return the names of the sections that the page says it is in."""
    return {
        *document.categories,
        *document.metas("article:section"),
        *document.breadcrumb[:-1],
        *(texts(document.article.get("articleSection")) if document.article is not None else ()),
    }


def _links(block: Block) -> Iterator[str]:
    yield from (link.get("href", "") for link in islice(block.element.iter("a"), MAX_HEADING_LINKS))
    yield from (link.get("href", "") for link in islice(block.element.iterancestors("a"), 1))


def _targets(block: Block, url: str) -> Iterator[SplitResult]:
    """Where a heading on the page at `url` links to, other than by a fragment or a script."""
    for href in _links(block):
        if href and not href.startswith(("#", "javascript:")) and (target := joined(url, href)):
            yield urlsplit(target)


def _links_home(block: Block, url: str) -> bool:
    """Whether a heading is the site's name as a link to its home page."""
    return block.linked > 0.5 and any(target.path in ("", "/") and not target.query for target in _targets(block, url))


def _links_to(block: Block, url: str) -> bool:
    """Whether a heading links to its own page, as those of some systems do."""
    path = urlsplit(url).path.rstrip("/")
    return bool(path) and any(target.path.rstrip("/") == path for target in _targets(block, url))


def _is_same_headline(heading: str, title: str) -> bool:
    if len(heading) < MIN_HEADLINE_LETTERS:
        return False
    if heading in title and len(heading) >= 0.5 * len(title):
        return True
    if title in heading and len(heading) - len(title) <= MAX_PREFIX_LETTERS:
        return True
    matcher = SequenceMatcher(None, heading, title, autojunk=False)
    return (
        matcher.real_quick_ratio() >= MIN_TITLE_SIMILARITY
        and matcher.quick_ratio() >= MIN_TITLE_SIMILARITY
        and matcher.ratio() >= MIN_TITLE_SIMILARITY
    )


def without_site(title: str, names: Set[str], others: Set[str] = frozenset(), sections: Set[str] = frozenset()) -> str:
    """Return a title without the segments at its ends that name the site, and the section before them.

    `names` holds the site's names, `others` the page's other titles, `sections` its sections, letters only. All that
    follows a segment which is the site's name goes as well: a slogan. A segment that holds more words than the site's
    name stays, unless those words are what sites call themselves, or one of `others` lacks the segment.
    """
    title = _PAGE_NUMBER.sub("", title)
    parts = _SEPARATOR.split(title)
    marks = _SEPARATOR.findall(title)
    segments = len(parts)
    for number in range(1, len(parts)):
        if letters_only(parts[number]) in names and len(letters_only("".join(parts[:number]))) >= MIN_HEADLINE_LETTERS:
            parts, marks = parts[: number + 1], marks[:number]
            break
    while len(parts) > 1 and names_site(parts[-1], names, lacking=letters_only("".join(parts[:-1])) in others):
        parts.pop()
        if marks.pop().strip() == "::" and len(parts) > 1 and len(parts[-1].split()) <= MAX_SECTION_NAME_WORDS:
            parts.pop()  # 'Headline - Section :: Site'
            marks.pop()
    while (
        len(parts) > 1
        and (len(parts) < segments or marks[-1].strip() == "|")
        and letters_only(parts[-1]) in sections
        and len(letters_only("".join(parts[:-1]))) >= MIN_HEADLINE_LETTERS
    ):
        parts.pop()
        marks.pop()
    while len(parts) > 1 and letters_only(parts[0]) in names:
        parts.pop(0)
        marks.pop(0)
    kept = parts[0] + "".join(mark + part for mark, part in zip(marks, parts[1:], strict=True))
    head, colon, rest = kept.partition(": ")
    if colon and letters_only(head) in names and len(letters_only(rest)) >= MIN_HEADLINE_LETTERS:
        kept = rest
    head, colon, rest = kept.rpartition(" : ")
    if colon and letters_only(rest) in names and len(letters_only(head)) >= MIN_HEADLINE_LETTERS:
        kept = head
    return kept.strip()


def names_site(segment: str, names: Set[str], *, lacking: bool = False) -> bool:
    """Whether a segment of a title names the site: by its name, or by its name and words that sites call themselves.

    If another title is `lacking` the segment, any few words around the name will do.
    """
    key = letters_only(segment)
    if not key or key in names:
        return True
    words = [letters_only(word) for word in segment.split()]
    held = [name for name in names if len(name) >= MIN_HELD_NAME_LETTERS and name in key]
    if len(words) > MAX_SITE_NAME_WORDS or not held:
        return False
    return lacking or all(
        word in _SITE_WORDS or any(word in name or name in word for name in held) for word in words if word
    )


_INLINE_TAG = re.compile(r"</?(?:b|i|em|strong|span|br)\b[^>]*>", re.IGNORECASE)


def _unescape(title: str) -> str:
    return _INLINE_TAG.sub(" ", unescape(title))


def _readable(text: str) -> str:
    """Return a heading as a line; a page that escapes its text twice shows '&#x26;'."""
    return collapse_whitespace(unescape(text) if "&#" in text else text)
