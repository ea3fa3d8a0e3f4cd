"""The dates that a page shows its readers near the headline, those of other things left out."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from enum import Enum, auto
from itertools import islice

from lxml.html import HtmlElement

from pipelines.cleaning.blocks import Block, BlockRole
from pipelines.cleaning.date_parsing import DateMention, ParsedDate, date_mentions, relative_mention
from pipelines.cleaning.page_parts import stands_among_others, stands_apart
from pipelines.cleaning.text_normalization import letters_only
from settings.clock import WIB

MAX_DATE_LINE_CHARS = 160
"""Characters of a line that shows the date; bylines with section, date and view count have fewer."""

MIN_PROSE_WORDS = 2
"""Words in lower case beside a date, other than those of bylines, that make the line a sentence."""

MIN_LABELLED_PROSE_WORDS = 5
"""The same in a line that opens as bylines do, or that is marked as one: names may be in lower case."""

MAX_HEADING_WORDS = 2
"""Words beside a date in a heading; a heading with more is a headline that names a day."""

MIN_TEASER_WORDS = 5
"""Words of a link that can be the headline of another article, whose date comes next; names and sections have fewer."""

MAX_LABEL_CHARS = 40
"""Characters of a line that can be the label of the date in the next one."""

MAX_BLOCKS_BELOW_HEADLINE = 100
"""Blocks between headline and text that are looked at: if the text comes from the page's data, all blocks are there."""

MAX_LEVELS_ABOVE_HEADLINE = 3
"""Levels of nesting by which an article's own date line and its headline stand apart."""

_PUBLISHED = re.compile(
    r"\b(?:(?:di)?terbit(?:kan)?|(?:di)?publikasi(?:kan)?|(?:di)?tayang(?:kan)?|(?:di)?muat|dipost(?:ing|kan)?|diposkan|"
    r"diunggah|dirilis|published|posted|publish(?:ed)?\s+date|veröffentlicht|erschienen|erstellt|publié|publicado|"
    r"pubblicato|gepubliceerd|opublikowano|publicerad|publisert|udgivet|julkaistu|yayınlanma|опубликовано)\b|"
    r"发布|發布|公開|배포|입력|등록",
    re.IGNORECASE,
)
_UPDATED = re.compile(
    r"\b(?:diperbarui|diperbaharui|update[ds]?|last\s+updated|modified|pembaruan|diubah|disunting|direvisi|edited|"
    r"perubahan\s+terakhir|aktualisiert|mis\s+à\s+jour|actualizado|atualizado|aggiornato|bijgewerkt|zaktualizowano|"
    r"uppdaterad|oppdatert|opdateret|päivitetty|güncelleme|обновлено)\b|更新|수정",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\b(?:berlaku|hingga|sampai|s\.?/?d\.?(?=\s)|digelar|berlangsung|diselenggarakan|"
    r"acara|events?|jadwal|agenda|deadline|batas|tenggat|lahir|wafat|meninggal|sejak|since|cuaca|weather|diakses|accessed|"
    r"bergabung|joined|member|expires?|kedaluwarsa|berakhir|kick-?off|tanggal\s+rilis|release(?:\s+date|d)?|next|upcoming|"
    r"berikutnya|mendatang|selanjutnya|periode|hari\s+ini|today|sekarang|edisi|mulai|starts?|ends?|sunrise|imsak|subuh|"
    r"komentar\s+terakhir|terakhir\s+(?:dilihat|aktif)|last\s+(?:seen|active|login))\b",
    re.IGNORECASE,
)
_NEVER_A_DATE_LINE = re.compile(r"©|\(c\)|°|\b(?:copyright|hak\s+cipta)\b", re.IGNORECASE)
"""Marks of copyright lines and of the weather."""

_BYLINE_OPENING = re.compile(
    rf"\W*(?:oleh|by|penulis|reporter|pewarta|ditulis\s+oleh|written\s+by|{_PUBLISHED.pattern})\b", re.IGNORECASE
)
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"(?<![\w.@/])[^\W\d_][\w'’-]*(?![\w@/]|\.\w)")
_LINE_WORDS = frozenset(
    {
        "oleh", "by", "penulis", "reporter", "editor", "pewarta", "jurnalis", "wartawan", "kontributor", "redaktur",
        "redaksi", "laporan", "pada", "on", "at", "in", "pukul", "pkl", "jam", "dan", "and", "tanggal", "tgl", "date",
        "time", "waktu", "update", "updated", "diperbarui", "terakhir", "last", "baca", "dibaca", "kali", "views",
        "view", "viewed", "dilihat", "menit", "min", "mins", "minute", "minutes", "read", "reading", "detik", "lama",
        "estimasi", "komentar", "comments", "comment", "share", "shares", "bagikan", "yang", "yg", "lalu", "ago",
        "silam", "kategori", "category", "rubrik", "dari", "the", "wib", "wita", "wit", "gmt", "utc", "am", "pm",
        "from", "for", "with", "ditulis", "dibuat", "dikirim", "written", "admin", "tim", "follow", "ikuti",
        "menulis", "contributor", "author", "staff", "uhr", "von", "und", "vom", "lesezeit", "minuten", "aktualisiert",
        "par", "publié", "mis", "jour", "lecture", "por", "publicado", "actualizado", "atualizado",
        "pubblicato", "aggiornato", "lettura", "minuti", "door", "gepubliceerd", "bijgewerkt", "leestijd", "kello",
    }
)  # fmt: skip
"""Words in lower case that lines with the date and the writer have."""


