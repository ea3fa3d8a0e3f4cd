"""The dateline: the place and medium that open a news text."""

import re
from dataclasses import dataclass

from pipelines.cleaning.gazetteer import PLACES

_DOMAIN = r"[A-Za-z0-9][\w-]*(?:\.[A-Za-z0-9-]+){0,2}\.(?i:com|co\.id|co|id|net|tv|org|news|info|or\.id|go\.id|xyz)"
_AGENCY = (
    r"CNN Indonesia|CNBC Indonesia|BBC(?: News)? Indonesia|VOA(?: Indonesia)?|DW(?: Indonesia)?|"
    r"IDN Times|ANTARA(?: News)?|"
    r"Antara(?: News)?|Kompas ?TV|KompasTekno|KompasOtomotif|Kompas|SINDOnews|Sindonews|iNews|Okezone|Republika|Tempo|"
    r"Bisnis|Kontan|Katadata|Tirto|Kumparan|KUMPARAN|Beritasatu|Suara|JawaPos|Jawa Pos|Tribunnews|Gatra|Selular|Telset|"
    r"Gizmologi|Uzone|IndoTelko|Investor Daily|Media Indonesia|Metro ?TV|tvOne(?:news)?|Reuters|"
    r"AFP|AP|Xinhua|Bloomberg|"
    r"PRNewswire|Business Wire|InfoPublik|Jurnas|Harian Jogja|Solopos|Pikiran Rakyat|Warta Ekonomi|The Jakarta Post"
)
_MEDIUM = rf"(?:{_DOMAIN}|{_AGENCY})"
_CAPITALIZED_WORD = r"[A-ZÀ-Þ][\w'’.-]*"
_PLACE = rf"{_CAPITALIZED_WORD}(?:[ ]{_CAPITALIZED_WORD}){{0,3}}"
_DAY = r"\d{1,2}\s+[A-Za-z]{3,9}\s+\d{4}|\d{1,2}/\d{1,2}(?:/\d{2,4})?"
_DASH = r"\s*(?:--+|[-–—―:|]|&mdash;)+\s*"
_LEADING_PUNCTUATION = r"[\s\"'“‘(\[*]*"

_WITH_MEDIUM = re.compile(
    rf"{_LEADING_PUNCTUATION}(?P<dateline>"
    rf"(?:{_PLACE}(?:,\s*{_PLACE})?\s*,\s*)?(?:\(\s*)?{_MEDIUM}(?:\s*\))?(?:\s*,\s*{_PLACE}(?:,\s*{_PLACE}"
    rf")?)?(?:\s*,?\s*\(?(?:{_DAY})\)?)?"
    rf"|{_PLACE}(?:,\s*{_PLACE})?(?:,?\s*\(?(?:{_DAY})\)?)?\s*\((?:{_MEDIUM}|"
    rf"[A-Z][\w. ]{{1,25}})(?:\s?/\s?[\w. ]{{2,25}}){{0,2}}\)"
    rf"){_DASH}(?=\S|$)",
)
_KONTAN_DATELINE = re.compile(rf"(?P<dateline>(?i:{_DOMAIN})\s*[-–—]\s?(?P<place>[A-Z][A-Z ]{{2,25}}))\.\s+(?=\S)")
_MEDIUM_WITHOUT_DASH = re.compile(rf"(?P<dateline>{_DOMAIN},\s*(?P<place>{_PLACE}(?:,\s*{_PLACE})?))[\s,]+(?=\S|$)")
_PLACE_ONLY = re.compile(
    rf"{_LEADING_PUNCTUATION}(?P<dateline>(?P<place>{_PLACE})(?:,\s*(?P<region>{_PLACE}))?(?:,?\s*\(?(?:{_DAY})"
    r"\)?)?)(?:\s*(?:--+|[–—―])|\s+-|-\s|\s*-\s*$)+\s*(?=\S|$)"
)
_LEADING_DASH = re.compile(r"^[\s\-–—―:|.,]+(?=\S)")

MAX_DATELINE_CHARS = 90
"""Characters of the longest dateline: the longest seen, with two places, a date and two agencies, has 70."""


@dataclass(frozen=True, slots=True)
class Split:
    """A first paragraph without its dateline, and the dateline without its dash."""

    dateline: str
    text: str


def split_dateline(
    text: str, *, lead: str = "", names: tuple[str, ...] = (), medium_required: bool = False
) -> Split | None:
    """Split the dateline from a paragraph of an article; None if the paragraph does not open with one.

    `lead` is the bold text that opens the paragraph, `names` are the site's own names. A medium or agency with a dash
    is a dateline. A place alone must be in the gazetteer, be bold, or stand alone on its line; with `medium_required`
    it is never enough.
    """
    window = text[: MAX_DATELINE_CHARS + 40]
    if not medium_required and (found := _KONTAN_DATELINE.match(window)):
        return _split(text, found)
    lower = window.lower()
    for name in names:
        if name.lower() not in lower:
            continue  # a pattern takes a millisecond to be compiled, and few texts open with the site's name
        match = re.match(
            rf"{_LEADING_PUNCTUATION}(?P<dateline>(?:{_PLACE},\s*)?{re.escape(name)}(?:,\s*{_PLACE})?){_DASH}(?=\S|$)",
            window,
            re.IGNORECASE,
        )
        if match and len(match["dateline"]) <= MAX_DATELINE_CHARS:
            return _split(text, match)
    found = _WITH_MEDIUM.match(window)
    if found and len(found["dateline"]) <= MAX_DATELINE_CHARS:
        return _split(text, found)
    if medium_required:
        return None
    bold = lead.strip(" -–—:|,").strip()
    return _split_medium_without_dash(text, window, bold) or _split_place(text, window, bold)


def _split_medium_without_dash(text: str, window: str, bold: str) -> Split | None:
    """Split 'Contoh.com, Jakarta' from the text: bold type or the gazetteer tells where the dateline ends."""
    found = _MEDIUM_WITHOUT_DASH.match(window)
    if found is None:
        return None
    opens_bold = bool(bold) and text.startswith(bold) and bold.startswith(found["dateline"].split(",")[0])
    if opens_bold and len(bold) <= MAX_DATELINE_CHARS:
        return Split(bold, _LEADING_DASH.sub("", text[len(bold) :]).strip())
    place = _longest_place(found["place"])
    if not place:
        return None
    end = found.start("place") + len(place)
    return Split(text[:end].strip(), _LEADING_DASH.sub("", text[end:]).strip())


def _split_place(text: str, window: str, bold: str) -> Split | None:
    """Split 'JAKARTA -' from the text, if the place is known, bold, or alone on its line."""
    found = _PLACE_ONLY.match(window)
    if found is None:
        return None
    place = found["place"]
    is_known = _is_known_place(place) or (found["region"] is not None and _is_known_place(found["region"]))
    is_alone = not text[found.end() :].strip()
    if is_known or is_alone or (bold and bold.startswith(place) and len(bold.split()) <= 5):
        return _split(text, found)
    return None


def _split(text: str, found: re.Match[str]) -> Split:
    return Split(" ".join(found["dateline"].split()), text[found.end() :].strip())


def _is_known_place(place: str) -> bool:
    return place.rstrip(".").casefold() in PLACES


def _longest_place(words: str) -> str:
    """Return the longest known place that the words begin with, or an empty string."""
    parts = words.split(" ")
    for size in range(len(parts), 0, -1):
        name = " ".join(parts[:size])
        if _is_known_place(name.rstrip(",")):
            return name.rstrip(",")
    return ""
