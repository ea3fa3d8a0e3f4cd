"""Sources say which articles exist; they are strangers' input."""

import gzip
import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from selectolax.lexbor import LexborHTMLParser

from pipelines.visit import Announcement
from spiders.canonical import SiteUrls
from spiders.sources.entries import (
    MAX_URLS,
    Entry,
    SourceUnreadable,
    Window,
    announced,
    distinct_keywords,
    merge,
    plain_title,
    stamped_with_now,
)
from spiders.sources.feeds import parse_feed
from spiders.sources.posts_apis import parse_posts, posts_page
from spiders.sources.sections import section_links
from spiders.sources.sitemaps import parse_sitemap
from spiders.sources.xml_source import inflate

WIB = timezone(timedelta(hours=7))
URLS = SiteUrls("https://kabar.id/", frozenset({"kabar.id"}), re.compile(r"/read/"))


def sitemap(*urls: str, root: str = "urlset", prolog: str = "") -> bytes:
    space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    news = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    return f'<?xml version="1.0"?>{prolog}<{root} {space} {news}>{"".join(urls)}</{root}>'.encode()


NEWS_ENTRY = """<url><loc> https://kabar.id/read/1/a </loc><lastmod>2026-11-24T10:30:00+07:00</lastmod>
<news:news><news:publication><news:name>Kabar</news:name><news:language>id</news:language></news:publication>
<news:publication_date>2026-11-24T09:05:00+07:00</news:publication_date>
<news:title>Gawai &amp; Peranti</news:title><news:keywords>ponsel, gawai , ponsel</news:keywords></news:news></url>"""


def test_titles_and_keywords_of_sources_hold_no_controls():
    spoilt = "Gawai\x1b[2J \u202ebaru\x07"
    assert plain_title(spoilt) == "Gawai[2J baru"
    assert distinct_keywords([spoilt, "\u200b", "Gawai[2J baru"]) == ("Gawai[2J baru",)


def test_a_news_sitemap_tells_title_dates_and_keywords():
    (entry,) = parse_sitemap(sitemap(NEWS_ENTRY)).entries
    assert entry == Entry(
        url="https://kabar.id/read/1/a",
        headline="Gawai & Peranti",
        date_published=datetime(2026, 11, 24, 9, 5, tzinfo=WIB),
        date_modified=datetime(2026, 11, 24, 10, 30, tzinfo=WIB),
        keywords=("ponsel", "gawai"),
    )


def test_images_and_videos_of_a_page_lend_it_neither_address_nor_title():
    media = 'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" xmlns:video="http://v.example/1.1"'
    page = (
        f"<url {media}><image:image><image:loc>https://gambar.kabar.id/a.jpg</image:loc><image:title>Foto</image:title>"
        "</image:image><video:video><video:title>Video</video:title><video:publication_date>2020-01-01"
        "</video:publication_date></video:video><loc>https://kabar.id/read/1/a</loc></url>"
    )
    assert parse_sitemap(sitemap(page)).entries == (Entry("https://kabar.id/read/1/a"),)


def test_a_gzipped_sitemap_of_several_members_is_read_whole():
    halves = sitemap(NEWS_ENTRY), b"<!-- ujung -->"
    packed = b"".join(gzip.compress(half) for half in halves)
    assert inflate(packed) == b"".join(halves)


def test_a_sitemap_index_lists_sitemaps():
    body = sitemap("<sitemap><loc>https://kabar.id/s1.xml</loc></sitemap>", root="sitemapindex")
    found = parse_sitemap(body)
    assert [child.url for child in found.children] == ["https://kabar.id/s1.xml"]
    assert found.entries == ()


def test_a_gzipped_sitemap_is_read_whatever_its_header_says():
    assert len(parse_sitemap(gzip.compress(sitemap(NEWS_ENTRY))).entries) == 1


def test_broken_xml_is_read_as_far_as_it_goes():
    torn = sitemap(NEWS_ENTRY, "<url><loc>https://kabar.id/read/2/b?x=1&y=2</loc></url>")[:-30]
    assert parse_sitemap(torn).entries[0].url == "https://kabar.id/read/1/a"


@pytest.mark.parametrize(
    "body",
    [b"", b"   ", b"<!doctype html><html><body>Halaman tidak ditemukan</body></html>", b"plain words", b"\x00\xff\x00"],
)
def test_what_is_no_sitemap_is_refused(body):
    with pytest.raises(SourceUnreadable):
        parse_sitemap(body)


def test_entities_are_not_expanded():
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
    found = parse_sitemap(sitemap("<url><loc>https://kabar.id/read/&c;</loc></url>", prolog=bomb))
    assert all("aaaa" not in entry.url for entry in found.entries)


