"""SURT: the form of a URL under which CDX indexes sort it, so that a host's pages and its subdomains stand together.

'http://www.kabarteknik.example/Berita/?b=2&a=1' becomes 'example,kabarteknik)/berita?a=1&b=2'. All spellings of one
address get one key. The rules are those that the Wayback Machine and pywb apply to the URLs they are asked for: the
escapes, dots and slashes of Google's Safe Browsing canonicalisation, then without scheme, user, default port, leading
'www', session ids, upper case, trailing slash and fragment, with the query's parameters in order.
"""

import re
import socket
from contextlib import suppress
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}

UNESCAPED = "!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"
"""What stays as it is beside letters and digits: printable ASCII but '#', '%' and the space."""

WWW = re.compile(rb"^www\d*\.")
NUMERIC_HOST = re.compile(rb"^[0-9]+(\.[0-9]+){0,3}$")
LINE_BREAKS = re.compile(r"[\t\r\n]")

PATH_SESSIONS = (
    re.compile(rb"(?<=/)\((?:[a-z]\([0-9a-z]{24}\))+\)/(?=[^?]+\.aspx)"),
    re.compile(rb"(?<=/)\([0-9a-z]{24}\)/(?=[^?]+\.aspx)"),
)
"""Session ids that ASP.NET puts into paths. The path is in lower case when they are looked for."""

QUERY_SESSIONS = (
    re.compile(rb"(?:jsessionid=[0-9a-z]{32}|phpsessid=[0-9a-z]{32}|sid=[0-9a-z]{32})(?:&|$)"),
    re.compile(rb"aspsessionid[a-z]{8}=[a-z]{24}(?:&|$)"),
    re.compile(rb"cfid=[^&]+&cftoken=[^&]+(?:&|$)"),
)


def surt(url: str) -> str:
    """The key of an http or https URL, in ASCII."""
    parts = urlsplit(LINE_BREAKS.sub("", url.strip()))
    host = _host(parts.hostname or "")
    port = _port(parts.netloc)
    key = b",".join(reversed(host.split(b".")))
    if port and port != DEFAULT_PORTS.get(parts.scheme):
        key += b":%d" % port
    key += b")" + _path(parts.path)
    if query := _query(parts.query):
        key += b"?" + query
    return key.decode("ascii")


def _host(host: str) -> bytes:
    name = _unescaped(host)
    if not name.isascii():
        with suppress(UnicodeError):
            name = bytes(name.decode(errors="ignore").encode("idna"))
    name = re.sub(rb"\.\.+", b".", name).strip(b".")
    if NUMERIC_HOST.match(name):
        with suppress(OSError):
            name = socket.inet_ntoa(socket.inet_aton(name.decode())).encode()
    return WWW.sub(b"", _escaped(name.lower()))


def _port(netloc: str) -> int | None:
    number = netloc.rpartition("@")[2].rpartition("]")[2].rpartition(":")[2]
    return int(number) if ":" in netloc and number.isascii() and number.isdigit() else None


def _path(path: str) -> bytes:
    kept: list[bytes] = []
    for name in _unescaped(path).split(b"/")[1:]:
        if name == b"..":
            kept[-1:] = [] if kept else [name]
        elif name != b".":
            kept.append(name)
    names = [*filter(None, kept[:-1]), *kept[-1:]]
    plain = b"/" + _escaped(b"/".join(names)).lower()
    for session in PATH_SESSIONS:
        plain = session.sub(b"", plain)
    return plain.removesuffix(b"/") or b"/"


def _query(query: str) -> bytes:
    plain = _escaped(_unescaped(query)).lower()
    for session in QUERY_SESSIONS:
        plain = session.sub(b"", plain)
    parameters = sorted(plain.split(b"&"), key=_name_and_value)
    return b"&".join(parameters)


def _name_and_value(parameter: bytes) -> list[bytes]:
    """For sorting: 'a' before 'a=' before 'a=1', and 'a=1' before 'aa'."""
    return parameter.split(b"=", 1)


def _unescaped(text: str) -> bytes:
    """The bytes behind percent-escapes, also behind escapes that were escaped again."""
    escaped, plain = b"", text.encode(errors="surrogatepass")
    while plain != escaped:
        escaped, plain = plain, unquote_to_bytes(plain)
    return plain


def _escaped(plain: bytes) -> bytes:
    return quote_from_bytes(plain, safe=UNESCAPED).encode()
