"""A crawl never speaks to addresses that are not on the public internet, whoever tells it to."""

import socket
from ipaddress import ip_address
from typing import Any

import pytest
from scrapy import Request

from spiders.guard import GuardedResolver, is_public, literal_address
from spiders.loader import spider_of
from tests.spiders.web import Answer, article, feed

TODAY = "Tue, 24 Nov 2026 09:00:00 +0700"


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
        *("0.0.0.0", "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1"),  # noqa: S104 - not bound to
        *("::1", "::", "fe80::1", "fc00::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a00:1::"),
        *("0.1.2.3", "100.127.255.255", "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.88.99.1", "192.88.99.2"),
        *("198.19.255.255", "198.51.100.7", "203.0.113.9", "239.255.255.250", "240.0.0.1", "254.1.2.3"),
        *("64:ff9b:1::7f00:1", "64:ff9b:1:ffff::808:808", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe"),
        *("::127.0.0.1", "::10.0.0.1", "::8.8.8.8", "::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8", "::ffff:100.64.0.1"),
        *("fec0::1", "fe80::1%1", "feff::1", "fd12:3456::1", "ff0e::1", "100::1", "100:0:0:1::1", "4000::1", "e000::1"),
        *(
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:1ff::1",
            "3fff::1",
            "3fff:fff::1",
            "5f00::1",
            "2002:c0a8:101::1",
        ),
        *("2001:0:808:808::80ff:fffe", "2001:0:a00:1::f7f7:f7f7", "2001:0:808:808::f5ff:fffe"),
    ],
)
def test_private_addresses_are_known_in_all_their_forms(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "103.49.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"),
        *("1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0"),
        *("192.0.1.0", "192.0.3.0", "192.88.98.255", "192.88.100.0", "198.17.255.255", "198.20.0.0", "223.255.255.255"),
        *("2000::1", "2001:200::1", "2001:db7::1", "2001:db9::1", "2400:cb00::1", "2a03:2880::1", "2620:4f:8000::1"),
        *("2003::1", "3ffe:ffff::1", "3fff:1000::1", "2001:0:808:808::f7f7:f7f7"),
    ],
)
def test_public_addresses_are_public(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "::1"])
def test_addresses_are_seen_through_their_old_spellings(host):
    address = literal_address(host)
    assert address is not None
    assert not is_public(address)


def test_names_are_no_addresses():
    assert literal_address("inet.detik.com") is None


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/rahasia",
        "http://localhost:{port}/rahasia",
        "http://127.1:{port}/rahasia",
        "http://2130706433:{port}/rahasia",
        "http://[::1]:{port}/rahasia",
        "http://[::ffff:127.0.0.1]:{port}/rahasia",
        "http://other.localhost:{port}/rahasia",
        "http://site.localhost:1/rahasia",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[64:ff9b:1::7f00:1]:{port}/rahasia",
        "http://[fec0::1]:{port}/rahasia",
        "http://[::127.0.0.1]:{port}/rahasia",
        "http://[::ffff:0:127.0.0.1]:{port}/rahasia",
        "http://[2001:0:808:808::80ff:fffe]:{port}/rahasia",
    ],
)
def test_a_redirect_to_a_private_address_is_not_followed(web, site, crawl, location):
    url = web.url("/read/1/a")
    web.pages["/read/1/a"] = Answer(status=302, headers={"Location": location.format(port=web.port)})
    web.pages["/rahasia"] = article("Rahasia")
    result = crawl(site(), url=url)
    assert result.outcomes == {url: "off_site"}
    assert "/rahasia" not in web.paths()


def test_no_source_leads_the_crawl_to_a_private_address(web, site, crawl):
    inner = f"http://127.0.0.1:{web.port}/read/1/a"
    web.pages["/index.xml"] = f"<sitemapindex><sitemap><loc>{inner}</loc></sitemap></sitemapindex>"
    web.pages["/feed"] = feed((inner, TODAY), (f"http://localhost:{web.port}/read/2/b", TODAY))
    result = crawl(site(news_sitemaps=[web.url("/index.xml")], feeds=[web.url("/feed")]))
    assert result.visits == []
    assert web.paths() == ["/index.xml", "/feed"]


