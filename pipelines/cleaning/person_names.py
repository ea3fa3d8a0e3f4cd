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
_RANK = r"(?:senior|staff|lead|chief|contributing|guest|deputy|associate|freelance|news)"
FOREIGN_LABEL = (
    r"(?-i:(?:[Vv]on|VON|Par|PAR|Por|POR|Door|DOOR|Av|AV|Af|AF|Di|DI|(?:Text|Autor(?:in)?|Auteure?|Autore|Автор|Текст)(?=\s*:))"
    r"(?:\s*:)?\s+(?=[^\W\d_a-z])|By(?=[A-Z][a-z]))"
)
"""Labels of authors in other languages, before a name; and 'By' that a page glues to it."""

_BYLINE_LABEL = re.compile(
    rf"^[\s\W]*(?:{FOREIGN_LABEL}|(?:{_ROLE}(?:\s*&\s*{_ROLE})?|oleh|by|laporan(?:\s+(?:wartawan|kontributor|jurnalis|reporter))?|"
    r"(?:di)?(?:tulis|post|posting|poskan|postkan|publikasikan|terbitkan|unggah|laporkan|susun|edit|sunting)\s+oleh|"
    r"(?:written|posted|published|reported|story|text|words|report|edited)\s+by|teks|naskah|foto)\b\s*[:：|]?\s*)+",
    re.IGNORECASE,
)
_BYLINE_TAIL = re.compile(
    rf"\s*(?:\s[-–—]+\s.*|,\s*(?:{_ROLE}|senior|tim|managing|chief|staff|pemimpin)\b.*|\(.*\)?|<.*|\[.*|"
    r"\s(?:for|untuk)\s+(?=[A-Z]).*|\s(?:follow|ikuti|subscribe|view\s+profile|updated|last\s+updated|published)\b.*|"
    rf"(?:(?:\s{_RANK})+(?:\s[A-Z]\w+)?)?\s(?:writer|reporter|correspondent|columnist|journalist|redakteur(?:in)?|journaliste)$|"
    r"\s*(?:기자|記者)\b.*|\s(?:[A-Z]\.){3,}$|\s(?:[A-Z]\.){2,}[A-Z]$|\sPh\.?\s?D\.?$|"
    r"\b(?:pada|di|at|on|jam|pukul)\s+\d.*|\b(?:pada|on)\s+(?=\w+,?\s*\d).*|\b(?:senin|selasa|rabu|kamis|"
    r"jum['’]?at|sabtu|minggu|ahad)\b.*|\d{1,2}[\s/].*|\s+\S*@\S+.*|\s(?:dkk|dll|et\s+al)\b.*)$",
    re.IGNORECASE,
)
_AND = r"(?:&|dan|and|serta|und|et|og|och|ja)"
_NAME_SEPARATOR = re.compile(
    rf"\s*(?P<mark>[;,/|·•⋅∙●+、，；／]|(?<=\s)(?:{_AND}|bersama|with)(?=\s))\s*(?:{_AND}\s+)?", re.IGNORECASE
)
_SHORT_AND = re.compile(r"\s+(?:y|e|i|en|ve|și)\s+")
"""The word 'and' in languages where it is also part of names: between names of two words or more only."""

_WEAK_SEPARATORS = frozenset("|·•⋅∙●/")
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
_PERSON_NAME = re.compile(r"^[^\W\d_][\w'’.`-]*(?:\s+[\"“„]?[^\W\d_][\w'’.`-]*[\"”“]?){0,6}$")
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

_CREDENTIAL = re.compile(r"[A-Z][A-Za-z]{0,2}[A-Z]{1,4}[®™]?")
"""What people of the professions put behind a comma: 'MS', 'RD', 'CEPF®', 'DABOM'."""

_NAMELESS_WORD = re.compile(
    r"\b(?:the|of|this|your|our|about|from|for|more|follow|subscribe|share|sign|contents|articles?|council|posts|learn|click|"
    r"comments?|photos|getty|updated|published|related|latest|newsletter|podcast|login|menu|services|credits?|images?|"
    r"redaktion\w*|redacci[oó]n\w*|r[eé]daction|redazione|reda[cç][aã]o|redactie|redakcja|agence|agentur|agenzia|agencia|"
    r"nachrichten|noticias|notizie|nieuws|zeitung|presse|prensa|editorial)\b",
    re.IGNORECASE,
)
"""Words of headings, links and desks in other languages that stand where names do."""