@dataclass(frozen=True, slots=True)
class ShownDates:
    """The dates that a page shows as its article's, the most likely one first.

    `doubtful` are those that may be a bar's: above the headline and far from it, or of today. `relative` are those that
    the page counts from the present ('3 jam lalu'); `updated` are those of changes.
    """

    published: tuple[ParsedDate, ...] = ()
    doubtful: tuple[ParsedDate, ...] = ()
    relative: tuple[ParsedDate, ...] = ()
    updated: tuple[ParsedDate, ...] = ()


class _Kind(Enum):
    """What a date that a page shows is of its article."""

    PUBLISHED = auto()
    DOUBTFUL = auto()
    RELATIVE = auto()
    UPDATED = auto()


def find_shown_dates(
    blocks: Sequence[Block], headline: str, *, fetched_at: datetime | None, zone: timezone
) -> ShownDates:
    """Find the dates that the page shows in `blocks`, those around its headline or its text.

    A date counts if it stands in a line of its own, or beside names and labels: not in a sentence, in the headline, at
    another article, in a comment, or among what surrounds the article on every page. Dates that bear a label or stand
    in a byline come first, then those with a time of day, then those nearest below the headline, then those above it.
    The day of `fetched_at`, which is aware, does not count above the headline unless it stands close to it: bars show
    today's date. `zone` is that of dates counted from `fetched_at`; without the latter, there are none.
    """
    key = letters_only(headline)
    head = next((block for block in blocks if block.match_key == key), None)
    found: dict[_Kind, list[tuple[tuple[int, int], ParsedDate]]] = {kind: [] for kind in _Kind}
    previous: Block | None = None
    for order, block in enumerate(blocks):
        label_above = _label_text(previous) if previous is not None else ""
        is_teaser = previous is not None and previous is not head and _is_teaser(previous)
        previous = block
        if is_teaser or len(block.text) > MAX_DATE_LINE_CHARS:
            continue
        mentions = date_mentions(block.text)
        counted = relative_mention(block.text, fetched_at.astimezone(zone)) if fetched_at and not mentions else None
        if counted is not None:
            mentions = [counted]
        if not mentions or not _is_date_line(block, mentions, key):
            continue
        for mention, label in _labelled(block.text, label_above, mentions):
            kind = _kind(mention, label, block, head, fetched_at)
            if kind is _Kind.PUBLISHED and mention is counted:
                kind = _Kind.RELATIVE
            if kind is not None:
                found[kind].append(
                    ((_clarity(mention.date, label, block), _distance(block, head, order)), mention.date)
                )
    dates = {kind: tuple(date for _, date in sorted(items, key=lambda item: item[0])) for kind, items in found.items()}
    return ShownDates(dates[_Kind.PUBLISHED], dates[_Kind.DOUBTFUL], dates[_Kind.RELATIVE], dates[_Kind.UPDATED])


def _kind(
    mention: DateMention, label: re.Pattern[str] | None, block: Block, head: Block | None, fetched_at: datetime | None
) -> _Kind | None:
    """Return what a date is of the article, or None if it is of something else."""
    is_apart = stands_among_others if label is _PUBLISHED else stands_apart
    if label is _OTHER or is_apart(block.element, head.element if head is not None else None):
        return None
    if label is _UPDATED:
        return _Kind.UPDATED
    date = mention.date
    is_today = fetched_at is not None and date.local.date() == fetched_at.astimezone(date.offset or WIB).date()
    if head is None:
        return None if is_today else _Kind.PUBLISHED
    if block.index > head.index:
        return _Kind.PUBLISHED
    is_close = _is_close(block.element, head.element)
    if is_today and not is_close:
        return None
    return _Kind.DOUBTFUL if is_today or not is_close else _Kind.PUBLISHED


