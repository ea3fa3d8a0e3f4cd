"""Parses dates and times as pages print them, in Indonesian, English and other languages, and as machines write them.

Parsing is strict: a text that is not a date gives None, never a guess.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone

from pipelines.cleaning.month_names import MONTH_NUMBERS
from settings.clock import WIB

WITA = timezone(timedelta(hours=8), "WITA")
WIT = timezone(timedelta(hours=9), "WIT")
ZONES = {
    "wib": WIB,
    "wita": WITA,
    "wit": WIT,
    "waktu indonesia barat": WIB,
    "waktu indonesia tengah": WITA,
    "waktu indonesia timur": WIT,
    "gmt": UTC,
    "utc": UTC,
    "ut": UTC,
    "z": UTC,
    "sgt": WITA,
    "myt": WITA,
} | {
    f"{letter}{kind}t": timezone(timedelta(hours=hours + (kind == "d")))
    for letter, hours in (("e", -5), ("c", -6), ("m", -7), ("p", -8))
    for kind in "sd"
}
"""UTC offsets by name, in lower case: the three Indonesian zones, those of RFC 822, and the neighbours'."""

MIN_DATE = datetime(1994, 1, 1, tzinfo=UTC)
"""The earliest date that is believed. The first Indonesian news site, Republika Online, began in 1995; older dates are
placeholders such as 1 January 1970."""

_FOREIGN_ZONES = {
    "wet": 0, "west": 1, "bst": 1, "cet": 1, "cest": 2, "mez": 1, "mesz": 2, "eet": 2, "eest": 3, "sast": 2, "msk": 3,
    "ist": 5.5, "hkt": 8, "pht": 8, "awst": 8, "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip
"""Hours by which other zones are ahead of UTC. Pages write their names in capitals: 'ist' is a word as well."""

_WEEKDAY = (
    r"(?:senin|selasa|rabu|kamis|jum['’‘`´]?at|sabtu|minggu|ahad|(?:sen|sel|rab|kam|jum|sab|min|mgg)\b\.?|"
    r"mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:rs?|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
)


def _alternatives(names: Iterable[str]) -> str:
    """Return a pattern of names, the longest first, by their first letters: most words begin with none of them."""
    by_letter: dict[str, list[str]] = {}
    for name in sorted(names, key=len, reverse=True):
        by_letter.setdefault(name[0], []).append(name[1:])
    return "|".join(f"{letter}(?:{'|'.join(rest)})" for letter, rest in by_letter.items())


_MONTH = rf"(?P<month>{_alternatives(MONTH_NUMBERS)}|tháng\s?(?:1[0-2]|[1-9]))\b\.?"
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?P<year>(?:19|20)\d\d)(?!\d)"
_BLANKS = r"\s{0,3}"
"""Blanks where there may be some. Without a bound every way to share a long blank out among them would be tried."""

_SEPARATOR = (
    rf"(?:\s*(?:[,;|/•·●@~:()\[\]–—-]|pukul|pkl\.?|pk\.?|jam|time|waktu|at|pada|di|on|{_WEEKDAY}\b\.?|T(?=\d)|"
    r"(?:um|à|às|as|kl\.?|klo|om|alle|ore|a\s+las|saat|godz\.?|lúc|в|o|v)(?=\s+\d)))"
)
_NOT_A_CLOCK = (
    r"(?![:.]?\d|\s?(?:[km%°x]|menit|mins?|minutes?|detik|secs?|seconds?|rb|ribu|jt|juta|kali|views?|persen)(?![a-z.]))"
)
"""Behind a number like a clock: what makes it the length of a video or text, a count of readers, a temperature."""

