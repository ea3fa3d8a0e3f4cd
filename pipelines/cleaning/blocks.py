"""A page as the sequence of its text blocks, each with what the markup around it tells about its role."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from lxml import etree
from lxml.html import HtmlElement

from pipelines.cleaning.text_normalization import letters_only


class BlockRole:
    """What the tags, classes and ids around a block say that it is: evidence, not proof.

    The roles are bits of a plain int. They are tested thousands of times per page, and the operators of an enum took a
    twentieth of cleaning's time.
    """

    CAPTION = 1 << 0
    RELATED = 1 << 1
    ADVERT = 1 << 2
    SHARE = 1 << 3
    COMMENTS = 1 << 4
    BYLINE = 1 << 5
    CONTENTS = 1 << 6
    EMBED = 1 << 7
    POST = 1 << 8
    ASIDE = 1 << 9
    FOOTER = 1 << 10
    TAGS = 1 << 11
    FORM = 1 << 12
    TABLE = 1 << 13
    BIOGRAPHY = 1 << 14
    DIALOG = 1 << 15
    HIDDEN = 1 << 16


FURNITURE_ROLES = (
    BlockRole.RELATED
    | BlockRole.ADVERT
    | BlockRole.SHARE
    | BlockRole.COMMENTS
    | BlockRole.CONTENTS
    | BlockRole.EMBED
    | BlockRole.POST
    | BlockRole.ASIDE
    | BlockRole.FOOTER
    | BlockRole.TAGS
    | BlockRole.FORM
    | BlockRole.BIOGRAPHY
    | BlockRole.DIALOG
    | BlockRole.HIDDEN
)
"""Roles of what stands beside an article: an element that holds the headline is none of them, whatever its names."""

MIN_HEADLINE_LETTERS = 12
"""Letters of a heading that can be a headline; a shorter one is the name of a section."""

BLOCK_ROLES = tuple(bit for name, bit in vars(BlockRole).items() if name.isupper())


BLOCK_TAGS = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt",
        "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
        "html", "li", "main", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead",
        "tr", "ul",
    }
)  # fmt: skip
MAX_KNOWN_NAMES = 8_192
"""Classes and ids, and words in them, of which the meaning is remembered: a page has some hundreds, and pages of a site
share most. What they mean depends on nothing else, so that memory cannot change an outcome."""

MAX_BLOCKS = 80_000
"""Blocks of a page that are read: the largest real page seen has 4,000, and cleaning one takes 40 microseconds."""

SKIPPED_TAGS = frozenset({"head", "title", "label", "legend", "option"})
CELL_TAGS = frozenset({"td", "th"})
BOLD_TAGS = frozenset({"b", "strong"})
IMAGE_TAGS = frozenset({"img", "picture", "amp-img"})
HANDLED_TAGS = BLOCK_TAGS | SKIPPED_TAGS | CELL_TAGS | BOLD_TAGS | IMAGE_TAGS | {"br", "a", "span"}
"""Elements that `_Flattener` handles; only the text of all others counts."""

_ROLES_BY_TAG = {
    "figcaption": BlockRole.CAPTION,
    "figure": BlockRole.CAPTION,
    "aside": BlockRole.ASIDE,
    "footer": BlockRole.FOOTER,
    "form": BlockRole.FORM,
    "fieldset": BlockRole.FORM,
    "table": BlockRole.TABLE,
    "address": BlockRole.BYLINE,
    "dialog": BlockRole.DIALOG,
}

_ROLES_BY_ARIA = {
    "dialog": BlockRole.DIALOG,
    "alertdialog": BlockRole.DIALOG,
    "complementary": BlockRole.ASIDE,
    "contentinfo": BlockRole.FOOTER,
}
"""Roles by the `role` attribute (WAI-ARIA 1.2)."""

_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)

_ROLE_WORDS: tuple[tuple[int, str], ...] = (
    (
        BlockRole.BIOGRAPHY | BlockRole.BYLINE,
        r"author-?(?:box|bio|info|desc\w*)(?:-\w+)*|about-?author|saboxplugin\w*(?:-\w+)*|"
        r"molongui\w*(?:-\w+)*",
    ),
    (
        BlockRole.CAPTION,
        r"captions?|figcaption|photo-gallery--item--desc\w*|wp-caption|photo-?caption|"
        r"keterangan-?foto|foto-?caption|image-?credit|"
        r"photo-?credit|"
        r"img-?credit|picture-?credit|pic_artikel|detail__media-caption|media-caption|sumber-?foto",
    ),
    (
        BlockRole.RELATED,
        r"related\w*|terkait|baca-?juga\w*|bacajuga|read-?(?:also|more|next)|lihat-?juga|lihatjg|"
        r"linksisip\w*|"
        r"recommend\w*|rekomendasi|rekomen|popular\w*|terpopuler|populer|trending|"
        r"most-?read|more-?from|next-?article|"
        r"prev-?article|prev-?next|post-?navigation|inline-?link|sisip|artikel-?lain|"
        r"berita-?lain|beritaterkait|"
        r"ten-?second|summary-article|ringkasan\w*|you-?may|also-?like|suggest\w*|"
        r"topik-?terkait|crosslink|taboola|outbrain|dable|mgid",
    ),
    (
        BlockRole.ADVERT,
        r"ads?|ad-?slot|adv|advert\w*|iklan|banner\w*|parallax\w*|sponsor\w*|promo|paradetail|"
        r"advertisement-\w*",
    ),
    (
        BlockRole.SHARE,
        r"share\w*|sharing|sosmed|social\w*|addthis|addtoany|sharedaddy|bagikan",
    ),
    (
        BlockRole.COMMENTS,
        r"comments?|comment-?\w*|komentar\w*|respond|disqus\w*|tdb_single_comments|reply-\w+|"
        r"td-comments?\w*|"
        r"commentform|comment_\w+|fb-comments|td-form-\w+|td-warning-\w+|form-submit",
    ),
    (
        BlockRole.BYLINE,
        r"by-?line\w*|author\w*|penulis|reporter|jurnalis|entry-?meta|post-?meta|article-?meta|"
        r"post-?date|entry-?date|"
        r"publish\w*-?date|date-?publish\w*|tanggal|tgl|td-module-meta-info|"
        r"detail__author|detail__date|breadcrumbs?|"
        r"read__author|read__time|credit-?title",
    ),
    (
        BlockRole.CONTENTS,
        r"toc|toc[-_]\w*|ez-toc\w*|table-?of-?contents?|daftar-?isi|lwptoc\w*|kk-star-ratings",
    ),
    (
        BlockRole.POST,
        r"twitter-(?:tweet|video)|instagram-media|fb-(?:post|video)|tiktok-embed|bluesky-embed|"
        r"text-post-media|reddit-embed-bq",
    ),
    (
        BlockRole.EMBED,
        r"embed\w*|wp-embedded-content|wp-block-embed",
    ),
    (
        BlockRole.DIALOG,
        r"modal\w*|dialog\w*|pop-?up\w*|off-?canvas|lightbox|"
        r"(?:cookies?|gdpr|kuki)(?:-\w+)*|cookie\w*|consent\w*|onetrust\w*|cmp-\w+|log-?in-?\w*|sign-?in|register-?form",
    ),
    (
        BlockRole.FOOTER,
        r"footer|site-?footer|copyright|disclaimer",
    ),
    (
        BlockRole.TAGS,
        r"tags?|tag-?list|tagcloud|post-?tags|article-?tags|tags-links|detail__body-tag|"
        r"td-post-source-tags|keyword",
    ),
)
_ROLE_NAMES = re.compile(
    r"(?<![a-z])(?:"
    + "|".join(f"(?P<p{number}>{words})" for number, (_, words) in enumerate(_ROLE_WORDS))
    + r")(?![a-z])"
)


@lru_cache(maxsize=MAX_KNOWN_NAMES)
def roles_of(names: str) -> int:
    """Return the roles that the class or id of an element names."""
    roles = 0
    tokens = names.lower().replace("_", "-").split()
    is_post = "hentry" in tokens
    for token in tokens:
        if is_post and token.startswith(("category-", "tag-")):
            continue  # WordPress names the categories and tags of a post in its class
        roles |= _roles_of_word(token)
    return roles


@lru_cache(maxsize=MAX_KNOWN_NAMES)
def _roles_of_word(word: str) -> int:
    roles = 0
    for match in _ROLE_NAMES.finditer(word):
        if match.lastgroup is not None:
            roles |= _ROLE_WORDS[int(match.lastgroup[1:])][0]
    return roles


@dataclass(slots=True)
class Block:
    """One run of text between two block boundaries. `roles` holds bits of BlockRole.

    `match_key` holds its letters and digits only, to compare texts regardless of spacing and punctuation. `element` is
    the block element around it and `tag` that element's tag. `linked` and `bold` are the shares (0 to 1) of its
    characters inside links and inside bold type, `lead` is the bold text that it opens with. `after_break` is true if a
    `<br>` opens it, `after_image` if an image stands between it and the block before. `prose` is what `is_prose` says
    of it, None before it was asked.
    """

    text: str
    match_key: str
    element: HtmlElement
    tag: str
    roles: int
    linked: float
    bold: float
    lead: str
    after_break: bool
    after_image: bool
    index: int = 0
    prose: bool | None = field(default=None, init=False, repr=False)


class _Flattener:
    """The state of one walk over a page: the finished blocks, and the text of the block that is open."""

    def __init__(self, tree: HtmlElement) -> None:
        self.around_headline = _around_headline(tree)
        self.blocks: list[Block] = []
        self.stack: list[tuple[HtmlElement, int]] = [(tree, 0)]
        self.parts: list[str] = []
        self.lead: list[str] = []
        self.linked = self.bold = self.total = 0
        self.in_link = self.in_bold = self.skipped = 0
        self.after_break = self.after_image = False

    def add(self, text: str) -> None:
        if self.skipped:
            return
        if text.isspace():
            if self.total:
                self.parts.append(" ")
            return
        self.parts.append(text)
        size = len(text)
        if self.in_bold:
            if self.bold == self.total:
                self.lead.append(text)
            self.bold += size
        if self.in_link:
            self.linked += size
        self.total += size

    def end(self, after_break: bool = False) -> None:
        """Close the open block if it holds text. `after_break` is true if a `<br>` closes it."""
        if self.total:
            text = " ".join("".join(self.parts).split())
            element, roles = self.stack[-1]
            self.blocks.append(
                Block(
                    text=text,
                    match_key=letters_only(text),
                    element=element,
                    tag=element.tag,
                    roles=roles,
                    linked=self.linked / self.total,
                    bold=self.bold / self.total,
                    lead=" ".join("".join(self.lead).split()),
                    after_break=self.after_break,
                    after_image=self.after_image,
                    index=len(self.blocks),
                )
            )
            self.after_image = False
            self.after_break = after_break
            self.linked = self.bold = self.total = 0
            self.lead.clear()
            self.parts.clear()
        elif after_break:
            self.after_break = True

    def open(self, element: HtmlElement, tag: str) -> None:
        if tag in CELL_TAGS and not _is_layout_cell(element):
            self.add(" ")
        elif tag in BLOCK_TAGS:
            if self.total:
                self.end()
            roles = _stated_roles(element)
            if tag in _ROLES_BY_TAG and (tag != "figure" or element.find(".//table") is None):
                roles |= _ROLES_BY_TAG[tag]
            if roles and element in self.around_headline:
                roles &= ~FURNITURE_ROLES
            self.stack.append((element, roles | self.stack[-1][1]))
        elif tag == "br":
            self.end(after_break=True)
        elif tag == "a" and _is_link(element):
            self.in_link += 1
        elif tag in BOLD_TAGS:
            self.in_bold += 1
        elif tag in IMAGE_TAGS:
            self.after_image = True
        elif tag in SKIPPED_TAGS or (tag == "span" and _is_for_screen_readers(element)):
            self.skipped += 1

    def close(self, element: HtmlElement, tag: str) -> None:
        if tag in BLOCK_TAGS:
            if self.stack[-1][0] is element:
                if self.total:
                    self.end()
                self.stack.pop()
        elif tag == "a" and _is_link(element):
            self.in_link -= 1
        elif tag in BOLD_TAGS:
            self.in_bold -= 1
        elif tag in SKIPPED_TAGS or (tag == "span" and _is_for_screen_readers(element)):
            self.skipped -= 1


def flatten(tree: HtmlElement) -> list[Block]:
    """Return the text blocks of a page in reading order, MAX_BLOCKS at most."""
    walk = _Flattener(tree)
    add, opened, closed = walk.add, walk.open, walk.close
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        tag = element.tag
        if event == "start":
            if tag in HANDLED_TAGS:
                opened(element, tag)
            text = element.text
        else:
            if tag in HANDLED_TAGS:
                closed(element, tag)
            text = element.tail
        if text:
            add(text)
        if len(walk.blocks) >= MAX_BLOCKS:
            break
    walk.end()
    return walk.blocks


def _around_headline(tree: HtmlElement) -> frozenset[HtmlElement]:
    """Return the elements around the first heading that the page's title repeats."""
    title = letters_only(tree.findtext(".//title") or "")
    for heading in tree.iter("h1", "h2") if title else ():
        key = letters_only("".join(heading.itertext()))
        if len(key) >= MIN_HEADLINE_LETTERS and key in title:
            return frozenset(heading.iterancestors())
    return frozenset()