def _clarity(date: ParsedDate, label: re.Pattern[str] | None, block: Block) -> int:
    """Return a rank by how clearly a line says when the article was published, the clearest first."""
    if label is _PUBLISHED or block.roles & BlockRole.BYLINE or _BYLINE_OPENING.match(block.text):
        return 0
    return 1 if date.has_time else 2


def is_sentence(text: str, *, is_byline: bool = False) -> bool:
    """Whether a line is a sentence, and not made of names and labels. `text` is the line without its dates."""
    words = [word for word in _WORD.findall(text) if len(word) > 2]
    in_lower_case = [word for word in words if word[0].islower() and word.lower() not in _LINE_WORDS]
    enough = MIN_LABELLED_PROSE_WORDS if is_byline or _BYLINE_OPENING.match(text) else MIN_PROSE_WORDS
    return len(in_lower_case) >= enough or (text.rstrip().endswith(".") and len(words) > MIN_PROSE_WORDS)


def _is_date_line(block: Block, mentions: Sequence[DateMention], headline_key: str) -> bool:
    """Whether a line gives dates of the article, and does not tell of a day."""
    if block.match_key == headline_key or (
        len(block.match_key) > len(headline_key) and headline_key in block.match_key
    ):
        return False
    rest = "".join(_between(block.text, mentions))
    words = len(_WORD.findall(rest))
    if _NEVER_A_DATE_LINE.search(block.text) or (block.tag in ("h1", "h2", "h3") and words > MAX_HEADING_WORDS):
        return False
    if block.linked > 0.5 and words >= MIN_TEASER_WORDS:
        return False
    return not is_sentence(rest, is_byline=bool(block.roles & BlockRole.BYLINE))


def _between(text: str, mentions: Sequence[DateMention]) -> list[str]:
    """Return the parts of a line before its first date, between its dates, and after the last one."""
    starts = [0, *(mention.end for mention in mentions)]
    ends = [*(mention.start for mention in mentions), len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]


def _labelled(
    text: str, label_above: str, mentions: Sequence[DateMention]
) -> Iterable[tuple[DateMention, re.Pattern[str] | None]]:
    """Yield each date of a line with the kind of its label: that before it, in the line above, or behind it."""
    parts = _between(text, mentions)
    for number, mention in enumerate(mentions):
        before = parts[number] if number or parts[0].strip(" |,-–—:•·/") else label_above
        behind = parts[number + 1] if number + 1 == len(mentions) else ""
        label = _label_in(before)
        yield mention, _UPDATED if label is None and _UPDATED.search(behind) else label


def _label_text(block: Block) -> str:
    """Return the text of a block if it can be the label of the next one; a link names a section, digits are a date."""
    is_label = len(block.text) <= MAX_LABEL_CHARS and block.linked < 0.5 and not _DIGIT.search(block.text)
    return block.text if is_label else ""


def _label_in(text: str) -> re.Pattern[str] | None:
    """Return the kind of the last label in a text: where several stand there, it belongs to the date that follows."""
    found = [(hit.start(), kind) for kind in (_OTHER, _UPDATED, _PUBLISHED) for hit in kind.finditer(text)]
    return max(found, key=lambda item: item[0])[1] if found else None


def _is_teaser(block: Block) -> bool:
    """Whether a block is the linked headline of another article, and not a breadcrumb or the names of writers."""
    if block.linked < 0.9 or len(block.text.split()) < MIN_TEASER_WORDS or block.roles & BlockRole.BYLINE:
        return False
    return len(list(islice(block.element.iter("a"), 2))) < 2


def _is_close(element: HtmlElement, headline: HtmlElement) -> bool:
    around = [ancestor for ancestor in headline.iterancestors() if ancestor.tag not in ("body", "html")]
    return any(ancestor in around[:MAX_LEVELS_ABOVE_HEADLINE] for ancestor in element.iterancestors())


def _distance(block: Block, head: Block | None, order: int) -> int:
    """Return a rank by nearness to the headline: what stands below it comes before what stands above it."""
    if head is None:
        return order
    return (
        block.index - head.index if block.index >= head.index else MAX_BLOCKS_BELOW_HEADLINE + head.index - block.index
    )