def test_no_file_is_read_for_an_external_entity(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("rahasia")
    prolog = f'<!DOCTYPE x [<!ENTITY f SYSTEM "{secret.as_uri()}">]>'
    body = sitemap("<url><loc>https://kabar.id/read/&f;</loc><title>&f;</title></url>", prolog=prolog)
    assert "rahasia" not in repr(parse_sitemap(body))
    item = "<item><title>&f;</title><link>https://kabar.id/read/1</link></item>"
    feed = f'<?xml version="1.0"?>{prolog}<rss version="2.0"><channel>{item}</channel></rss>'
    assert "rahasia" not in repr(parse_feed(feed.encode(), "https://kabar.id/rss"))


def test_a_bomb_is_refused_by_its_ratio():
    with pytest.raises(SourceUnreadable, match=r"exceeds .* when decompressed"):
        inflate(gzip.compress(b"<a/>" * 20_000_000))


def test_broken_gzip_is_refused():
    with pytest.raises(SourceUnreadable, match="gzip"):
        inflate(b"\x1f\x8b\x08" + b"rubbish" * 9)


def test_a_sitemap_is_cut_at_the_protocols_limit():
    body = sitemap(*(f"<url><loc>https://kabar.id/read/{n}</loc></url>" for n in range(MAX_URLS + 10)))
    assert len(parse_sitemap(body).entries) == MAX_URLS


def odd_sitemap(entry: str, spaces: str = "", root: str = "urlset") -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><{root} {spaces}>{entry}</{root.split()[0]}>'.encode()


SITEMAP_SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
IMAGE = "<image:image><image:loc>https://gambar.kabar.id/a.jpg</image:loc></image:image>"


@pytest.mark.parametrize(
    "body",
    [
        odd_sitemap(
            "<url><image:loc>https://gambar.kabar.id/a.jpg</image:loc><video:publication_date>2020-01-01"
            "</video:publication_date><loc>https://kabar.id/read/1</loc></url>",
            f'{SITEMAP_SPACE} xmlns:image="urn:i" xmlns:video="urn:v"',
        ),
        odd_sitemap(f"<url>{IMAGE}<loc>https://kabar.id/read/1</loc></url>", SITEMAP_SPACE),
        odd_sitemap("<url><image:loc>x</image:loc><loc>https://kabar.id/read/1</loc></url>", SITEMAP_SPACE),
        b'<s:urlset xmlns:s="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:g="urn:i"><s:url><g:loc>x</g:loc>'
        b"<s:loc>https://kabar.id/read/1</s:loc></s:url></s:urlset>",
        odd_sitemap('<url><loc xmlns="">https://kabar.id/read/1</loc></url>', SITEMAP_SPACE),
        odd_sitemap("<url><loc>https://kabar.id/read/1</loc></url>"),
        odd_sitemap("<url><loc><![CDATA[ https://kabar.id/read/1 ]]></loc></url>", SITEMAP_SPACE),
        odd_sitemap("<url><loc>\n https://kabar.id/\n read/1</loc></url>", SITEMAP_SPACE),
        b"\xef\xbb\xbf" + odd_sitemap("<url><loc>https://kabar.id/read/1</loc></url>"),
        b"\n\n  " + odd_sitemap("<url><loc>https://kabar.id/read/1</loc></url>"),
        odd_sitemap("<url><a>\x0b\x00&#11;&#x1F;</a><loc>https://kabar.id/read/1</loc></url>"),
        odd_sitemap("<url><loc>https://kabar.id/read/1</loc></url>").replace(b"UTF-8", b"UTF-16"),
        odd_sitemap("<url><loc>https://kabar.id/read/1</loc></url>").replace(b"UTF-8", b"x-buatan"),
        '<?xml version="1.0" encoding="utf-16"?><urlset><url><loc>https://kabar.id/read/1</loc></url></urlset>'.encode(
            "utf-16"
        ),
        b"https://kabar.id/read/1\r\n",
        b"\xef\xbb\xbfhttps://kabar.id/read/1",
        # Without the time of packing, so that every process names these tests alike.
        gzip.compress(gzip.compress(odd_sitemap("<url><loc>https://kabar.id/read/1</loc></url>"), mtime=0), mtime=0),
        gzip.compress(odd_sitemap("<url><loc>https://kabar.id/read/1</loc></url>")) + b"\x00" * 512 + b"ekor",
        gzip.compress(b"<urlset><url><loc>https://kabar.id", mtime=0)
        + gzip.compress(b"/read/1</loc></url></urlset>", mtime=0),
    ],
)
def test_a_page_of_a_sitemap_is_found_however_it_is_written(body):
    assert parse_sitemap(body).entries == (Entry("https://kabar.id/read/1"),)


@pytest.mark.parametrize("reference", ["&#xD800;", "&#xD8&#0;00;", "&#xD800&#0;;", "&#0&#0;;"])
def test_references_to_what_is_no_character_cost_nothing_else(reference):
    body = odd_sitemap(f"<url><a>{reference}</a><loc>https://kabar.id/read/1</loc></url>")
    assert parse_sitemap(body).entries == (Entry("https://kabar.id/read/1"),)


def test_a_feed_too_broken_for_its_parser_is_refused_in_a_sentence():
    with pytest.raises(SourceUnreadable, match="it is broken"):
        parse_feed(b"<rss><channel><item><category>a</item></category>&", "https://kabar.id/rss")


def test_instructions_and_comments_among_the_names_of_an_entry_say_nothing():
    body = odd_sitemap("<url><?cetak ya?><!-- baru --><loc>https://kabar.id/read/1</loc></url>")
    assert parse_sitemap(body).entries == (Entry("https://kabar.id/read/1"),)


@pytest.mark.parametrize("broken", ["http://[", "//[x", "http://a]b/"])
def test_what_is_not_an_address_costs_a_source_that_entry_alone(broken):
    feed = rss(f"<item><link>{broken}</link></item><item><link>/read/1</link></item>")
    assert [entry.url for entry in parse_feed(feed, "https://kabar.id/rss")] == ["https://kabar.id/read/1"]
    section = LexborHTMLParser(f'<h2><a href="{broken}">A</a></h2><h2><a href="/read/1">B</a></h2>')
    assert section_links(section, "https://kabar.id/", "h2 a") == (Entry("https://kabar.id/read/1"),)


def test_news_is_told_by_its_own_names_under_any_prefix():
    body = b"""<urlset xmlns:n="http://www.google.com/schemas/sitemap-news/0.9" xmlns:i="urn:i"><url>
    <loc>https://kabar.id/read/1</loc><n:news><i:title>Foto</i:title><n:title><![CDATA[Harga <b>turun</b> &amp; < 2]]>
    </n:title><n:keywords><![CDATA[["ponsel, lipat","gawai"]]]></n:keywords></n:news></url></urlset>"""
    (entry,) = parse_sitemap(body).entries
    assert (entry.headline, entry.keywords) == ("Harga turun & < 2", ("ponsel, lipat", "gawai"))


def rss(items: str) -> bytes:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>U</title>{items}</channel></rss>'.encode()


def test_an_rss_feed_tells_title_date_and_tags():
    (entry,) = parse_feed(
        rss(
            "<item><title>Tes &amp;#8220;Baru&amp;#8221; &lt;b&gt;tebal&lt;/b&gt;</title><link>/read/1/a</link>"
            "<pubDate>Tue, 24 Nov 2026 09:05:00 +0700</pubDate><category>Gawai</category></item>"
        ),
        "https://kabar.id/rss",
    )
    assert entry == Entry(
        "https://kabar.id/read/1/a", "Tes “Baru” tebal", datetime(2026, 11, 24, 9, 5, tzinfo=WIB), None, ("Gawai",)
    )


@pytest.mark.parametrize(
    "stated",
    [
        "Tue, 24 Nov 2026 09:05:00 WIB",
        "2026-11-24T09:05:00+07:00",
        "2026-11-24 09:05:00",
        "Tue, 24 Nov 2026 02:05:00 GMT",
    ],
)
def test_dates_of_feeds_are_read_with_their_zone_western_indonesia_where_none_is_stated(stated):
    (entry,) = parse_feed(
        rss(f"<item><link>https://kabar.id/read/1</link><pubDate>{stated}</pubDate></item>"), "https://kabar.id/rss"
    )
    assert entry.date_published == datetime(2026, 11, 24, 9, 5, tzinfo=WIB)


def test_an_entry_without_a_link_has_the_address_that_its_id_is():
    item = '<item><title>A</title><link></link><guid isPermaLink="true">https://kabar.id/read/1/a</guid></item>'
    feed = f'<rss version="2.0"><channel>{item}</channel></rss>'
    assert [entry.url for entry in parse_feed(feed.encode(), "https://kabar.id/rss")] == ["https://kabar.id/read/1/a"]


def test_an_atom_feed_tells_when_an_entry_changed():
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>U</title><id>u</id><entry><title>T</title><id>1</id>
    <link rel="alternate" href="https://kabar.id/read/1"/><published>2026-11-24T09:00:00+07:00</published>
    <updated>2026-11-24T11:00:00+07:00</updated></entry></feed>"""
    (entry,) = parse_feed(body, "https://kabar.id/atom")
    assert entry.date_modified == datetime(2026, 11, 24, 11, tzinfo=WIB)


def test_a_broken_feed_is_read_as_far_as_it_goes():
    torn = rss("<item><title>A</title><link>https://kabar.id/read/1</link></item><item><title>B & C</title><link>htt")
    assert parse_feed(torn[:-20], "https://kabar.id/rss")[0].url == "https://kabar.id/read/1"


@pytest.mark.parametrize("body", [b"", b"<!doctype html><html><body>404</body></html>", b"no feed at all", b"\xff\xfe"])
def test_what_is_no_feed_is_refused(body):
    with pytest.raises(SourceUnreadable):
        parse_feed(body, "https://kabar.id/rss")


def test_an_empty_feed_is_no_failure():
    assert parse_feed(rss(""), "https://kabar.id/rss") == ()


def test_a_post_tells_title_and_dates_which_are_utc_without_saying_so():
    body = b"""[{"link": "https://kabar.id/read/1/a", "date_gmt": "2026-11-24T02:05:00", "modified_gmt":
    "2026-11-24T03:30:00", "title": {"rendered": "Tes &#8220;Baru&#8221; <b>tebal</b> &amp; ringan"}}]"""
    assert parse_posts(body) == (
        Entry(
            url="https://kabar.id/read/1/a",
            headline="Tes “Baru” tebal & ringan",
            date_published=datetime(2026, 11, 24, 9, 5, tzinfo=WIB),
            date_modified=datetime(2026, 11, 24, 10, 30, tzinfo=WIB),
        ),
    )


@pytest.mark.parametrize(
    "body", [b"", b"<!doctype html>", b'{"code": "rest_no_route"}', b'[{"link": 7}]', b'["\xff"]', b"[" * 100_000]
)
def test_what_is_no_list_of_posts_is_refused(body):
    with pytest.raises(SourceUnreadable):
        parse_posts(body)


def test_posts_are_asked_for_by_the_window_with_a_day_on_either_side():
    api = "https://kabar.id/wp-json/wp/v2/posts"
    fields = "_fields=link,date_gmt,modified_gmt,title"
    assert posts_page(api, Window.from_days("2026-11-22", "2026-11-23"), 3) == (
        f"{api}?per_page=100&page=3&after=2026-11-20T17:00:00Z&before=2026-11-24T17:00:00Z&{fields}"
    )
    assert posts_page(api, Window.from_days("2026-11-22", None), 1) == (
        f"{api}?per_page=100&page=1&after=2026-11-20T17:00:00Z&{fields}"
    )


def test_a_section_gives_the_links_that_its_selector_names():
    page = LexborHTMLParser("<div class=a><a href=/read/1>x</a><a href=/read/1>x</a></div><a href=/read/2>y</a>")
    assert section_links(page, "https://kabar.id/tekno", ".a a") == (Entry("https://kabar.id/read/1"),)


def test_only_articles_of_the_site_are_announced_under_their_canonical_urls():
    entries = [
        Entry("https://kabar.id/read/1?utm_source=rss"),
        Entry("https://kabar.id/tag/x"),
        Entry("https://x.id/read/1"),
    ]
    assert [a.url for a in announced(entries, URLS, "feed", "s")] == ["https://kabar.id/read/1"]


def test_an_article_that_several_sources_announce_is_announced_once_by_the_best_informed():
    at = datetime(2026, 11, 24, tzinfo=UTC)
    found = merge(
        [
            Announcement("u", "section", "page"),
            Announcement("u", "feed", "feed", headline="Judul", date_published=at),
            Announcement("u", "news_sitemap", "map", date_modified=at, keywords=("a",)),
        ]
    )
    assert found == [Announcement("u", "news_sitemap", "map", "Judul", at, at, ("a",))]


def test_the_newest_article_comes_first_and_undated_ones_last():
    early, late = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
    found = merge(
        [
            Announcement("none", "section"),
            Announcement("early", "feed", date_published=early),
            Announcement("late", "feed", date_published=late),
        ]
    )
    assert [a.url for a in found] == ["late", "early", "none"]


def test_a_source_that_stamps_everything_with_now_is_found_out():
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert stamped_with_now([Entry(str(n), date_modified=now) for n in range(5)], now)
    assert not stamped_with_now([Entry(str(n), date_modified=now - timedelta(hours=n)) for n in range(5)], now)


def test_one_moment_for_all_says_nothing_whenever_it_was_unless_it_is_a_day():
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    cached = [Entry(str(n), date_modified=now - timedelta(hours=3, seconds=n)) for n in range(9)]
    assert stamped_with_now(cached, now)
    days = [Entry(str(n), date_modified=datetime(2026, 11, 24, tzinfo=WIB)) for n in range(9)]
    assert not stamped_with_now(days, now)


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ('<link></link><guid isPermaLink="true">https://kabar.id/read/1</guid>', "https://kabar.id/read/1"),
        ("<link/><guid>https://kabar.id/read/1</guid>", "https://kabar.id/read/1"),
        ("<guid>https://kabar.id/read/1</guid>", "https://kabar.id/read/1"),
        ('<guid isPermaLink="false">https://kabar.id/?p=1</guid>', None),
        ('<link> </link><guid isPermaLink="false"><![CDATA[https://kabar.id/?p=1]]></guid>', None),
        ("<link>https://kabar.id/read/1</link><guid isPermaLink='false'>9</guid>", "https://kabar.id/read/1"),
        ("<link><![CDATA[ https://kabar.id/read/1 ]]></link>", "https://kabar.id/read/1"),
        ("<link>/read/1</link>", "https://kabar.id/read/1"),
        (
            '<link>https://feeds.kabar.id/~r/1</link><f:origLink xmlns:f="http://rssnamespace.org/feedburner/ext/1.0">'
            "https://kabar.id/read/1</f:origLink>",
            "https://kabar.id/read/1",
        ),
    ],
)
def test_the_address_of_an_item(item, url):
    found = parse_feed(rss(f"<item><title>A</title>{item}</item>"), "https://kabar.id/rss")
    assert [entry.url for entry in found] == ([url] if url else [])


def test_of_atoms_links_the_alternate_one_counts():
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://kabar.id/tekno/"><title>U</title><entry>
    <title>T</title><id>urn:1</id><link rel="self" href="https://kabar.id/atom/1"/><link rel="enclosure" href="a.mp3"/>
    <link rel="replies" href="https://kabar.id/read/1#komentar"/><link href="../read/1"/></entry></feed>"""
    assert [entry.url for entry in parse_feed(body, "https://lain.id/atom")] == ["https://kabar.id/read/1"]


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("<![CDATA[Harga < 2 juta, daya > 20 watt]]>", "Harga < 2 juta, daya > 20 watt"),
        ("Harga &lt; 2 juta, daya &gt; 20 watt", "Harga < 2 juta, daya > 20 watt"),
        ("<![CDATA[Tes <em>baru</em> &amp; ringan]]>", "Tes baru & ringan"),
        ("Tes &amp;lt;b&amp;gt;baru&amp;lt;/b&amp;gt; &amp;amp; ringan", "Tes baru & ringan"),
        ("Jalur &amp;#8220;Tiga&amp;#8221;", "Jalur “Tiga”"),
    ],
)
def test_the_words_of_a_title(title, words):
    (entry,) = parse_feed(rss(f"<item><title>{title}</title><link>/read/1</link></item>"), "https://kabar.id/rss")
    assert entry.headline == words


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda body: b"\xef\xbb\xbf" + body,
        lambda body: b"\r\n " + body,
        lambda body: body.replace(b"<title>U", b"<title>\x0b\x01&#x8;U"),
        lambda body: body.replace(b'version="1.0"', b'version="1.0" encoding="ISO-8859-1"', 1),
        lambda body: body.replace(b'version="1.0"', b'version="1.0" encoding="utf-16"', 1),
        gzip.compress,
    ],
)
def test_a_feed_is_read_whatever_its_bytes_and_its_declaration_say(spoilt):
    body = spoilt(rss("<item><title>“Baru”</title><link>https://kabar.id/read/1</link></item>"))
    assert [(entry.url, entry.headline) for entry in parse_feed(body, "https://kabar.id/rss", "text/plain")] == [
        ("https://kabar.id/read/1", "“Baru”")
    ]


def test_a_window_holds_whole_days_of_western_indonesia():
    window = Window.from_days("2026-11-22", "2026-11-23")
    assert window.holds(datetime(2026, 11, 21, 17, tzinfo=UTC))
    assert window.holds(datetime(2026, 11, 23, 16, 59, tzinfo=UTC))
    assert not window.holds(datetime(2026, 11, 23, 17, tzinfo=UTC))
    assert list(window.days(date(2026, 11, 24))) == [date(2026, 11, 23), date(2026, 11, 22)]
    assert not Window()