def _stated_roles(element: HtmlElement) -> int:
    """Return the roles that the attributes of an element state: its names, its role, and that it is hidden."""
    roles = 0
    for name, value in element.items():
        if name in ("class", "id"):
            roles |= roles_of(value)
        elif name == "role":
            roles |= _ROLES_BY_ARIA.get(value, 0)
        elif _hides(name, value):
            roles |= BlockRole.HIDDEN
    return roles


def is_hidden(element: HtmlElement) -> bool:
    """Whether an element says that readers do not see it, at first at least."""
    return any(_hides(name, value) for name, value in element.items())


def _hides(name: str, value: str) -> bool:
    return (
        name == "hidden"
        or (name == "aria-hidden" and value == "true")
        or (name == "style" and _HIDDEN_STYLE.search(value) is not None)
    )


def _is_link(anchor: HtmlElement) -> bool:
    """Whether an anchor is a link; one that leads nowhere and was left open holds whole paragraphs."""
    return anchor.get("href") is not None or not any(child.tag in BLOCK_TAGS for child in anchor)


def _is_layout_cell(cell: HtmlElement) -> bool:
    """Whether a table cell holds blocks of its own. Cells that do not are joined into one line per row."""
    return any(child.tag in BLOCK_TAGS or child.tag == "br" for child in cell)


def _is_for_screen_readers(element: HtmlElement) -> bool:
    """Whether an element is for screen readers only."""
    names = element.get("class", "")
    return "screen-reader" in names or "visually-hidden" in names or "sr-only" in names
