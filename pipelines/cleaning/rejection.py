"""Rejects pages that are not articles, by what they say about themselves and by what their text consists of.

Each function returns a Rejection, or None if its reason does not apply.
"""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from pipelines.article import Reason, Rejection
from pipelines.cleaning.blocks import BLOCK_TAGS, Block, BlockRole
from pipelines.cleaning.date_parsing import find_printed_dates
from pipelines.cleaning.document import Document
from pipelines.cleaning.jsonld import types
from pipelines.cleaning.paywall import wall_at
from pipelines.cleaning.prose import is_prose
from pipelines.cleaning.residue import MIN_LONG_PARAGRAPH_CHARS, TextLine

MIN_UNQUESTIONED_WORDS = 120
"""Words of a text that is not tested for the signs of block pages, missing pages and paywalls: an article may quote
them."""

_BLOCKED = re.compile(
    r"just a moment|attention required|access (?:to this page has been )?denied|403 forbidden|"
    r"^forbidden$|request (?:was )?blocked|are you (?:a )?(?:robot|human)|"
    r"checking (?:if the site connection is secure|your browser)|"
    r"verify(?:ing)? (?:that )?you are (?:a )?human|pardon our interruption|"
    r"ddos protection|error 10(?:06|09|10|12|15|20)\b|website firewall|incapsula|captcha|"
    r"unusual traffic|security check|too many requests|"
    r"akses ditolak|verifikasi bahwa anda (?:manusia|bukan robot)|please enable (?:js|javascript|cookies) and",
    re.IGNORECASE,
)
_MISSING = re.compile(
    r"\b404\b|page (?:was |can(?:no|')t be |could not be )?not found|^not found|"
    r"halaman (?:yang anda (?:cari|tuju) )?tidak (?:di)?temukan|(?:artikel|berita|"
    r"konten) (?:tidak ditemukan|telah dihapus|tidak tersedia)|"
    r"(?:oops|ups|maaf)[,!. ].{0,60}(?:tidak (?:di)?temukan|tidak tersedia|not found|hilang)|"
    r"halaman tidak tersedia|no longer available",
    re.IGNORECASE,
)
_LISTING_PATH = re.compile(
    r"/(?:tags?|topi[ck]s?|topik|kategori|category|categories|indeks?|index|search|cari|pencarian|"
    r"author|penulis|profil|page|laman|arsip|archive|rss|feed|"
    r"terpopuler|terbaru|trending)(?P<below>/[^/]+)?/?$",
    re.IGNORECASE,
)
"""The path of a list, and that of one subject's list below it. Deeper paths are of articles filed under a subject."""

_LISTING_TYPES = frozenset({"SearchResultsPage", "ProfilePage", "AboutPage", "ContactPage"})
_COLLECTION_TYPES = frozenset({"CollectionPage", "ItemList"})
"""Types of lists that articles state as well, of the products they compare or the links they collect."""

_OTHER_TYPES = frozenset(
    {
        *("Product", "ProductGroup", "IndividualProduct", "DiscussionForumPosting", "QAPage"),
        *("product", "og:product", "product.item", "product.group"),
    }
)
"""Types of pages of shops and forums, by schema.org and by Open Graph."""

_OTHER_GENERATORS = re.compile(
    r"discourse|phpbb|vbulletin|xenforo|invision community|mybb|flarum|nodebb|"
    r"docusaurus|gitbook|sphinx|mkdocs|mdbook|docutils|rustdoc|vitepress"
)
"""Programs that publish forums and documentation only."""

_OTHER_HOST = re.compile(
    r"(?:forums?|discuss|discussions?|discourse|community|communities|docs?|developers?|help|wiki)\."
)
_FORUM_PATH = re.compile(r"/(?:forums?|threads?|viewtopic(?:\.php)?|showthread(?:\.php)?|discussions?)(?:/|$)")