_TIME = (
    r"(?P<hour>[01]?\d|2[0-4])\s?(?:[:.]|[hH](?=\s?\d\d(?!\d)))\s?(?P<minute>[0-5]\d)(?:[:.](?P<second>[0-5]\d)(?:[.,]\d{1,9})?)?"
    rf"{_NOT_A_CLOCK}(?:\s*(?P<half>[ap]\.?\s?m\b\.?|(?:pagi|siang|sore|petang|malam)\b))?"
)
_HOUR_ALONE = r"(?P<hour_alone>1[0-2]|0?[1-9])\s?(?P<half_alone>[ap]\.?m\b\.?|(?:pagi|siang|sore|petang|malam)\b)"
_ZONE_NAME = "|".join(sorted((name for name in ZONES if len(name) > 1), key=len, reverse=True))
_ZONE = (
    rf"{_BLANKS}\(?{_BLANKS}(?P<zone>"
    r"(?:GMT|UTC)\s?[+-]\s?\d\d?(?::?\d\d)?(?!\d)|[+-]\d\d:\d\d(?!\d)|[+-][01]\d[03]0(?!\d)|"
    rf"\+\d\d(?![\d:])|(?<=\d)Z(?!\w)|(?:{_ZONE_NAME})\b|(?-i:{'|'.join(_FOREIGN_ZONES).upper()})\b)"
)
_CLOCK = rf"(?:{_TIME}|{_HOUR_ALONE})(?:{_ZONE})?"
_CLOCK_AFTER = re.compile(rf"{_SEPARATOR}{{0,4}}\s*{_CLOCK}", re.IGNORECASE)
_CLOCK_BEFORE = re.compile(rf"(?<![\w:.]){_CLOCK}\)?{_SEPARATOR}{{0,3}}\s*$", re.IGNORECASE)
MONTHS_OF_A_YEAR = 12

MAX_CLOCK_BEFORE_CHARS = 50
"""Characters before a date in which its clock can stand: '20.05 Waktu Indonesia Tengah, Jumat,' has 36."""

_WEEKDAY_BEFORE = rf"(?:{_WEEKDAY}{_BLANKS}[,.]?{_BLANKS}\(?{_BLANKS})?(?:(?:tanggal|tgl\.?){_BLANKS}:?{_BLANKS})?"
_DAY_MONTH_YEAR = re.compile(
    rf"(?<![\w/]){_WEEKDAY_BEFORE}{_DAY}(?:st|nd|rd|th|er|º|ª)?(?:\s+(?:of|de|d['’]))?[\s/.-]{{0,3}}{_MONTH}"
    r"(?:,|\s+del?|\s+năm|,\s+năm)?[\s/.-]{1,3}(?P<year>(?:19|20)\d\d(?!\d)|['’]?\d\d(?!\d|\s?[:.]\d))",
    re.IGNORECASE,
)
_MONTH_DAY_YEAR = re.compile(
    rf"(?<!\w){_WEEKDAY_BEFORE}{_MONTH}[\s-]{{1,2}}{_DAY}(?:st|nd|rd|th)?,?[\s-]{{1,2}}{_YEAR}", re.IGNORECASE
)
_NUMERIC = re.compile(
    rf"(?<![\w/.-]){_WEEKDAY_BEFORE}(?P<day>\d\d?)\s?(?P<mark>[/-])\s?(?P<month>\d\d?)\s?(?P=mark)\s?{_YEAR}(?![/-]\d)",
    re.IGNORECASE,
)
_SHORT_NUMERIC = re.compile(
    r"(?<![\w/.-])(?P<day>\d\d?)(?P<mark>[/.-])(?P<month>\d\d?)(?P=mark)(?P<year>\d\d)(?![\d/-]|\.\d)", re.IGNORECASE
)
"""Counts as a date only with a clock: without one, '10/11/12' may be anything."""

_DOTTED = re.compile(
    rf"(?<![\w/.-])(?<!versi )(?<!version )(?P<day>\d\d?)\.\s?(?P<month>\d\d?)\.\s?{_YEAR}(?!\.\d)", re.IGNORECASE
)
_YEAR_FIRST = re.compile(
    rf"(?<![A-Za-z0-9_/.-]){_YEAR}(?P<mark>[/.-])(?P<month>\d\d?)(?P=mark)(?P<day>\d\d?)(?![\d-])", re.IGNORECASE
)
_YEAR_MONTH_DAY = re.compile(rf"(?<![\w/.-]){_YEAR}[\s.,]{{1,3}}{_MONTH}\s{{1,2}}{_DAY}(?![\d:])\.?", re.IGNORECASE)
"""'2026 Jul 24' in journals, '2026. július 24.' in Hungary."""

_EAST_ASIAN = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)\s?[年년]\s?(?P<month>\d\d?)\s?[月월]\s?(?P<day>\d\d?)\s?[日일]"
)
_EAST_ASIAN_CLOCK = re.compile(
    rf"{_BLANKS}(?:[(（][^()（）\d]{{1,4}}[)）])?{_BLANKS}(?P<half>午前|午後|上午|下午|오전|오후)?\s?"
    r"(?P<hour>[01]?\d|2[0-4])\s?[時时시点點:：]\s?(?P<minute>[0-5]\d)"
)
_AFTERNOON = frozenset({"午後", "下午", "오후"})

