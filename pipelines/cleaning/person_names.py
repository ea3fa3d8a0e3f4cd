"""Names of people, as distinct from the labels, desks, sites and companies that bylines carry as well."""

import re
from collections.abc import Iterable, Set
from urllib.parse import urlsplit

from pipelines.cleaning.gazetteer import PLACES

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


_ROLE = (
    r"(?:(?:nama\s+)?penulis(?:\s+(?:artikel|berita))?|pewarta|reporter|wartawan|jurnalis|kontributor|contributor|author|"
    r"writer|koresponden|peliput|redaktur|penyunting|editor(?:\s+bahasa)?|fotografer|photographer|videografer)"
)
_BYLINE_LABEL = re.compile(
    rf"^[\s\W]*(?:(?:{_ROLE}(?:\s*&\s*{_ROLE})?|oleh|by|laporan(?:\s+(?:wartawan|kontributor|jurnalis|reporter))?|"
    r"(?:di)?(?:tulis|post|posting|poskan|postkan|publikasikan|terbitkan|unggah|laporkan|susun|edit|sunting)\s+oleh|"
    r"(?:written|posted|published|reported|story|text|words|report|edited)\s+by|teks|naskah|foto)\b\s*[:：|]?\s*)+",
    re.IGNORECASE,
)
_BYLINE_TAIL = re.compile(
    rf"\s*(?:\s[-–—]+\s.*|,\s*(?:{_ROLE}|senior|tim|managing|chief|staff|pemimpin)\b.*|\(.*\)?|<.*|\[.*|"
    r"\b(?:pada|di|at|on|jam|pukul)\s+\d.*|\b(?:pada|on)\s+(?=\w+,?\s*\d).*|\b(?:senin|selasa|rabu|kamis|"
    r"jum['’]?at|sabtu|minggu|ahad)\b.*|\d{1,2}[\s/].*|\s+\S*@\S+.*|\s(?:dkk|dll|et\s+al)\b.*)$",
    re.IGNORECASE,
)
_NAME_SEPARATOR = re.compile(
    r"\s*(?P<mark>[;,/|·•+]|(?<=\s)(?:&|dan|and|serta|bersama|with)(?=\s))\s*(?:(?:&|dan|and|serta)\s+)?", re.IGNORECASE
)
_WEAK_SEPARATORS = frozenset("|·•/")
"""Marks behind which a house, a place or a section may stand as well as a name: one word behind them is not a name."""

_ACADEMIC_DEGREE = re.compile(
    r"^(?:(?:[SMA]|Ph|B|Dr|Sp|DEA|MBA|CFA|SE|SH|ST|SP|MM|MH|MT|MP|MA|BA|BSc|MSc|LLM|MPd|SPd|SKom|MKom|SSos|MSi|SIKom|"
    r"MIKom|SPsi|MPsi|MHum|SHum|SAg|MAg|AMd|SSi|MEng|BEng|PhD|Jr|Sr|II|III)\.?|"
    r"(?:[SMA]|Ph|B|Sp)\.\s?(?:[A-Z][A-Za-z]{0,5}\.?\s?){1,3})$"
)
"""Degrees behind a name, with their points or known without: Indonesian names of five letters must not pass for one."""

_TITLES_BEFORE = re.compile(
    r"^(?:(?:(?:Dr|Drs|Dra|Ir|Prof|dr|drg)(?:\.\s*|\s+)|(?:Hj?|KH|Ust|Tgk|Mr|Mrs|Ms)\.\s*))+(?=\w)"
)

_HOUSE_WORD = re.compile(
    r"\b(?:redaksi\w*|admin\w*|administrator|editor\w*|desk|developer|development|design|"
    r"cyber|network|news(?:room|wire|desk|paper|team)?|berita|kabar|times|online|"
    r"indonesia|redaktur|staff?|kontributor|contributor|author|penulis|reporter|"
    r"wartawan|webmaster|user|superadmin|account|akun|"
    r"publisher|pt|cv|tbk|ltd|inc|corp|company|group|grup|magz|magazine|majalah|portal|tv|radio|"
    r"wire|prwire|agency|kantor|biro|humas|liputan|kreatif|multimedia|center|centre|institute|"
    r"sponsored|advertorial|reuters|afp|xinhua|kompas\w*|detik\w*|liputan6\w*|tempoco|"
    r"tribun(?!ana)\w*|okezone\w*|vivanews|"
    r"anonim|anonymous|unknown|null|none|undefined|default|infografis|"
    r"dokumentasi|istimewa|google|facebook|twitter|instagram|http\w*|www|"
    r"digital|official|community|komunitas|universitas|kementerian|dinas|polri|tni|lifestyle|"
    r"sport|sports|tekno|teknologi|otomotif|"
    r"promedia|jakarta|by|correspondents?|associated|hari ini|untuk|dengan|dari)\b",
    re.IGNORECASE,
)
"""Words of which one makes a credit that of a desk, a house, a company or a role."""

