"""The dateline: place and medium that open a news text, told from its first words."""

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
_WORD = r"[A-ZÀ-Þ][\w'’.-]*"
_PLACE = rf"{_WORD}(?:[ ]{_WORD}){{0,3}}"
_DAY = r"\d{1,2}\s+[A-Za-z]{3,9}\s+\d{4}|\d{1,2}/\d{1,2}(?:/\d{2,4})?"
_MARK = r"\s*(?:--+|[-–—―:|]|&mdash;)+\s*"
_OPENING = r"[\s\"'“‘(\[*]*"

_WITH_MEDIUM = re.compile(
    rf"{_OPENING}(?P<dateline>"
    rf"(?:{_PLACE}(?:,\s*{_PLACE})?\s*,\s*)?(?:\(\s*)?{_MEDIUM}(?:\s*\))?(?:\s*,\s*{_PLACE}(?:,\s*{_PLACE}"
    rf")?)?(?:\s*,?\s*\(?(?:{_DAY})\)?)?"
    rf"|{_PLACE}(?:,\s*{_PLACE})?(?:,?\s*\(?(?:{_DAY})\)?)?\s*\((?:{_MEDIUM}|"
    rf"[A-Z][\w. ]{{1,25}})(?:\s?/\s?[\w. ]{{2,25}}){{0,2}}\)"
    rf"){_MARK}(?=\S|$)",
)
_KONTAN = re.compile(rf"(?P<dateline>(?i:{_DOMAIN})\s*[-–—]\s?(?P<place>[A-Z][A-Z ]{{2,25}}))\.\s+(?=\S)")
_BARE_MEDIUM = re.compile(rf"(?P<dateline>{_DOMAIN},\s*(?P<place>{_PLACE}(?:,\s*{_PLACE})?))[\s,]+(?=\S|$)")
_PLACE_ONLY = re.compile(
    rf"{_OPENING}(?P<dateline>(?P<place>{_PLACE})(?:,\s*(?P<region>{_PLACE}))?(?:,?\s*\(?(?:{_DAY})"
    r"\)?)?)(?:\s*(?:--+|[–—―])|\s+-|-\s|\s*-\s*$)+\s*(?=\S|$)"
)
_LEADING_MARK = re.compile(r"^[\s\-–—―:|.,]+(?=\S)")

LONGEST = 90
"""Characters in which a dateline must end: the longest seen, with two places, a date and two agencies, has 70."""


@dataclass(frozen=True, slots=True)
class Split:
    """A first paragraph without its dateline, and the dateline without its dash."""

    dateline: str
    text: str


def split_dateline(text: str, *, lead: str = "", names: tuple[str, ...] = (), sure: bool = False) -> Split | None:
    """Split the dateline from the first paragraph of an article; None where it has none.

    `lead` is the bold text that opens the paragraph, `names` are the site's own names. A medium or agency with a dash
    is a dateline; a place alone must be known, or bold, or stand alone on its line. `sure` asks for a medium.
    """
    window = text[: LONGEST + 40]
    if not sure and (found := _KONTAN.match(window)):
        return _split(text, found)
    for name in names:
        own = re.match(
            rf"{_OPENING}(?P<dateline>(?:{_PLACE},\s*)?{re.escape(name)}(?:,\s*{_PLACE})?){_MARK}(?=\S|$)",
            window,
            re.IGNORECASE,
        )
        if own and len(own["dateline"]) <= LONGEST:
            return _split(text, own)
    found = _WITH_MEDIUM.match(window)
    if found and len(found["dateline"]) <= LONGEST:
        return _split(text, found)
    if sure:
        return None
    bold = lead.strip(" -–—:|,").strip()
    found = _BARE_MEDIUM.match(window)
    if found:
        if bold and text.startswith(bold) and bold.startswith(found["dateline"].split(",")[0]) and len(bold) <= LONGEST:
            return Split(bold, _LEADING_MARK.sub("", text[len(bold) :]).strip())
        place = _longest_place(found["place"])
        if place:
            head = text[: found.start("place")] + text[found.start("place") : found.start("place") + len(place)]
            return Split(head.strip(), _LEADING_MARK.sub("", text[len(head) :]).strip())
    found = _PLACE_ONLY.match(window)
    if found:
        place = found["place"]
        known = _known(place) or (found["region"] is not None and _known(found["region"]))
        alone = not text[found.end() :].strip()
        if known or alone or (bold and bold.startswith(place) and len(bold.split()) <= 5):
            return _split(text, found)
    return None


def _split(text: str, found: re.Match[str]) -> Split:
    return Split(" ".join(found["dateline"].split()), text[found.end() :].strip())


def _known(place: str) -> bool:
    return place.rstrip(".").casefold() in PLACES


def _longest_place(words: str) -> str:
    """The longest known place that the words begin with; empty where there is none."""
    parts = words.split(" ")
    for size in range(len(parts), 0, -1):
        name = " ".join(parts[:size])
        if _known(name.rstrip(",")):
            return name.rstrip(",")
    return ""
