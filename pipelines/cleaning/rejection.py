"""Pages that are no article: told by what they say of themselves and by what their text is made of."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from pipelines.article import Reason, Rejection
from pipelines.cleaning.blocks import BLOCK_TAGS, Block
from pipelines.cleaning.date_parsing import find_printed
from pipelines.cleaning.document import Document
from pipelines.cleaning.jsonld import types
from pipelines.cleaning.residue import LONG, Line

THIN = 120
"""Words below which a text is held against the signs of block pages, missing pages and paywalls: real articles may
quote them."""

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
_WALL = re.compile(
    r"(?:berlangganan|langganan|subscribe|become a (?:member|subscriber)|log ?in|masuk|daftar|"
    r"sign in)\b.{0,60}(?:untuk|to)\s+(?:(?:dapat\s+)?(?:lanjut|membaca|melanjutkan|mengakses|"
    r"menikmati)|continue|read|keep reading|unlock|access)|"
    r"(?:artikel|konten|berita)\s+(?:ini\s+)?(?:khusus|hanya)\s+(?:untuk\s+)?(?:pelanggan|member|"
    r"anggota)|konten premium|lanjutkan membaca dengan|(?:this (?:article|content) is )?(?:for|"
    r"exclusive to) (?:subscribers|members) only|"
    r"already a (?:subscriber|member)\?|sudah (?:berlangganan|punya akun)\?",
    re.IGNORECASE,
)
_LISTING_PATH = re.compile(
    r"/(?:tags?|topi[ck]s?|topik|kategori|category|categories|indeks?|index|search|cari|pencarian|"
    r"author|penulis|profil|page|laman|arsip|archive|rss|feed|"
    r"terpopuler|terbaru|trending)(?:/|$|\?)",
    re.IGNORECASE,
)
_LISTING_TYPES = frozenset(
    {"CollectionPage", "SearchResultsPage", "ProfilePage", "AboutPage", "ContactPage", "ItemList"}
)
_VISUAL_TYPES = frozenset({"VideoObject", "ImageGallery", "MediaGallery", "PhotoGallery"})
_VISUAL_TITLE = re.compile(
    r"^(?:video|foto|photos?|galeri|gallery|in\s?pictures?|infografi[sk])\b\s*[:|-]?", re.IGNORECASE
)
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
TEASERS, FEW_TEASERS = 4, 2
"""Linked headings or dates among the lines of a text from which it is a list of other articles; the second is for
galleries and videos."""
STAMP = 80
"""Characters of a line that tells when an entry of a list was published."""
SMALL = 300
"""Characters of a text, on a page that does not call itself an article, of which one such heading makes a list."""

HEADLINE = 20
"""Characters of a link that can be a headline; shorter ones name a section."""

TEASER, SURE_TEASER = 220, 165
"""Characters of text to each of them below which they are its entries: teasers have up to 160, articles of tips with a
link in each heading more. The second is for pages that are articles by their own word and may be galleries, whose only
text is such a list."""

GALLERY, SENTENCE = 60, 12
"""Words of captions that do not make an article, and of each of them: more, or longer ones, are a story in pictures."""
CAPTIONED = 0.5
"""Share of a gallery's text that its captions make up, beside date and byline."""


def unreachable(document: Document, blocks: Sequence[Block], words: int) -> Rejection | None:
    """Tell a block page, a missing page or a login wall, whose words are not an article's; None for anything else."""
    if words >= THIN:
        return None
    heads = [document.title, *(block.text for block in blocks if block.tag in ("h1", "h2"))][:4]
    text = " ".join(block.text for block in blocks[:60])[:4_000]
    if any(_BLOCKED.search(head) for head in heads) or (len(text) < 1_500 and _BLOCKED.search(text)):
        return Rejection(Reason.BLOCKED_PAGE, f"the site answered with a block or challenge page: {_said(heads)}")
    if any(_MISSING.search(head) for head in heads if len(head) <= 80) or (len(text) < 600 and _MISSING.search(text)):
        return Rejection(Reason.NOT_ARTICLE, f"the page says that there is nothing here: {_said(heads)}")
    return None


def walled(blocks: Sequence[Block], words: int, free: bool | None) -> Rejection | None:
    """Tell a page that shows only the beginning of a paid article."""
    if words < THIN and free is False:
        return Rejection(Reason.PAYWALLED, f"the page marks itself as paid and shows {words} words")
    if words < THIN and any(len(block.text) <= 200 and _WALL.search(block.text) for block in blocks):
        return Rejection(Reason.PAYWALLED, f"the page asks readers to subscribe or log in after {words} words")
    return None


