"""Parses dates and times as Indonesian pages print them, and as machines write them for Indonesian pages.

Parsing is strict: a text that is not a date gives None, never a guess.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

WIB = timezone(timedelta(hours=7), "WIB")
WITA = timezone(timedelta(hours=8), "WITA")
WIT = timezone(timedelta(hours=9), "WIT")
ZONES = {"wib": WIB, "wita": WITA, "wit": WIT, "gmt": UTC, "utc": UTC}

MIN_DATE = datetime(1994, 1, 1, tzinfo=UTC)
"""The earliest date that is believed. The first Indonesian news site, Republika Online, began in 1995; older dates are
placeholders such as 1 January 1970."""

_MONTH_NAMES = (
    ("januari", "january", "jan"),
    ("februari", "february", "pebruari", "feb", "peb"),
    ("maret", "march", "mar", "mrt"),
    ("april", "apr"),
    ("mei", "may"),
    ("juni", "june", "jun"),
    ("juli", "july", "jul"),
    ("agustus", "august", "agu", "ags", "agt", "agst", "aug"),
    ("september", "sept", "sep"),
    ("oktober", "october", "okt", "oct"),
    ("november", "nopember", "nov", "nop"),
    ("desember", "december", "des", "dec"),
)
MONTH_NUMBERS = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names}

_WEEKDAY = (
    r"(?:senin|selasa|rabu|kamis|jum['’‘`]?at|sabtu|minggu|ahad|"
    r"mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
)
_MONTH = r"(?P<month>" + "|".join(sorted(MONTH_NUMBERS, key=len, reverse=True)) + r")\b\.?"
_CLOCK = (
    r"(?:(?:\s*(?:[,|/•·–—-]|pukul|jam|at|pada|di|on|T)){0,3}\s*"
    r"(?P<hour>[01]?\d|2[0-3])\s?[:.]\s?(?P<minute>[0-5]\d)(?:[:.](?P<second>[0-5]\d))?(?!\d)"
    r"\s*(?P<half>[ap]\.?m\b\.?)?\s*\(?(?P<zone>WIB|WITA|WIT|GMT|UTC)?\b)?"
)
_DAY_MONTH_YEAR = re.compile(
    rf"(?<![\w/])(?:{_WEEKDAY}\s*,?\s*)?(?:(?:tanggal|tgl\.?)\s+)?(?P<day>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?[\s-]+"
    rf"{_MONTH},?[\s-]+(?P<year>(?:19|20)\d\d|\d\d(?!\d|\s?[:.]\d))(?!\d){_CLOCK}",
    re.IGNORECASE,
)
_MONTH_DAY_YEAR = re.compile(
    rf"(?<!\w)(?:{_WEEKDAY}\s*,?\s*)?{_MONTH}\s+(?P<day>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?,?\s+"
    rf"(?P<year>(?:19|20)\d\d)(?!\d){_CLOCK}",
    re.IGNORECASE,
)
_NUMERIC = re.compile(
    rf"(?<![\w/.-])(?P<day>0?[1-9]|[12]\d|3[01])\s?(?P<mark>[/-])\s?(?P<month>0?[1-9]|1[0-2])\s?(?P=mark)\s?"
    rf"(?P<year>(?:19|20)\d\d)(?!\d){_CLOCK}",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(
    rf"(?<![\w/.-])(?P<year>(?:19|20)\d\d)(?P<mark>[/-])(?P<month>0?[1-9]|1[0-2])(?P=mark)"
    rf"(?P<day>0?[1-9]|[12]\d|3[01])(?!\d){_CLOCK}",
    re.IGNORECASE,
)
_CLOCK_FIRST = re.compile(
    r"(?<![\w:.])(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)(?:[:.](?P<second>[0-5]\d))?\s*"
    r"(?:(?P<zone>WIB|WITA|WIT|GMT|UTC)\b\s*[,|/•·–—-]?|[,|/•·–—-])\s*"
    rf"(?:{_WEEKDAY}\s*,?\s*)?(?P<day>0?[1-9]|[12]\d|3[01])[\s-]+{_MONTH},?[\s-]+(?P<year>(?:19|20)\d\d)(?!\d)"
    r"(?!\s*[,|/•·–—-]?\s*(?:pukul|jam)?\s*\d?\d[:.]\d\d)",
    re.IGNORECASE,
)
_PRINTED = (_CLOCK_FIRST, _DAY_MONTH_YEAR, _MONTH_DAY_YEAR, _NUMERIC, _YEAR_FIRST)

_ISO = re.compile(
    r"(?P<year>(?:19|20)\d\d)[-/](?P<month>\d\d?)[-/](?P<day>\d\d?)"
    r"(?:\s*[T ]\s*(?P<hour>\d\d?)[:-](?P<minute>\d\d)(?:[:-](?P<second>\d\d)(?:[.,]\d+)?)?\s*"
    r"(?P<offset>Z|(?:UTC|GMT)?[+-]\d\d:?\d\d|[+-]\d\d|UTC|GMT|WIB|WITA|WIT)?)?"
)
_RFC822 = re.compile(
    r"(?:[a-z]{3},?\s+)?(?P<day>\d\d?)\s+(?P<month>[a-z]{3})\s+(?P<year>(?:19|20)\d\d)\s+"
    r"(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d))?\s*(?P<offset>GMT|UTC|Z|[+-]\d{4})?",
    re.IGNORECASE,
)
_JAVASCRIPT = re.compile(
    r"(?:[a-z]{3}\s+)(?P<month>[a-z]{3})\s+(?P<day>\d\d?)\s+(?P<year>(?:19|20)\d\d)\s+"
    r"(?P<hour>\d\d?):(?P<minute>\d\d):(?P<second>\d\d)\s*(?P<offset>(?:GMT|UTC)?[+-]\d{4}|GMT|UTC)?(?:\s*\(.*\))?",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"(?P<seconds>\d{10})(?:\d{3})?(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class ParsedDate:
    """A date as a page writes it. `local` is the naive local time, midnight if the page gives no time of day.

    `offset` is the UTC offset that the page gives, or None. `has_time` and `has_seconds` are true if the page gives a
    time of day and its seconds.
    """

    local: datetime
    offset: timezone | None = None
    has_time: bool = True
    has_seconds: bool = False

    def at(self, default: timezone = WIB) -> datetime:
        """Return the aware datetime; `default` is the zone of a date without an offset."""
        return self.local.replace(tzinfo=self.offset or default)


def parse_machine_date(text: str) -> ParsedDate | None:
    """Parse a date written by a machine.

    Accepts ISO 8601 and common deviations from it, RFC 822, a JavaScript `Date` string, and Unix seconds or
    milliseconds. The whole text must be the date. Returns None for anything else, and for dates before MIN_DATE.
    """
    text = text.strip()[:120]
    for pattern in (_ISO, _RFC822, _JAVASCRIPT):
        if found := pattern.fullmatch(text):
            return _parsed_date(found)
    if found := _EPOCH.fullmatch(text):
        date = datetime.fromtimestamp(int(found["seconds"]), UTC)
        return ParsedDate(date.replace(tzinfo=None), UTC, has_seconds=True) if date >= MIN_DATE else None
    return None


def find_printed_dates(text: str) -> list[ParsedDate]:
    """Find the dates in a line written for readers, in order.

    Examples: 'Jum'at, 24 Juli 2026 | 07.08 WIB', 'Kamis, 05/11/2015 10:08 WIB'.
    """
    found = [(hit.start(), hit.end(), hit) for pattern in _PRINTED for hit in pattern.finditer(text)]
    found.sort(key=lambda item: (item[0], -item[1]))
    dates: list[ParsedDate] = []
    end = -1
    for start, stop, hit in found:
        if start >= end and (date := _parsed_date(hit)):
            dates.append(date)
            end = stop
    return dates


def _parsed_date(found: re.Match[str]) -> ParsedDate | None:
    parts = found.groupdict()
    month = parts["month"].lower().rstrip(".")
    number = MONTH_NUMBERS.get(month) or (int(month) if month.isdecimal() else 0)
    year = int(parts["year"])
    has_time = parts.get("hour") is not None
    hour = int(parts["hour"]) if has_time else 0
    half_day = (parts.get("half") or "").lower()[:1]
    if half_day:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half_day == "p" else 0)
    second = parts.get("second")
    try:
        local = datetime(  # noqa: DTZ001 - local time; the offset is kept beside it
            year if year > 99 else 2000 + year,
            number,
            int(parts["day"]),
            hour,
            int(parts["minute"]) if has_time else 0,
            int(second) if second else 0,
        )
    except ValueError:
        return None
    if local < MIN_DATE.replace(tzinfo=None):
        return None
    return ParsedDate(local, _offset(parts.get("offset") or parts.get("zone")), has_time, second is not None)


def _offset(text: str | None) -> timezone | None:
    if not text:
        return None
    name = text.lower()
    if name == "z":
        return UTC
    if name in ZONES:
        return ZONES[name]
    digits = name.removeprefix("gmt").removeprefix("utc").replace(":", "")
    hours, minutes = int(digits[1:3]), int(digits[3:5] or 0)
    if hours > 14 or minutes > 59:
        return None
    delta = timedelta(hours=hours, minutes=minutes)
    return timezone(-delta if digits[0] == "-" else delta)
