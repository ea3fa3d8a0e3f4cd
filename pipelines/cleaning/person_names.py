"""Names of people and of sites, told apart from the labels, desks and companies that bylines carry."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

_SUFFIXES = frozenset(
    {"com", "co", "id", "net", "org", "or", "go", "ac", "web", "my", "tv", "news", "info", "www", "m", "amp", "sch"}
)
_GENERIC = frozenset(
    {
        "news",
        "tekno",
        "inet",
        "sport",
        "travel",
        "money",
        "hot",
        "bola",
        "showbiz",
        "life",
        "lifestyle",
        "gaya",
        "otomotif",
    }
)


def host_labels(url: str) -> list[str]:
    """The labels of a URL's host that can be a site's name: 'inet.detik.com' gives 'detik' and 'detikcom'."""
    host = (urlsplit(url).hostname or "").lower()
    parts = host.split(".")
    labels = [
        part
        for part in parts
        if part not in _SUFFIXES and part not in _GENERIC and len(part) > 2 and part != "localhost"
    ]
    if not labels:
        return []
    main = labels[-1]
    tail = parts[parts.index(main) + 1 :]
    return [main, "".join([main, *tail])]


_LABEL = re.compile(
    r"^[\s\W]*(?:(?:oleh|by|penulis|pewarta|reporter|wartawan|jurnalis|kontributor|"
    r"laporan(?:\s+wartawan)?|written\s+by|posted\s+by|author|"
    r"ditulis\s+oleh|teks|naskah|redaktur\s*&\s*reporter|fotografer|foto|editor|redaktur|"
    r"penyunting|koresponden)\b\s*[:：|]?\s*)+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s*(?:[-–—|/·•]\s*.*|,\s*(?:jurnalis|reporter|wartawan|kontributor|tim|editor|penulis|"
    r"[\w.]+\.(?:com|id|net|co\.id))\b.*|\(.*\)|\bpada\s+\d.*|\b(?:senin|selasa|rabu|kamis|"
    r"jum['’]?at|sabtu|minggu|ahad)\b.*|\d{1,2}[\s/].*)$",
    re.IGNORECASE,
)
_SPLIT = re.compile(r"\s*(?:;|,|/|\s&\s|\s(?:dan|and)\s)\s*", re.IGNORECASE)
_DEGREE = re.compile(
    r"^(?:s|m|a|ph|dr|ir|drs|prof|st|mt|se|sh|mm|msi|skom|mkom|sos|ssos)\.?(?:\s?[a-z]{1,5}\.?){0,2}$", re.IGNORECASE
)

_NOT_PEOPLE = re.compile(
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
_DOMAIN = re.compile(r"\w\.(?:com|id|net|org|co|tv|info)\b|@|//", re.IGNORECASE)
_NAME = re.compile(r"^[^\W\d_][\w'’.`-]*(?:\s+[^\W\d_][\w'’.`-]*){0,5}$")


def people(values: Iterable[str], not_names: Iterable[str] = ()) -> list[str]:
    """The names of people in bylines: labels and affiliations removed, several names parted, desks and companies left
    out.

    `not_names` are names of the site, which is no person.
    """
    own = {_key(name) for name in not_names if name}
    found: dict[str, str] = {}
    for value in values:
        for name in _split(value):
            key = _key(name)
            if key and key not in found and key not in own and is_person(name):
                found[key] = name
    return list(found.values())


def is_person(name: str) -> bool:
    """Whether a byline can be a person's name, by its form: there is no list of names to hold it against."""
    if not 2 < len(name) <= 50 or _DOMAIN.search(name) or _NOT_PEOPLE.search(name):
        return False
    if not _NAME.match(name):
        return False
    return any(character.isupper() for character in name) and any(len(word) > 2 for word in name.split())


def _split(value: str) -> list[str]:
    text = " ".join(value.split())
    previous = None
    while text != previous:
        previous = text
        text = _TAIL.sub("", _LABEL.sub("", text)).strip(" ,.;:|-–—*")
    parts: list[str] = []
    for part in _SPLIT.split(text):
        name = part.strip(" .,;:|-–—*()[]")
        if not name:
            continue
        if parts and _DEGREE.match(name):
            continue
        parts.append(_cased(name))
    return parts


def _cased(name: str) -> str:
    """A name in capitals throughout ('DINI TEJA') as names are written."""
    if name.isupper() and len(name) > 3:
        return " ".join(word.capitalize() if len(word) > 2 else word for word in name.split())
    return name


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())