_AMBIGUOUS_WORD = re.compile(
    r"(?:tim|team|media|antara|merdeka|viva|tempo|republika|yang|ini|press|guest|tamu|root|bola|video|foto|dok|sumber)$",
    re.IGNORECASE,
)
"""Words of desks and houses that are names of people as well: Michelle Yang, Tim Hartono, Antara Nugraha."""

_WEB_ADDRESS = re.compile(r"\w\.(?:com|id|net|org|co|tv|info)\b|@|//", re.IGNORECASE)
_PERSON_NAME = re.compile(r"^[^\W\d_][\w'’.`-]*(?:\s+[^\W\d_][\w'’.`-]*){0,6}$")
_PARTICLES = frozenset(
    {
        "bin", "binti", "bt", "van", "von", "der", "den", "de", "da", "di", "du", "la", "le", "el", "al", "ibn",
    }
)  # fmt: skip
"""Words of names that stay in lower case."""

MIN_SITE_LETTERS = 4
"""Letters of a part of the site's name that names it behind a word for its desk."""

MAX_CREDIT_CHARS = 2_000
"""Characters of a credit that are read: a dozen names have 300."""

MAX_ACRONYM_LETTERS = 5
"""Letters of a single word in capitals that is an acronym or initials, and not a name."""


def people(values: Iterable[str], not_names: Iterable[str] = ()) -> list[str]:
    """Return the names of people in bylines, without labels and affiliations; desks and companies are left out.

    One byline may hold several names. `not_names` are names of the site, which is not a person.
    """
    site_keys = {_key(name) for name in not_names if name}
    found: dict[str, str] = {}
    for value in values:
        for name in _split_names(value[:MAX_CREDIT_CHARS]):
            key = _key(name)
            if key and key not in found and not _is_site(name, site_keys) and is_person(name):
                found[key] = name
    return list(found.values())


def is_person(name: str) -> bool:
    """Whether a byline has the form of a person's name. There is no list of names to compare it with.

    Of the words that are names of people as well as of houses, a person's name of two words or more has one at most.
    """
    if not 2 < len(name) <= 50 or _WEB_ADDRESS.search(name) or _HOUSE_WORD.search(name):
        return False
    if not _PERSON_NAME.match(name) or not any(character.isupper() for character in name):
        return False
    words = name.split()
    ambiguous = [word for word in words if _AMBIGUOUS_WORD.match(word)]
    if ambiguous and (len(words) < 2 or len(ambiguous) > 1 or not all(word[0].isupper() for word in words)):
        return False
    if len(words) == 1 and name.isupper() and len(name) <= MAX_ACRONYM_LETTERS:
        return False
    return any(len(word.strip(".")) > 2 for word in words)


def _is_site(name: str, site_keys: Set[str]) -> bool:
    """Whether a name is the site's, alone or behind a word for its desk: 'Tim Contoh Kabar'."""
    words = name.split()
    rest = "".join(words[1:]) if words and _AMBIGUOUS_WORD.match(words[0]) else ""
    return _key(name) in site_keys or (len(rest) >= MIN_SITE_LETTERS and any(_key(rest) in key for key in site_keys))


def _split_names(value: str) -> list[str]:
    parts: list[str] = []
    mark = ""
    pieces = _NAME_SEPARATOR.split(_without_affixes(" ".join(value.split())))
    for number, piece in enumerate(pieces):
        if number % 2:
            mark = piece.strip()
            continue
        name = _without_affixes(piece).strip(" .,;:|-–—*()[]")
        if not name or (parts and _ACADEMIC_DEGREE.match(name)):
            continue
        if len(pieces) > 1 and name.casefold() in PLACES:
            continue  # 'Kontributor Bandung, Nama Orang'
        if parts and mark in _WEAK_SEPARATORS and " " not in name:
            continue
        parts.append(_name_case(_TITLES_BEFORE.sub("", name)))
    return parts


def _without_affixes(text: str) -> str:
    """Return a credit without the labels before it and what follows the names."""
    previous = None
    while text != previous:
        previous = text
        text = _BYLINE_TAIL.sub("", _BYLINE_LABEL.sub("", text)).strip(" ,.;:|-–—*")
    return text


def _name_case(name: str) -> str:
    """Return a name that is all in capitals ('DINI TEJA') in the usual case."""
    if not name.isupper() or len(name) <= 3:
        return name
    words = [_capitalized(word) if len(word) > 2 else word for word in name.split()]
    return " ".join(
        word.lower() if number and word.lower() in _PARTICLES else word for number, word in enumerate(words)
    )


def _capitalized(word: str) -> str:
    """Return a word with a capital at its beginning and behind hyphens: 'AL-HADDAD', "MA'RUF", "O'NEIL"."""
    parts = [
        part[:2] + part[2:].capitalize() if part[1:2] in "'’" and part[:1] else part.capitalize()
        for part in word.split("-")
    ]
    return "-".join(parts)


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())
