"""What a crawl may never do: leave the site, speak to private addresses, swallow bombs.

Announcements, redirects and DNS answers are strangers' words. The guard stands at two places: a downloader middleware
that sees every request, redirects included, before anything is sent; and the resolver, so that a connection goes only
to an address that was checked in the very same look-up (a second look-up could be answered differently).
"""

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, ClassVar, Self
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.responsetypes import responsetypes
from twisted.internet import address, interfaces
from zope.interface import implementer  # type: ignore[import-untyped]

from pipelines.content_encoding import BodyTooLarge, UndecodableBody, decode

ACCEPTED_CODINGS = "gzip, deflate, br, zstd"
"""Those of `content_encoding`, as browsers ask for them."""

NOT_GLOBAL_IPV4 = tuple(
    IPv4Network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
        *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4"),
    )
)
"""IANA's IPv4 special-purpose registry (seen 2026-11): what is not globally reachable there, and multicast. The two
anycast addresses in 192.0.0.0/24 that are reachable are not web servers. In place of `is_global`, which differs between
Python's versions.
"""

GLOBAL_IPV6 = IPv6Network("2000::/3")
"""All that IANA gives out as global unicast. What lies outside is special, or nobody's: ::/96 (IPv4-compatible),
::ffff:0:0:0/96 (translated), 64:ff9b:1::/48 (local NAT64), 100::/64, 5f00::/16, fc00::/7, fe80::/10, fec0::/10,
ff00::/8.
"""

NOT_GLOBAL_IPV6 = tuple(IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "3fff::/20"))
"""What is special inside GLOBAL_IPV6, by IANA's IPv6 special-purpose registry (seen 2026-11): protocol assignments and
documentation. 6to4 and Teredo are judged by the IPv4 addresses in them.
"""

NAT64 = IPv6Network("64:ff9b::/96")
"""Where a translator has the IPv4 internet (RFC 6052)."""

REDIRECTS = (301, 302, 303, 307, 308)
"""HTTP statuses that lead elsewhere with a Location."""

MAX_QUOTED_TARGET_CHARS = 200
"""Of a Location in a sentence: enough to know it by."""

LOOPBACK_SUFFIX = ".localhost"
"""Names that RFC 6761 keeps for the machine itself: where spiders with `loopback = True` find their sites."""


class OffSite(IgnoreRequest):
    """A request would leave the site, by its host or by its scheme."""


class PrivateAddress(OffSite):
    """A request would go to an address that is not on the public internet."""


class TooLarge(IgnoreRequest):
    """A response is larger than we take."""


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is on the public internet, seen through the forms in which IPv6 carries IPv4: mapped, 6to4,
    Teredo (server and client) and NAT64.
    """
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_GLOBAL_IPV4)
    if embedded := _embedded_ipv4(address):
        return all(is_public(each) for each in embedded)
    return address in GLOBAL_IPV6 and not any(address in network for network in NOT_GLOBAL_IPV6)


def _embedded_ipv4(address: IPv6Address) -> tuple[IPv4Address, ...]:
    if address.teredo:
        return address.teredo
    embedded = address.ipv4_mapped or address.sixtofour
    if address in NAT64:
        embedded = IPv4Address(int(address) & 0xFFFFFFFF)
    return (embedded,) if embedded else ()


def literal_address(host: str) -> IPv4Address | IPv6Address | None:
    """The IP address that `host` is, in any spelling that the system's resolver understands (127.1, 0x7f000001)."""
    try:
        return IPv6Address(host) if ":" in host else IPv4Address(socket.inet_aton(host))
    except (ValueError, OSError):
        return None


class Undecodable(IgnoreRequest):
    """A response's body is not encoded as its header says."""


def is_loopback(host: str | None) -> bool:
    """Whether a URL's host name, in lower case, is `localhost` or below it: this machine (RFC 6761, section 6.3)."""
    return f".{host}".endswith(LOOPBACK_SUFFIX)


class Excluded(IgnoreRequest):
    """A request would go to an address that the operator has excluded, or whose page was taken down."""