_PRINTED = (
    _DAY_MONTH_YEAR, _MONTH_DAY_YEAR, _NUMERIC, _SHORT_NUMERIC, _DOTTED, _YEAR_FIRST, _YEAR_MONTH_DAY, _EAST_ASIAN,
)  # fmt: skip
_TWO_DIGITS = re.compile(r"\d\d")
"""What every printed date has: lines without it are most of a page's."""

_ISO = re.compile(
    r"(?P<year>(?:19|20)\d\d)(?P<mark>[-/]?)(?P<month>\d\d?)(?P=mark)(?P<day>\d\d?)"
    r"(?:(?:\s*T\s*|\s+|(?P<zone_for_t>WIB|WITA|WIT|UTC|GMT|[+-]\d\d(?::\d\d)?(?=\d\d:)))"
    r"(?P<hour>\d\d?)(?P<mark2>[:-]?)(?P<minute>\d\d)(?:(?P=mark2)(?P<second>\d\d)(?:[.,:]\d+)?)?\s*"
    r"(?P<offset>Z|(?:UTC|GMT)?\s?[+-]\d\d?(?::?\d\d)?|[ ]0[789]:?00|UTC|GMT|WIB|WITA|WIT)?"
    r"(?:\s[a-z]{2,5})?)?",
    re.IGNORECASE,
)
"""ISO 8601, extended and basic. Seen as well: '/' for '-', a missing 'T', white space, a name for the offset, a '+'
that became a space, and the zone in place of the 'T', which PHP's date format prints if nobody escapes it. Go writes
the zone's name as well."""

_COMPACT = re.compile(
    r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)"
)
_ASCTIME = re.compile(
    r"(?:[a-z]{3}\s+)(?P<month>[a-z]{3})\s+(?P<day>\d\d?)\s+(?P<hour>\d\d?):(?P<minute>\d\d):(?P<second>\d\d)\s+"
    r"(?:(?P<zone>[a-z]{2,4}|(?:GMT)?[+-]\d\d:?\d\d)\s+)?(?P<year>(?:19|20)\d\d)",
    re.IGNORECASE,
)
"""The forms of C's asctime() and of Java's Date."""

_EPOCH = re.compile(r"(?:/Date\()?(?P<seconds>\d{10})(?:\d{3})?(?:\.\d+)?(?:\)/)?")
_COMMENT = re.compile(r"\s{0,3}\([a-z .]*\)\s*$", re.IGNORECASE)