_VISUAL_TYPES = frozenset({"VideoObject", "ImageGallery", "MediaGallery", "PhotoGallery"})
_VISUAL_TITLE = re.compile(
    r"^(?:video|foto|photos?|galeri|gallery|in\s?pictures?|infografi[sk])\b\s*[:|-]?", re.IGNORECASE
)
_VISUAL_LABEL = re.compile(r"^(?:video|foto|photos?|galeri|gallery|in\s?pictures?|infografi[sk])\s*[:|]", re.IGNORECASE)
_LISTING_TITLE = re.compile(
    r"^(?:indeks?|index|kumpulan berita|arsip|archives?|tag|topik|kategori|category|hasil pencarian|search results?)\b|"
    r"\b(?:berita .{0,30}(?:terkini|terbaru|hari ini)|terpopuler)\b.{0,40}$",
    re.IGNORECASE,
)
_AGO = re.compile(
    r"\b\d+\s+(?:detik|menit|jam|hari|minggu|bulan|tahun)(?:\s+\d+\s+\w+)?\s+(?:yang\s+)?lalu\b|"
    r"\b\d+\s+(?:seconds?|minutes?|hours?|days?|weeks?|months?)\s+ago\b",
    re.IGNORECASE,
)
MIN_LIST_ENTRIES = 4
"""Linked headings or dates in a text that is a list of other articles."""

MIN_VISUAL_LIST_ENTRIES = 2
"""The same for galleries and videos, which have no text of their own."""

MAX_ENTRY_DATE_CHARS = 80
"""Characters of a line that gives the date of an entry in a list."""

MAX_ONE_ENTRY_TEXT_CHARS = 300
"""Characters of a text that a single entry makes a list, on a page that does not call itself an article."""

MIN_ENTRY_HEADLINE_CHARS = 20
"""Characters of a link that can be the headline of an entry; shorter ones name a section."""

MAX_ENTRY_TEXT_CHARS = 220
"""Characters of text per entry of a list: teasers have up to 160, articles of tips with a link in each heading more."""

MAX_ARTICLE_ENTRY_TEXT_CHARS = 165
"""The same on pages that call themselves articles and not galleries: close above the longest teaser."""

MIN_PROSE_BESIDE_ENTRIES_CHARS = 2_000
"""Characters of prose, beside one paragraph for each entry, with which a page that calls itself an article is no list:
tables of figures have a date in each row, tests and rankings a link at each of their things."""

MAX_GALLERY_WORDS = 60
"""Words of a gallery's captions together; with more, it is a story in pictures."""

MAX_CAPTION_WORDS = 12
"""Words of a gallery's caption on average; with more, it is a story in pictures as well."""

MIN_VISUAL_TEXT_WORDS = 68
"""Words of a text beside a gallery or a video that is a story of its own; descriptions with 15 to 67 were seen."""

MIN_CAPTION_SHARE = 0.5
"""Share of a gallery's text that is captions; the rest is date and byline."""


def unreachable(document: Document, blocks: Sequence[Block], words: int) -> Rejection | None:
    """Reject pages that block or challenge a crawler, and pages that say that their content is missing."""
    if words >= MIN_UNQUESTIONED_WORDS:
        return None
    heads = [document.title, *(block.text for block in blocks if block.tag in ("h1", "h2"))][:4]
    text = " ".join(block.text for block in blocks[:60])[:4_000]
    if any(_BLOCKED.search(head) for head in heads) or (len(text) < 1_500 and _BLOCKED.search(text)):
        return Rejection(
            Reason.BLOCKED_PAGE, f"the site answered with a block or challenge page: {_quoted_heading(heads)}"
        )
    if any(_MISSING.search(head) for head in heads if len(head) <= 80) or (len(text) < 600 and _MISSING.search(text)):
        return Rejection(Reason.NOT_ARTICLE, f"the page says that its content is missing: {_quoted_heading(heads)}")
    return None


def walled(blocks: Sequence[Block], span: tuple[int, int], words: int, is_free: bool | None) -> Rejection | None:
    """Reject a page that shows only the beginning of a paid article. `span` is that of its text, see `Extraction`."""
    if words >= MIN_UNQUESTIONED_WORDS:
        return None
    if is_free is False:
        return Rejection(Reason.PAYWALLED, f"the page marks itself as paid and shows {words} words")
    if wall_at(blocks, span):
        return Rejection(Reason.PAYWALLED, f"the page asks readers to subscribe or log in after {words} words")
    return None