_HAN = "\u3400-\u9fff"
_UNSPACED_NAME = re.compile(
    rf"[{_HAN}]{{2,4}}|[{_HAN}]{{1,3}}[\s\u3000・]?[{_HAN}\u3040-\u30ff]{{1,6}}|[\u30a0-\u30ff]{{2,8}}[・＝][\u30a0-\u30ff]{{2,10}}|"
    r"[\uac00-\ud7a3]{2,4}"
)
_UNSPACED_HOUSE = re.compile(
    "[社網网報报新聞闻局部编編辑輯集記记者通訊讯版站台]|テレビ|デジタル|オンライン|뉴스|신문|일보|기자|편집"
)
"""Names in Chinese, Japanese and Korean, and what marks those of houses and desks."""

_CASELESS = re.compile(r"[\u0590-\u08ff\u0900-\u0dff\u0e00-\u0eff\u10a0-\u10ff]")
"""Letters of scripts without capitals that part words by blanks: Hebrew, Arabic, those of India, Thai, Georgian."""

_LOWER_WORD = re.compile(r"(?<!\w)[a-z][a-z'’]+(?![\w.@])")

_NOTE_MARK = re.compile(r"(?<=\s)(?P<name>(?![a-z])[^\W\d_](?:(?![A-Z])[^\W\d_])+)\d$")
"""The number of a note about an author, which a page sets small behind the last name."""

MAX_INITIALS_LETTERS = 3
"""Letters of a word in lower case that are a writer's initials before a place, and not a name: 'ku Frankfurt'."""

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


def is_own_name(name: str, site_names: Iterable[str], text: str) -> bool:
    """Whether a site bears the name of a person, as those of single writers do, and not a house's own name.

    Such a name has two or three words, of which none stands in lower case in the page's `text`: those of houses are
    words of the language.
    """
    words = name.split()
    if len(words) not in (2, 3) or _key(name) not in {_key(site) for site in site_names}:
        return False
    used = set(_LOWER_WORD.findall(text))
    return not any(word.lower() in used for word in words)


def is_person(name: str) -> bool:
    """Whether a byline has the form of a person's name. There is no list of names to compare it with.

    Of the words that are names of people as well as of houses, a person's name of two words or more has one at most.
    """
    if _UNSPACED_NAME.fullmatch(name):
        return not _UNSPACED_HOUSE.search(name)
    if not 2 < len(name) <= 50 or _WEB_ADDRESS.search(name) or _HOUSE_WORD.search(name) or _NAMELESS_WORD.search(name):
        return False
    if not _PERSON_NAME.match(name) or any(character.isdigit() for character in name):
        return False
    if not any(character.isupper() for character in name) and not (_CASELESS.search(name) and " " in name):
        return False
    words = name.split()
    ambiguous = [word for word in words if _AMBIGUOUS_WORD.match(word)]
    if ambiguous and (len(words) < 2 or len(ambiguous) > 1 or not all(word[0].isupper() for word in words)):
        return False
    if len(words) == 1 and name.isupper() and len(name) <= MAX_ACRONYM_LETTERS:
        return False
    if len(words) == 2 and words[0].islower() and len(words[0]) <= MAX_INITIALS_LETTERS and words[0] not in _PARTICLES:
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
        name = _NOTE_MARK.sub(r"\g<name>", _without_affixes(piece).strip(" .,;:|-–—*()[]"))
        if not name or (parts and _ACADEMIC_DEGREE.match(name)):
            continue
        if len(pieces) > 1 and name.casefold() in PLACES:
            continue  # 'Kontributor Bandung, Nama Orang'
        if parts and mark in _WEAK_SEPARATORS and " " not in name:
            continue
        if parts and mark == "," and not parts[-1].isupper() and _CREDENTIAL.fullmatch(name):
            continue
        parts += [_name_case(_TITLES_BEFORE.sub("", one)) for one in _parted(name)]
    return parts


def _parted(names: str) -> list[str]:
    """Return the names between which the word 'and' of some languages stands, if it parts whole names."""
    parts = _SHORT_AND.split(names)
    return parts if all(" " in part for part in parts) else [names]


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
