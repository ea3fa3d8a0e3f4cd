"""Names of people, as distinct from the labels, desks, sites and companies that bylines carry as well."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

_HOST_SUFFIXES = frozenset(
    {"com", "co", "id", "net", "org", "or", "go", "ac", "web", "my", "tv", "news", "info", "www", "m", "amp", "sch"}
)
_GENERIC_HOST_LABELS = frozenset(
    {
        "news", "tekno", "inet", "sport", "travel", "money", "hot", "bola", "showbiz", "life", "lifestyle", "gaya",
        "otomotif",
    }
)  # fmt: skip


def host_labels(url: str) -> list[str]:
    """Return the labels of a URL's host that can be the site's name: 'detik' and 'detikcom' for 'inet.detik.com'."""
    host = (urlsplit(url).hostname or "").lower()
    parts = host.split(".")
    labels = [
        part
        for part in parts
        if part not in _HOST_SUFFIXES and part not in _GENERIC_HOST_LABELS and len(part) > 2 and part != "localhost"
    ]
    if not labels:
        return []
    main = labels[-1]
    tail = parts[parts.index(main) + 1 :]
    return [main, "".join([main, *tail])]


_BYLINE_LABEL = re.compile(
    r"^[\s\W]*(?:(?:oleh|by|penulis|pewarta|reporter|wartawan|jurnalis|kontributor|"
    r"laporan(?:\s+wartawan)?|written\s+by|posted\s+by|author|"
    r"ditulis\s+oleh|teks|naskah|redaktur\s*&\s*reporter|fotografer|foto|editor|redaktur|"
    r"penyunting|koresponden)\b\s*[:：|]?\s*)+",
    re.IGNORECASE,
)
_BYLINE_TAIL = re.compile(
    r"\s*(?:[-–—|/·•]\s*.*|,\s*(?:jurnalis|reporter|wartawan|kontributor|tim|editor|penulis|"
    r"[\w.]+\.(?:com|id|net|co\.id))\b.*|\(.*\)|\bpada\s+\d.*|\b(?:senin|selasa|rabu|kamis|"
    r"jum['’]?at|sabtu|minggu|ahad)\b.*|\d{1,2}[\s/].*)$",
    re.IGNORECASE,
)
_NAME_SEPARATOR = re.compile(r"\s*(?:;|,|/|\s&\s|\s(?:dan|and)\s)\s*", re.IGNORECASE)
_ACADEMIC_DEGREE = re.compile(
    r"^(?:s|m|a|ph|dr|ir|drs|prof|st|mt|se|sh|mm|msi|skom|mkom|sos|ssos)\.?(?:\s?[a-z]{1,5}\.?){0,2}$", re.IGNORECASE
)

_NON_PERSON_WORD = re.compile(
    r"\b(?:tim|team|redaksi\w*|admin\w*|administrator|editor\w*|desk|developer|development|design|"
    r"media|cyber|network|news\w*|berita|times|online|"
    r"indonesia|redaktur|newsroom|staff|staf|kontributor|contributor|author|penulis|reporter|"
    r"wartawan|webmaster|root|user|superadmin|"
    r"publisher|pt|cv|tbk|ltd|inc|corp|company|group|grup|magz|magazine|majalah|portal|tv|radio|"
    r"press|wire|prwire|agency|kantor|biro|humas|"
    r"sponsored|advertorial|antara|reuters|afp|xinhua|kompas\w*|detik\w*|liputan6\w*|tempo\w*|"
    r"tribun\w*|okezone\w*|merdeka|republika|viva\w*|"
    r"anonim|anonymous|unknown|guest|tamu|null|none|undefined|default|infografis|video|foto|"
    r"dok|dokumentasi|istimewa|sumber|google|facebook|twitter|instagram|http\w*|www|"
    r"digital|official|community|komunitas|universitas|kementerian|dinas|polri|tni|lifestyle|"
    r"sport|sports|tekno|teknologi|bola|otomotif|"
    r"promedia|jakarta|wire|staff|correspondents?|associated|hari ini|ini|yang|untuk|dengan|dari)\b",
    re.IGNORECASE,
)
_WEB_ADDRESS = re.compile(r"\w\.(?:com|id|net|org|co|tv|info)\b|@|//", re.IGNORECASE)
_PERSON_NAME = re.compile(r"^[^\W\d_][\w'’.`-]*(?:\s+[^\W\d_][\w'’.`-]*){0,5}$")


def people(values: Iterable[str], not_names: Iterable[str] = ()) -> list[str]:
    """Return the names of people in bylines, without labels and affiliations; desks and companies are left out.

    One byline may hold several names. `not_names` are names of the site, which is not a person.
    """
    site_keys = {_key(name) for name in not_names if name}
    found: dict[str, str] = {}
    for value in values:
        for name in _split_names(value):
            key = _key(name)
            if key and key not in found and key not in site_keys and is_person(name):
                found[key] = name
    return list(found.values())


def is_person(name: str) -> bool:
    """Whether a byline has the form of a person's name. There is no list of names to compare it with."""
    if not 2 < len(name) <= 50 or _WEB_ADDRESS.search(name) or _NON_PERSON_WORD.search(name):
        return False
    if not _PERSON_NAME.match(name):
        return False
    return any(character.isupper() for character in name) and any(len(word) > 2 for word in name.split())


def _split_names(value: str) -> list[str]:
    text = " ".join(value.split())
    previous = None
    while text != previous:
        previous = text
        text = _BYLINE_TAIL.sub("", _BYLINE_LABEL.sub("", text)).strip(" ,.;:|-–—*")
    parts: list[str] = []
    for part in _NAME_SEPARATOR.split(text):
        name = part.strip(" .,;:|-–—*()[]")
        if not name:
            continue
        if parts and _ACADEMIC_DEGREE.match(name):
            continue
        parts.append(_name_case(name))
    return parts


def _name_case(name: str) -> str:
    """Return a name that is all in capitals ('DINI TEJA') in the usual case."""
    if name.isupper() and len(name) > 3:
        return " ".join(word.capitalize() if len(word) > 2 else word for word in name.split())
    return name


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())