def is_visual(schema_type: str, headline: str) -> bool:
    """Whether a page says that it is a gallery, video or infographic, with or without a text."""
    return schema_type in _VISUAL_TYPES or bool(_VISUAL_TITLE.search(headline))


def is_description(document: Document, headline: str, words: int) -> bool:
    """Whether a text may be no more than the description of a gallery or video, which the page says that it is."""
    return words < MIN_VISUAL_TEXT_WORDS and bool(_VISUAL_LABEL.search(headline) or _visual_types_of(document))


def _visual_types_of(document: Document) -> list[str]:
    """Return the types of galleries and videos that a page states, none if it states an article as well."""
    if document.article is not None and _VISUAL_TYPES.isdisjoint(types(document.article)):
        return []
    own = [node for node in document.nodes if document.identity.matches(node) is not False]
    return sorted({name for node in own for name in types(node)} & _VISUAL_TYPES)


def listing(document: Document, within: Sequence[Block], lines: Sequence[TextLine], visual: bool) -> Rejection | None:
    """Reject front, section, tag and search pages, by their address, their types and what their text consists of.

    `within` holds the page's blocks from the one before the text to its last one, including blocks in between that are
    not part of it. The text of a `visual` page may be nothing but the list of other articles below a gallery.
    """
    address = urlsplit(document.url)
    path = address.path
    says_article = document.article is not None or "article" in map(str.casefold, document.metas("og:type"))
    # Yoast SEO gives this type to lists as well, but dates to articles only.
    is_article = document.article is not None or (says_article and bool(document.metas("article:published_time")))
    kinds = {name for node in document.nodes for name in types(node)}
    if path in ("", "/") and address.hostname and not address.query and not document.metas("article:published_time"):
        return Rejection(Reason.NOT_ARTICLE, "the address is a site's front page")
    has_few_paragraphs = sum(len(line.text) >= MIN_LONG_PARAGRAPH_CHARS for line in lines) < MIN_LIST_ENTRIES
    listing_types = kinds & (_LISTING_TYPES | _COLLECTION_TYPES if has_few_paragraphs else _LISTING_TYPES)
    if not is_article and listing_types and not kinds & {"NewsArticle", "Article", "BlogPosting"}:
        return Rejection(Reason.NOT_ARTICLE, f"the page describes itself as {', '.join(sorted(listing_types))}")
    listing_path = _LISTING_PATH.search(path)
    if not is_article and address.hostname and listing_path and (has_few_paragraphs or not listing_path["below"]):
        return Rejection(Reason.NOT_ARTICLE, f"the address is that of a list of articles: {path}")
    size = sum(len(line.text) for line in lines)
    linked = sum(len(line.text) * line.linked for line in lines)
    if size and linked > 0.5 * size:
        return Rejection(Reason.NOT_ARTICLE, f"{linked / size:.0%} of the text is links")
    if not is_article and has_few_paragraphs and _LISTING_TITLE.search(document.title):
        return Rejection(Reason.NOT_ARTICLE, f"the title is that of a list of articles: {document.title[:80]}")
    heads = ("h2", "h3", "h4") if is_article and not visual else BLOCK_TAGS
    teasers = [b.index for b in within if b.tag in heads and b.linked > 0.8 and len(b.text) >= MIN_ENTRY_HEADLINE_CHARS]
    posts_apart = [block for block in within if not block.roles & BlockRole.POST]  # a post has a date of its own
    short = [block for block in posts_apart if len(block.text) <= MAX_ENTRY_DATE_CHARS]
    # A byline has dates too: of a visual page only the lines of its text are asked.
    date_lines = (
        [t for line in lines if len(t := line.text) <= MAX_ENTRY_DATE_CHARS] if visual else [b.text for b in short]
    )
    max_entry_chars = MAX_ARTICLE_ENTRY_TEXT_CHARS if is_article and not visual else MAX_ENTRY_TEXT_CHARS
    if size - linked >= max(len(teasers), len(date_lines)) * max_entry_chars:
        return None
    entries = max(len(teasers), sum(map(_has_date, date_lines)))
    min_entries = MIN_VISUAL_LIST_ENTRIES if visual else MIN_LIST_ENTRIES
    if not visual and not is_article and size < MAX_ONE_ENTRY_TEXT_CHARS:
        min_entries = 1
    if entries < min_entries or size - linked >= entries * max_entry_chars:
        return None
    if says_article and not visual:
        dated = [block.index for block in short if _has_date(block.text)]
        if _prose_beside_entries(within, {*teasers, *dated}) >= MIN_PROSE_BESIDE_ENTRIES_CHARS:
            return None
    return Rejection(Reason.NOT_ARTICLE, f"the text is a list of {entries} linked headings or dates")