class GuardMiddleware:
    """Lets a request through only to http(s) on the site's own hosts, where they are not kept out, and puts all of them
    in one download slot.

    One slot for the site, however many hosts it has: that is what "one request at a time" means to the people whose
    servers stand behind all of them. `meta["any_host"]` lifts the host check (robots.txt may redirect elsewhere),
    nothing else.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        spider: Any = self.crawler.spider
        parts = urlsplit(request.url)
        host = parts.hostname or ""
        if reason := spider.why_kept_out(request.url):
            raise Excluded(f"{request.url} is not fetched: {reason}")
        if parts.scheme not in ("http", "https"):
            raise OffSite(f"{request.url} is neither http nor https")
        if (literal := literal_address(host)) and not is_public(literal):
            raise PrivateAddress(f"{request.url} is a private address")
        if is_loopback(host) and not (spider.loopback and spider.may_fetch(request)):
            raise PrivateAddress(f"{request.url} is this machine")
        if not request.meta.get("any_host") and not spider.may_fetch(request):
            raise OffSite(f"{request.url} is not on the site's hosts")
        if address := GuardedResolver.refused.get(host):
            raise PrivateAddress(f"{host} resolves to the private address {address}")
        request.meta["download_slot"] = spider.name


class WebRedirectMiddleware(RedirectMiddleware):
    """Scrapy's redirects, to addresses of the Web only: it takes others for answers, or fails on them."""

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:  # noqa: ARG002 - Scrapy's signature
        """The request that the response leads to, or the response.

        Raises OffSite where it leads to what is not a web address.
        """
        location = response.headers.get("Location")
        if response.status not in REDIRECTS or location is None:
            return response
        target = location.decode("latin-1").strip()
        try:
            parts = urlsplit(urljoin(request.url, target))
            is_web_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
            redirected = super().process_response(request, response) if is_web_address else response
        except ValueError:
            redirected = response
        if redirected is response:
            raise OffSite(f"it redirects to {target[:MAX_QUOTED_TARGET_CHARS]!r}, which is not a web address")
        return redirected


class DecodingMiddleware:
    """Asks for compressed bodies and decodes them, as everything else here does; see `pipelines.content_encoding`.

    In place of Scrapy's own, which knows other codings and other limits than what reads the archive.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.max_bytes = crawler.settings.getint("DOWNLOAD_MAXSIZE")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        request.headers.setdefault("Accept-Encoding", ACCEPTED_CODINGS)

    def process_response(self, request: Request, response: Response) -> Response:
        """The response with its body decoded.

        Raises TooLarge where it exceeds the request's limit, Undecodable where it is not encoded as its header says.
        """
        encoding = b",".join(response.headers.getlist("Content-Encoding")).decode("latin-1")
        if not encoding or not response.body:
            return response
        try:
            body = decode(response.body, encoding, request.meta.get("download_maxsize", self.max_bytes))
        except BodyTooLarge as error:
            raise TooLarge(f"{request.url}: {error}") from error
        except UndecodableBody as error:
            raise Undecodable(f"{request.url}: {error}") from error
        headers = response.headers.copy()
        del headers["Content-Encoding"]  # of what is encoded Scrapy would not believe the type
        kind = responsetypes.from_args(headers=headers, url=response.url, body=body)
        return response.replace(cls=kind, headers=headers, body=body)


@implementer(interfaces.IHostnameResolver)
class GuardedResolver:
    """Twisted's own resolver, minus the addresses that are not public; names under .localhost are 127.0.0.1.

    `refused` remembers hosts that resolved to private addresses only, so that the refusal can be told from a dead name.
    """

    refused: ClassVar[dict[str, str]] = {}
    """By host; of the process, since Twisted's reactor has a single resolver."""

    def __init__(self, reactor: Any) -> None:
        self.reactor = reactor
        self.resolver = reactor.nameResolver

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> Self:  # noqa: ARG003 - Scrapy's signature for resolvers
        return cls(reactor)

    def install_on_reactor(self) -> None:
        self.reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802 - Twisted's names, here and below
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Any = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        if is_loopback(hostName):
            return _at_once(resolutionReceiver, hostName, address.IPv4Address("TCP", "127.0.0.1", portNumber))
        filtered = _PublicOnly(resolutionReceiver, hostName)
        return self.resolver.resolveHostName(filtered, hostName, portNumber, addressTypes, transportSemantics)


@implementer(interfaces.IHostResolution)
class _Resolution:
    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """Nothing to cancel: the answer was given at once."""


def _at_once(receiver: Any, name: str, answer: address.IPv4Address) -> _Resolution:
    resolution = _Resolution(name)
    receiver.resolutionBegan(resolution)
    receiver.addressResolved(answer)
    receiver.resolutionComplete()
    return resolution


@implementer(interfaces.IResolutionReceiver)
class _PublicOnly:
    """Passes on a resolver's public addresses, and notes a host that has only others."""

    def __init__(self, receiver: Any, host: str) -> None:
        self.receiver = receiver
        self.host = host
        self.private: str | None = None
        self.public = False

    def resolutionBegan(self, resolutionInProgress: Any) -> None:  # noqa: N802, N803
        self.receiver.resolutionBegan(resolutionInProgress)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        if is_public(ip_address(address.host)):
            self.public = True
            self.receiver.addressResolved(address)
        else:
            self.private = address.host

    def resolutionComplete(self) -> None:  # noqa: N802
        if self.private and not self.public:
            GuardedResolver.refused[self.host] = self.private
        self.receiver.resolutionComplete()