def test_a_site_on_the_internet_cannot_name_this_machine(web, site, crawl, monkeypatch):
    monkeypatch.setenv("KLIPING_CONTACT", "redaksi@kliping.example")
    result = crawl(site(loopback=False), url=web.url("/read/1/a"))
    assert list(result.outcomes.values()) == ["off_site"]
    assert web.asked == []


class Answers:
    """A resolver whose answers the test decides, as whoever runs a zone decides the system's."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    def resolveHostName(self, receiver, _name, port=0, *_):  # noqa: N802
        from twisted.internet.address import IPv4Address, IPv6Address

        receiver.resolutionBegan(None)
        for address in self.addresses:
            kind = IPv6Address if ":" in address else IPv4Address
            receiver.addressResolved(kind("TCP", address, port))
        receiver.resolutionComplete()


@pytest.fixture
def resolving(reactor):
    """`resolving("10.0.0.1", ...)`: what every name resolves to, behind the guard, for the length of a test."""
    guard = reactor.nameResolver
    assert isinstance(guard, GuardedResolver)
    original = guard.resolver
    yield lambda *addresses: setattr(guard, "resolver", Answers(*addresses))
    guard.resolver = original
    GuardedResolver.refused.clear()


def test_a_name_that_resolves_to_a_private_address_is_not_connected_to(web, site, crawl, resolving, monkeypatch):
    monkeypatch.setenv("KLIPING_CONTACT", "redaksi@kliping.example")
    resolving("127.0.0.1", "10.0.0.1")
    spider = site(loopback=False, home=f"http://situs.example:{web.port}/")
    result = crawl(spider, url=f"http://situs.example:{web.port}/read/1/a", settings={"RETRY_TIMES": 1})
    assert list(result.outcomes.values()) == ["off_site"]
    assert "resolves to the private address 10.0.0.1" in result.visits[0].detail
    assert web.asked == []


@pytest.mark.parametrize(
    "address", ["64:ff9b:1::7f00:1", "fec0::1", "::127.0.0.1", "::ffff:0:7f00:1", "::ffff:127.0.0.1", "3fff::1", "::1"]
)
def test_no_form_of_ipv6_leads_a_name_to_a_private_address(web, site, crawl, resolving, monkeypatch, address):
    monkeypatch.setenv("KLIPING_CONTACT", "redaksi@kliping.example")
    resolving(address)
    spider = site(loopback=False, home=f"http://situs.example:{web.port}/")
    result = crawl(spider, url=f"http://situs.example:{web.port}/read/1/a", settings={"RETRY_TIMES": 1})
    assert list(result.outcomes.values()) == ["off_site"]
    assert f"resolves to the private address {address}" in result.visits[0].detail


def test_a_private_address_among_public_ones_is_left_out(resolving, reactor):
    resolving("127.0.0.1", "fec0::1", "93.184.215.14", "2606:4700::1111", "64:ff9b:1::7f00:1")
    found: list[str] = []

    class Receiver:
        def resolutionBegan(self, _):  # noqa: N802
            """Nothing to note."""

        def addressResolved(self, address):  # noqa: N802
            found.append(address.host)

        def resolutionComplete(self):  # noqa: N802
            found.append("end")

    reactor.nameResolver.resolveHostName(Receiver(), "campur.example", 80)
    assert found == ["93.184.215.14", "2606:4700::1111", "end"]


def test_only_http_is_spoken(web, site, crawl):
    spider: Any = spider_of(site(feeds=[web.url("/feed")]))

    class Curious(spider):
        async def start(self):
            for url in ("file:///etc/passwd", "ftp://site.localhost/x", "data:text/plain,x", "s3://b/k"):
                yield Request(url, callback=self.told, errback=self.told, dont_filter=True)

        def told(self, result):
            self.counters.warn(str(getattr(result, "value", result)))

    told = crawl(Curious).spider.counters.warnings
    assert len(told) == 4
    assert all("neither http nor https" in words for words in told)


def test_the_machines_proxy_settings_do_not_lead_round_the_guard(web, site, crawl, monkeypatch):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{listener.getsockname()[1]}")
        web.pages["/read/1/a"] = article("A")
        result = crawl(site(), url=web.url("/read/1/a"))
        assert list(result.outcomes.values()) == ["archived"]
        with pytest.raises(BlockingIOError):
            listener.accept()