_COUNT_WORDS = {
    "se": 1, "satu": 1, "dua": 2, "tiga": 3, "empat": 4, "lima": 5, "enam": 6, "tujuh": 7, "delapan": 8,
    "sembilan": 9, "sepuluh": 10, "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_UNITS = {
    "seconds": ("detik", "dtk", "seconds?", "secs?", "s"),
    "minutes": ("menit", "mnt", "minutes?", "mins?", "m"),
    "hours": ("jam", "hours?", "hrs?", "h"),
    "days": ("hari", "hr", "days?", "d"),
    "weeks": ("minggu", "pekan", "weeks?", "wks?", "w"),
}
_AGO_PART = (
    rf"(?:\d{{1,3}}|{'|'.join(sorted(_COUNT_WORDS, key=len, reverse=True))})\s*"
    rf"(?:{'|'.join(name for names in _UNITS.values() for name in names)})"
)
_AGO = re.compile(
    rf"(?<![\w.,]){_AGO_PART}(?:[\s,]+(?:dan\s+|and\s+)?{_AGO_PART})?\s*(?:(?:yang|yg)\s+)?(?:lalu|silam|ago)\b",
    re.IGNORECASE,
)
_AGO_PARTS = re.compile(
    rf"(?P<count>\d{{1,3}}|{'|'.join(sorted(_COUNT_WORDS, key=len, reverse=True))})\s*(?:"
    + "|".join(rf"(?P<{unit}>{'|'.join(names)})\b" for unit, names in _UNITS.items())
    + ")",
    re.IGNORECASE,
)
_JUST_NOW = re.compile(
    r"\b(?:baru\s+saja|barusan|beberapa\s+(?:detik|saat)\s+(?:(?:yang|yg)\s+)?lalu|just\s+now|"
    r"(?:a\s+)?few\s+seconds\s+ago|moments?\s+ago)\b",
    re.IGNORECASE,
)
_HALF_AN_HOUR = re.compile(r"\b(?:setengah\s+jam\s+(?:(?:yang|yg)\s+)?lalu|half\s+an\s+hour\s+ago)\b", re.IGNORECASE)
_NAMED_DAY = re.compile(r"\b(?:(?P<yesterday>kemarin|kemaren|yesterday)|hari\s+ini|today)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ParsedDate:
    """A date as a page writes it. `local` is the naive local time, midnight if the page gives no time of day.

    `offset` is the UTC offset that the page gives, or None. `has_time` and `has_seconds` are true if the page gives a
    time of day and its seconds, `is_about` if it is only some day of about then.
    """

    local: datetime
    offset: timezone | None = None
    has_time: bool = True
    has_seconds: bool = False
    is_about: bool = False

    def at(self, default: timezone = WIB) -> datetime:
        """Return the aware datetime; `default` is the zone of a date without an offset."""
        return self.local.replace(tzinfo=self.offset or default)


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date in a line, and the characters of the line that it takes, its time of day included."""

    date: ParsedDate
    start: int
    end: int


def parse_machine_date(text: str) -> ParsedDate | None:
    """Parse a date written by a machine.

    Accepts ISO 8601 and common deviations from it, RFC 822, the forms of C, Java and JavaScript, and Unix seconds or
    milliseconds. The whole text must be the date. Returns None for anything else, and for dates before MIN_DATE.
    """
    text = text.strip()[:120]
    for pattern in (_ISO, _COMPACT, _ASCTIME):
        if found := pattern.fullmatch(text):
            return _parsed_date(found.groupdict())
    if found := _EPOCH.fullmatch(text):
        date = datetime.fromtimestamp(int(found["seconds"]), UTC)
        return ParsedDate(date.replace(tzinfo=None), UTC, has_seconds=True) if date >= MIN_DATE else None
    text = _COMMENT.sub("", text)
    mentions = date_mentions(text)
    whole = len(mentions) == 1 and mentions[0].start == 0 and mentions[0].end == len(text)
    return mentions[0].date if whole else None


def find_printed_dates(text: str) -> list[ParsedDate]:
    """Find the dates in a line written for readers, in order.

    Examples: 'Jum'at, 24 Juli 2026 | 07.08 WIB', 'Kamis, 05/11/2015 10:08 WIB'.
    """
    return [mention.date for mention in date_mentions(text)]


def date_mentions(text: str) -> list[DateMention]:
    """Find the dates in a line written for readers, in order, each with its place.

    Of numbers alone, the day comes before the month unless that is impossible. A time of day stands after its date, or
    before it.
    """
    if not _TWO_DIGITS.search(text):
        return []
    found = [(hit.start(), -hit.end(), pattern, hit) for pattern in _PRINTED for hit in pattern.finditer(text)]
    found.sort(key=lambda item: item[:2])
    mentions: list[DateMention] = []
    end = 0
    for start, minus_stop, pattern, hit in found:
        if start < end:
            continue
        clock = _EAST_ASIAN_CLOCK.match(text, -minus_stop) if pattern is _EAST_ASIAN else None
        clock = clock or _CLOCK_AFTER.match(text, -minus_stop)
        stop = clock.end() if clock else -minus_stop
        if clock is None:
            earliest = max(end, start - MAX_CLOCK_BEFORE_CHARS)
            clock = _CLOCK_BEFORE.search(text, earliest, start)
            start = clock.start() if clock else start
        if pattern is _SHORT_NUMERIC and clock is None:
            continue
        parts = {**hit.groupdict(), **(clock.groupdict() if clock else {})}
        if pattern in (_NUMERIC, _DOTTED) and int(parts["month"] or 0) > MONTHS_OF_A_YEAR:
            parts["day"], parts["month"] = parts["month"], parts["day"]
        if date := _parsed_date(parts):
            mentions.append(DateMention(date, start, stop))
            end = stop
    return mentions


def relative_mention(text: str, now: datetime) -> DateMention | None:
    """Find the first date in a line that is counted from `now`, an aware time: '3 jam yang lalu', 'Kemarin, 20:05 WIB'.

    The result is in the zone of `now`. It has a time of day if the line counts in hours or less, and is of some day
    about then if it counts in weeks. Longer spans do not even tell the month, so they give None.
    """
    if found := _JUST_NOW.search(text):
        return DateMention(_minute(now), found.start(), found.end())
    if found := _HALF_AN_HOUR.search(text):
        return DateMention(_minute(now - timedelta(minutes=30)), found.start(), found.end())
    if found := _AGO.search(text):
        ago = timedelta()
        finest = ""
        for part in _AGO_PARTS.finditer(found[0]):
            finest = part.lastgroup or ""
            count = part["count"].lower()
            ago += timedelta(**{finest: int(count) if count.isdecimal() else _COUNT_WORDS[count]})
        date = _minute(now - ago) if finest in ("seconds", "minutes", "hours") else _day(now - ago)
        return DateMention(replace(date, is_about=finest == "weeks"), found.start(), found.end())
    if found := _NAMED_DAY.search(text):
        day = now - timedelta(days=1) if found["yesterday"] else now
        clock = _CLOCK_AFTER.match(text, found.end())
        if clock is not None:
            parts = {"year": f"{day:%Y}", "month": f"{day:%m}", "day": f"{day:%d}", **clock.groupdict()}
            timed = _parsed_date(parts)
            return DateMention(timed, found.start(), clock.end()) if timed else None
        if found["yesterday"]:
            return DateMention(_day(day), found.start(), found.end())
    return None


def _minute(at: datetime) -> ParsedDate:
    return ParsedDate(at.replace(second=0, microsecond=0, tzinfo=None), timezone(at.utcoffset() or timedelta()))


def _day(at: datetime) -> ParsedDate:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return ParsedDate(midnight, timezone(at.utcoffset() or timedelta()), has_time=False)


def _parsed_date(parts: dict[str, str | None]) -> ParsedDate | None:
    name = (parts["month"] or "").lower().rstrip(".").removeprefix("tháng").strip()
    month = MONTH_NUMBERS.get(name) or (int(name) if name.isdecimal() else 0)
    day = int(parts["day"] or 0)
    year = int((parts["year"] or "").lstrip("'’"))
    hour_text = parts.get("hour") or parts.get("hour_alone")
    second = parts.get("second")
    hour = int(hour_text or 0)
    minute = int(parts.get("minute") or 0)
    if hour == 24 and (minute or int(second or 0)):
        return None
    hour = _hour_of_day(hour, (parts.get("half") or parts.get("half_alone") or "").lower())
    try:
        local = datetime(year if year > 99 else 2000 + year, month, day)  # noqa: DTZ001 - the offset is kept beside it
        local += timedelta(hours=hour, minutes=minute, seconds=int(second or 0))
    except (ValueError, OverflowError):
        return None
    if local < MIN_DATE.replace(tzinfo=None) or hour > 24 or minute > 59 or int(second or 0) > 60:
        return None
    offset = _offset(parts.get("offset") or parts.get("zone") or parts.get("zone_for_t"))
    return ParsedDate(local, offset, hour_text is not None, second is not None)


def _hour_of_day(hour: int, half: str) -> int:
    """Return an hour from 0 to 24 by the half or part of the day that follows it; '20:05 PM' stays 20."""
    if half.startswith("a"):
        return 0 if hour == 12 else hour
    if half == "malam":
        return 24 if hour == 12 else hour + 12 if 6 <= hour < 12 else hour
    if half in _AFTERNOON:
        return hour + 12 if hour < 12 else hour
    afternoon = half.startswith("pm") or half.startswith("p.") or half.startswith("p m") or half in ("sore", "petang")
    if (afternoon and 1 <= hour < 12) or (half == "siang" and 1 <= hour < 6):
        return hour + 12
    return hour


def _offset(text: str | None) -> timezone | None:
    if not text:
        return None
    name = " ".join(text.lower().split())
    if name in ZONES:
        return ZONES[name]
    if name in _FOREIGN_ZONES:
        return timezone(timedelta(hours=_FOREIGN_ZONES[name]))
    found = re.fullmatch(r"(?:gmt|utc)?\s?(?P<sign>[+-]?)\s?(?P<hours>\d\d?):?(?P<minutes>\d\d)?", name)
    if found is None:
        return None
    hours, minutes = int(found["hours"]), int(found["minutes"] or 0)
    if hours > 14 or minutes > 59:
        return None
    delta = timedelta(hours=hours, minutes=minutes)
    return timezone(-delta if found["sign"] == "-" else delta)