def _prose_beside_entries(within: Sequence[Block], entries: set[int]) -> int:
    """Return the characters of prose that is not the first paragraph below an entry: a list has none of that."""
    chars = 0
    is_below_entry = False
    for block in within:
        if block.index in entries:
            is_below_entry = True
        elif is_prose(block):
            chars += 0 if is_below_entry else len(block.text)
            is_below_entry = False
    return chars


def other_kind(document: Document) -> Rejection | None:
    """Reject a forum's, a shop's or a manual's page that says that it is one, and nowhere that it is an article."""
    if document.article is not None or document.metas("article:published_time"):
        return None
    og_types = {kind.casefold() for kind in document.metas("og:type")}
    if "article" in og_types:
        return None
    stated_types = {name for node in document.page_nodes for name in types(node)} | og_types
    if stated := stated_types & _OTHER_TYPES:
        return Rejection(Reason.NOT_ARTICLE, f"the page describes itself as {', '.join(sorted(stated))}")
    if generator := _OTHER_GENERATORS.search(" ".join(document.metas("generator")).casefold()):
        return Rejection(Reason.NOT_ARTICLE, f"the page was made by {generator[0]}, as no articles are")
    address = urlsplit(document.url.lower())
    if _OTHER_HOST.match(address.hostname or ""):
        return Rejection(Reason.NOT_ARTICLE, f"the host is that of a forum or of documentation: {address.hostname}")
    if _FORUM_PATH.search(address.path):
        return Rejection(Reason.NOT_ARTICLE, f"the address is that of a forum: {address.path}")
    return None


def _has_date(text: str) -> bool:
    return bool(find_printed_dates(text) or _AGO.search(text))


def gallery(lines: Sequence[TextLine], words: int, visual: bool) -> Rejection | None:
    """Reject a gallery: its text is captions only, or mostly captions on a page that says that it is `visual`."""
    captions = [line.text for line in lines if line.caption or (visual and line.after_image)]
    letters = sum(len(line.text) for line in lines)
    share = sum(map(len, captions)) / letters if letters else 0.0
    if not captions or share < (MIN_CAPTION_SHARE if visual else 1.0):
        return None
    caption_words = sum(len(caption.split()) for caption in captions)
    if words < MAX_GALLERY_WORDS and caption_words < MAX_CAPTION_WORDS * len(captions):
        return Rejection(Reason.NOT_ARTICLE, f"the text consists of {len(captions)} captions with {words} words")
    return None


def description(document: Document, headline: str, words: int) -> Rejection | None:
    """Reject a gallery or video with no more than its description, if two things on the page say that it is one."""
    stated = _visual_types_of(document)
    if words >= MIN_VISUAL_TEXT_WORDS or not stated or not (document.article or _VISUAL_LABEL.search(headline)):
        return None
    return Rejection(
        Reason.NOT_ARTICLE, f"the page describes itself as {', '.join(stated)}, with {words} words of text"
    )


def too_short(words: int, min_words: int, visual: bool) -> Rejection | None:
    """Reject a text that is too short for an article: a video or gallery without text, or a fragment."""
    if words >= min_words:
        return None
    if visual:
        return Rejection(Reason.NOT_ARTICLE, f"a video or gallery page with {words} words of text")
    return Rejection(Reason.TOO_SHORT, f"the text has {words} words; an article has at least {min_words}")


def _quoted_heading(heads: Sequence[str]) -> str:
    return next((head for head in heads if head), "no title")[:120]