def is_visual(schema_type: str, headline: str) -> bool:
    """Whether a page says of itself that it is a gallery, video or infographic, which may have a text or not."""
    return schema_type in _VISUAL_TYPES or bool(_VISUAL_TITLE.search(headline))


def listing(document: Document, within: Sequence[Block], lines: Sequence[Line], visual: bool) -> Rejection | None:
    """Tell a front, section, tag or search page by its address, its types and what its text is made of.

    `within` are the page's blocks from the one before the text to its last, those between that are none of it included.
    A `visual` page is held to be a gallery whose only text is the list of others below it, where it can be.
    """
    address = urlsplit(document.url)
    path = address.path
    is_article = document.article is not None or (
        # Yoast SEO says so of lists too, but dates articles only.
        any(kind.casefold() == "article" for kind in document.metas("og:type"))
        and bool(document.metas("article:published_time"))
    )
    kinds = {name for node in document.nodes for name in types(node)}
    if path in ("", "/") and address.hostname and not address.query and not document.metas("article:published_time"):
        return Rejection(Reason.NOT_ARTICLE, "the address is a site's front page")
    if not is_article and kinds & _LISTING_TYPES and not kinds & {"NewsArticle", "Article", "BlogPosting"}:
        return Rejection(
            Reason.NOT_ARTICLE, f"the page describes itself as {', '.join(sorted(kinds & _LISTING_TYPES))}"
        )
    if not is_article and address.hostname and _LISTING_PATH.search(path):
        return Rejection(Reason.NOT_ARTICLE, f"the address is that of a list of articles: {path}")
    size = sum(len(line.text) for line in lines)
    linked = sum(len(line.text) * line.linked for line in lines)
    if size and linked > 0.5 * size:
        return Rejection(Reason.NOT_ARTICLE, f"{linked / size:.0%} of the text are links")
    few = sum(len(line.text) >= LONG for line in lines) < TEASERS
    if not is_article and few and _LISTING_TITLE.search(document.title):
        return Rejection(Reason.NOT_ARTICLE, f"the title is that of a list of articles: {document.title[:80]}")
    heads = ("h2", "h3", "h4") if is_article and not visual else BLOCK_TAGS
    teasers = sum(block.tag in heads and block.linked > 0.8 and len(block.text) >= HEADLINE for block in within)
    stamps = [line.text for line in lines] if visual else [block.text for block in within]  # a byline has dates too
    stamps = [text for text in stamps if len(text) <= STAMP]
    short = SURE_TEASER if is_article and not visual else TEASER
    if size - linked >= max(teasers, len(stamps)) * short:
        return None
    entries = max(teasers, sum(_tells_time(text) for text in stamps))
    least = FEW_TEASERS if visual else 1 if size < SMALL and not is_article else TEASERS
    if entries >= least and size - linked < entries * short:
        return Rejection(Reason.NOT_ARTICLE, f"the text is a list of {entries} linked headings or dates")
    return None


def _tells_time(text: str) -> bool:
    return bool(find_printed(text) or _AGO.search(text))


def gallery(lines: Sequence[Line], words: int, visual: bool) -> Rejection | None:
    """Tell a gallery by a text that is captions only; of a page that is `visual` by its own word, captions mostly."""
    captions = [line.text for line in lines if line.caption or (visual and line.after_image)]
    letters = sum(len(line.text) for line in lines)
    share = sum(map(len, captions)) / letters if letters else 0.0
    if not captions or share < (CAPTIONED if visual else 1.0):
        return None
    if words < GALLERY and sum(len(caption.split()) for caption in captions) < SENTENCE * len(captions):
        return Rejection(Reason.NOT_ARTICLE, f"the text is {len(captions)} captions with {words} words")
    return None


def too_short(words: int, least: int, visual: bool) -> Rejection | None:
    """Tell a text that is too short to be an article: a video or gallery without text, or a fragment."""
    if words >= least:
        return None
    if visual:
        return Rejection(Reason.NOT_ARTICLE, f"a video or gallery page with {words} words of text")
    return Rejection(Reason.TOO_SHORT, f"the text has {words} words, {least} are wanted")


def _said(heads: Sequence[str]) -> str:
    return next((head for head in heads if head), "no title")[:120]
