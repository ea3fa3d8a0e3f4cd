"""How sites write when an article was published, and what on their pages is a date of something else.

Each row is one way to write it, with the kind of site, system or standard that writes it so. The pages are captured on
28 November 2026 at 17:00 WIB.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from pipelines.article import Article, Hints
from pipelines.cleaning.cleaner import clean
from pipelines.cleaning.date_parsing import find_printed_dates
from pipelines.cleaning.site_rules import SiteRules
from tests.cleaning.newspage import HEADLINE, PARAGRAPHS, URL, page

FETCHED = datetime.fromisoformat("2026-11-28T17:00:00+07:00")
DAY = "2026-11-13T00:00:00+07:00"
EVENING = "2026-11-13T20:05:00+07:00"
TO_THE_SECOND = "2026-11-13T20:05:33+07:00"
MAKASSAR = "2026-11-13T21:05:00+08:00"


@dataclass(frozen=True)
class Pattern:
    """A way to write a date, who writes it so, and the date that it gives; None if there is none on the page."""

    source: str
    expected: str | None = EVENING
    shown: str = ""
    above: str = ""
    below: str = ""
    top: str = ""
    meta: Mapping[str, str] = field(default_factory=dict)
    json_ld: Any = None
    script: str = ""
    title: str | None = None
    headline: str = HEADLINE
    url: str = URL
    paragraphs: tuple[str, ...] = PARAGRAPHS
    hint: str | None = None
    site: SiteRules | None = None

    def __str__(self) -> str:
        return f"{self.source}: {self.shown}".replace(" ", "-")[:90]

    def html(self) -> bytes:
        above = self.above or (f"<div>{self.shown}</div>" if self.shown else "")
        content = "".join(f"<p>{text}</p>" for text in self.paragraphs)
        html = page(
            content,
            headline=self.headline,
            title=self.title,
            meta=self.meta,
            json_ld=self.json_ld,
            above=above,
            below=self.below,
        ).decode()
        html = html.replace("<body>", f"<body>{self.top}").replace("</head>", f"{self.script}</head>")
        return html.encode()


def shown(source: str, *texts: str, expected: str | None = EVENING) -> list[Pattern]:
    return [Pattern(source, expected, shown=text) for text in texts]


def ld(published: object, **more: object) -> dict[str, object]:
    return {"@type": "NewsArticle", "headline": HEADLINE, "datePublished": published, **more}


def script(content: str) -> str:
    return f'<script type="application/ld+json">{content}</script>'


LD_TEXT = '{"@type": "NewsArticle", "headline": "%s", "datePublished": "2026-11-13T20:05:33+07:00"%s}'

CLOCKS = [
    *shown("portals, long form", "Jumat, 13 November 2026 20:05 WIB"),
    *shown("portals that write the time with a dot", "13 November 2026 | 20.05 WIB"),
    *shown("newspapers that abbreviate 'pukul'", "13 November 2026 Pkl. 20.05 WIB", "13 November 2026, pkl 20:05"),
    *shown("regional papers", "Jumat, 13 November 2026 - Pukul: 20.05 WIB", "Jumat 13 November 2026 jam 20.05"),
    *shown("sites that bracket the time", "13 November 2026 (20:05 WIB)"),
    *shown("sites that put the time first", "20.05 WIB, 13/11/2026", "20:05, 13 Nov 2026"),
    *shown("television sites, time first with the weekday", "20.05 WIB - Jumat, 13 November 2026"),
    *shown(
        "sites whose system states UTC offsets", "13 November 2026 20:05 GMT+7", "13 November 2026 20:05 (UTC+07:00)"
    ),
    *shown("sites with the offset as RFC 822 has it", "Fri, 13 Nov 2026 20:05:00 +0700"),
    *shown("sites that spell out the zone", "13 Nov 2026, 20.05 Waktu Indonesia Barat"),
    *shown("sites in two zones", "13 November 2026, 20:05 WIB / 21:05 WITA"),
    *shown("sites in Sulawesi", "13 November 2026 21:05 WITA", "13 November 2026 21:05 UTC+8", expected=MAKASSAR),
    *shown("sites in Papua", "13 November 2026 22.05 WIT", expected="2026-11-13T22:05:00+09:00"),
    *shown("forums and old systems", "13-11-2026 20:05", "13/11/26 20:05", "13.11.2026 20:05"),
    *shown("systems with year first", "2026/11/13 20:05", "2026-11-13 20:05 WIB"),
    *shown("WordPress in English", "November 13, 2026 8:05 pm", "Nov. 13th, 2026 at 8:05 p.m."),
    *shown("themes that write 24 hours and a half of the day", "13 November 2026 20:05 PM"),
    *shown("systems set to the United States", "11/13/2026 8:05 PM"),
    *shown("readers' language", "13 November 2026, 8.05 malam"),
    *shown("readers' language, the hour alone", "13 November 2026 jam 8 malam", expected="2026-11-13T20:00:00+07:00"),
    *shown("dates without a blank", "Jumat,13November 2026 20:05"),
    *shown("spelling before 1972", "13 Nopember 2026 20:05 WIB"),
    *shown("magazines with short years", "13 Nov '26, 20:05"),
    *shown("sites that close the day at 24:00", "13 November 2026 24:00 WIB", expected="2026-11-14T00:00:00+07:00"),
    *shown("bylines with the name", "Budi Santoso | Jumat, 13 November 2026 20:05 WIB"),
    *shown("bylines with publication and change", "Terbit: 13 Nov 2026 20:05 WIB | Diperbarui: 14 Nov 2026 08:00 WIB"),
    *shown("sites with the change first", "Diperbarui 14 November 2026 08:00 - Diterbitkan 13 November 2026 20:05"),
    *shown("sites with the reading time beside it", "13 November 2026 20:05 • 3 menit baca"),
    Pattern("themes with the label above", above="<div>Dipublikasikan</div><div>13 November 2026 20:05</div>"),
    Pattern(
        "pages with the date above the headline",
        top="",
        above="",
        meta={},
        headline=HEADLINE,
        paragraphs=("13 November 2026 20:05 WIB", *PARAGRAPHS),
    ),
    Pattern("pages with the date below the text", below="<div>13 November 2026 20:05 WIB</div>"),
]

DAYS = [
    *shown(
        "desks that abbreviate August",
        "6 Agust 2026",
        "6 Agts 2026",
        "6 Ag. 2026",
        "6 Agu 2026",
        "6 Ags 2026",
        expected="2026-08-06T00:00:00+07:00",
    ),
    *shown("desks that abbreviate February", "6 Peb 2026", expected="2026-02-06T00:00:00+07:00"),
    *shown(
        "themes with the reading time",
        "13 November 2026 • 3 menit baca",
        "13 November 2026 - 03:25 menit",
        expected=DAY,
    ),
    *shown(
        "themes with counters", "13 November 2026 12.50K views", "13 November 2026 | 10.20 kali dibaca", expected=DAY
    ),
    *shown("English themes", "13th of November 2026", "Friday, November 13, 2026", expected=DAY),
    *shown("Blogger's date headings", "Jumat, 13 November 2026", expected=DAY),
]

RELATIVE = [
    *shown(
        "portals that count hours", "3 jam yang lalu", "3 hours ago", "3h ago", expected="2026-11-28T14:00:00+07:00"
    ),
    *shown("portals that count minutes", "20 menit lalu", "20 mins ago", expected="2026-11-28T16:40:00+07:00"),
    *shown("one of a kind, as a prefix", "sejam yang lalu", "an hour ago", expected="2026-11-28T16:00:00+07:00"),
    *shown("hours and minutes", "3 jam 11 menit lalu", expected="2026-11-28T13:49:00+07:00"),
    *shown("half an hour", "setengah jam lalu", expected="2026-11-28T16:30:00+07:00"),
    *shown("portals that count days", "2 hari lalu", "2 days ago", expected="2026-11-26T00:00:00+07:00"),
    *shown(
        "yesterday with a clock", "Kemarin, 20:05 WIB", "Yesterday at 8:05 PM", expected="2026-11-27T20:05:00+07:00"
    ),
    *shown("portals that count weeks", "2 minggu lalu", "2 weeks ago", expected="2026-11-14T00:00:00+07:00"),
    *shown("yesterday", "Kemarin", expected="2026-11-27T00:00:00+07:00"),
    *shown("today with a clock", "Hari ini, 16.05 WIB", expected="2026-11-28T16:05:00+07:00"),
    *shown("portals with fresh news", "Baru saja", "Just now", expected="2026-11-28T17:00:00+07:00"),
]

STATED = [
    Pattern("JSON-LD, as most systems write it", TO_THE_SECOND, json_ld=ld(TO_THE_SECOND)),
    Pattern("JSON-LD in an HTML comment", TO_THE_SECOND, script=script("<!--\n" + LD_TEXT % (HEADLINE, "") + "\n-->")),
    Pattern("JSON-LD in CDATA", TO_THE_SECOND, script=script("//<![CDATA[\n" + LD_TEXT % (HEADLINE, "") + "\n//]]>")),
    Pattern(
        "JSON-LD in CDATA behind comments",
        TO_THE_SECOND,
        script=script("/*<![CDATA[*/" + LD_TEXT % (HEADLINE, "") + "/*]]>*/"),
    ),
    Pattern(
        "JSON-LD behind a JavaScript comment",
        TO_THE_SECOND,
        script=script("/* skema artikel */ " + LD_TEXT % (HEADLINE, "")),
    ),
    Pattern("JSON-LD behind a byte order mark", TO_THE_SECOND, script=script("\ufeff" + LD_TEXT % (HEADLINE, ""))),
    Pattern("JSON-LD with a trailing comma", TO_THE_SECOND, script=script(LD_TEXT % (HEADLINE, ","))),
    Pattern(
        "JSON-LD with a raw line break in a string",
        TO_THE_SECOND,
        script=script(LD_TEXT % (HEADLINE, ', "description": "satu\ndua\tsatu"')),
    ),
    Pattern(
        "JSON-LD with an unknown escape",
        TO_THE_SECOND,
        script=script(LD_TEXT % (HEADLINE, ', "description": "satu \\\' dua"')),
    ),
    Pattern(
        "two objects in one JSON-LD script",
        TO_THE_SECOND,
        script=script('{"@type": "WebSite", "name": "Contoh"}\n' + LD_TEXT % (HEADLINE, "")),
    ),
    Pattern(
        "JSON-LD with escaped markup", TO_THE_SECOND, script=script((LD_TEXT % (HEADLINE, "")).replace('"', "&quot;"))
    ),
    Pattern("JSON-LD with Unix time", "2026-11-13T20:05:33+07:00", json_ld=ld(1794575133)),
    Pattern(
        "WordPress with the zone in place of T",
        TO_THE_SECOND,
        meta={"article:published_time": "2026-11-13WIB20:05:33+07:00"},
    ),
    Pattern(
        "WordPress with an offset in place of T",
        TO_THE_SECOND,
        meta={"article:published_time": "2026-11-13+0720:05:33+07:00"},
    ),
    Pattern("ISO 8601, basic format", TO_THE_SECOND, meta={"pubdate": "20261113T200533+0700"}),
    Pattern("numbers alone", TO_THE_SECOND, meta={"publishdate": "20261113200533"}),
    Pattern("addresses that turned + into a space", TO_THE_SECOND, meta={"pubdate": "2026-11-13T20:05:33 07:00"}),
    Pattern("Java's Date", TO_THE_SECOND, meta={"date": "Fri Nov 13 20:05:33 WIB 2026"}),
    Pattern("JavaScript's Date", TO_THE_SECOND, meta={"date": "Fri Nov 13 2026 20:05:33 GMT+0700 (WIB)"}),
    Pattern(".NET's Date", TO_THE_SECOND, meta={"date": "/Date(1794575133000)/"}),
    Pattern("Go's time", TO_THE_SECOND, meta={"date": "2026-11-13 20:05:33 +0700 WIB"}),
    Pattern(
        "Blogger's microdata",
        EVENING,
        below="<div class='post-footer'><abbr class='published' itemprop='datePublished' "
        "title='2026-11-13T20:05:00+07:00'>20.05</abbr></div>",
    ),
    Pattern(
        "the hAtom microformat",
        EVENING,
        above="<abbr class='published' title='2026-11-13T20:05:00+07:00'>Jumat malam</abbr>",
    ),
    Pattern(
        "microdata in an attribute",
        EVENING,
        above="<span itemprop='datePublished' content='2026-11-13T20:05:00+07:00'>Jumat</span>",
    ),
    Pattern(
        "AMP pages that count from now",
        EVENING,
        above="<amp-timeago datetime='2026-11-13T20:05:00+07:00'>2 minggu lalu</amp-timeago>",
    ),
    Pattern(
        "WordPress with publication and change",
        EVENING,
        above="<time class='updated' datetime='2026-11-14T08:00:00+07:00'>14/11</time>"
        "<time class='entry-date published' datetime='2026-11-13T20:05:00+07:00'>13/11</time>",
    ),
    Pattern(
        "local time that claims to be UTC, shown by day",
        TO_THE_SECOND,
        shown="13 November 2026",
        meta={"article:published_time": "2026-11-13T20:05:33+00:00"},
    ),
    Pattern(
        "local time that claims to be UTC, in the feed as well",
        TO_THE_SECOND,
        json_ld=ld("2026-11-13T20:05:33Z"),
        hint=EVENING,
    ),
    Pattern(
        "local time that claims to be UTC and would be in the future",
        "2026-11-28T16:40:00+07:00",
        json_ld=ld("2026-11-28T16:40:00Z"),
    ),
    Pattern("UTC as WordPress means it", TO_THE_SECOND, json_ld=ld("2026-11-13T13:05:33+00:00")),
    Pattern(
        "no zone in JSON-LD, an equal time with zone in a meta tag",
        "2026-11-13T20:05:33+08:00",
        json_ld=ld("2026-11-13 20:05:33"),
        meta={"article:published_time": "2026-11-13T20:05:33+08:00"},
    ),
    Pattern(
        "no zone in JSON-LD, the zone in the date of change",
        "2026-11-13T20:05:33+09:00",
        json_ld=ld("2026-11-13 20:05:33", dateModified="2026-11-13T21:00:00+09:00"),
    ),
    Pattern(
        "no zone in JSON-LD, the zone shown",
        "2026-11-13T20:05:33+08:00",
        shown="13 November 2026 20:05 WITA",
        json_ld=ld("2026-11-13T20:05:33"),
    ),
    Pattern(
        "no zone anywhere on a site in Bali",
        "2026-11-13T20:05:33+08:00",
        json_ld=ld("2026-11-13T20:05:33"),
        site=SiteRules("contoh", time_zone="WITA"),
    ),
    Pattern("addresses with the time", TO_THE_SECOND, url="https://contoh.id/read/2026/11/13/200533123/pabrik"),
]

TODAY = "Sabtu, 28 November 2026 17:00 WIB"
AGREED: dict[str, Any] = {"meta": {"article:published_time": TO_THE_SECOND}, "json_ld": ld(EVENING)}
BYLINE = "<div class='post-date'>Jumat, 13 November 2026 20:05 WIB</div>"
OTHER = {
    "@type": "NewsArticle",
    "headline": "Jembatan Gantung di Lembah Sunyi Selesai Dicat Ulang",
    "url": "https://tekno.contohkabar.id/daerah/jembatan-gantung",
    "datePublished": "2026-11-27T08:00:00+07:00",
}

NOT_ITS_DATE = [
    Pattern(
        "themes with today's date in a bar",
        TO_THE_SECOND,
        top="<div class='td_data_time'>Sabtu, November 28, 2026</div>",
        **AGREED,
    ),
    Pattern(
        "themes with today's clock in a bar",
        TO_THE_SECOND,
        top=f"<div class='top'>{TODAY}</div>",
        above="<span>13 November 2026</span>",
        **AGREED,
    ),
    Pattern("a bar with today's date on a page without another", None, top=f"<div class='bar'>{TODAY}</div>"),
    Pattern(
        "a bar with today's date right above the headline",
        TO_THE_SECOND,
        top=f"<div>{TODAY}</div>",
        json_ld=ld(TO_THE_SECOND),
    ),
    Pattern(
        "a bar with yesterday's date right above the headline",
        TO_THE_SECOND,
        top="<div>Jumat, 27 November 2026 09:00 WIB</div>",
        json_ld=ld(TO_THE_SECOND),
    ),
    Pattern(
        "an agenda whose entry is a short link",
        EVENING,
        above=f"<h3>Agenda</h3><a href='/x'>Pameran Robot</a><div>10 November 2026 19:00 WIB</div>{BYLINE}",
    ),
    Pattern("a bar named for today", None, top=f"<div class='current-date'>{TODAY}</div>"),
    Pattern(
        "today's date in the header over a shown day",
        DAY,
        top=f"<header class='site-header'>{TODAY}</header>",
        shown="13 November 2026",
    ),
    Pattern(
        "yesterday's date in a cached bar",
        EVENING,
        top="<div class='top-bar'>Jumat, 27 November 2026 09:00 WIB</div>",
        above=BYLINE,
    ),
    Pattern("a label for today", EVENING, above=f"<div>Hari ini: Sabtu, 28 November 2026</div>{BYLINE}"),
    Pattern(
        "an event in the standfirst",
        TO_THE_SECOND,
        above=f"<p class='excerpt'>Gempa kecil terasa pada 12 November 2026 pukul 04.10 WIB.</p>{BYLINE}",
        **AGREED,
    ),
    Pattern(
        "an event in the standfirst, one machine date",
        TO_THE_SECOND,
        above="<p>Pameran itu digelar pada 12 November 2026 pukul 04.10 WIB</p>",
        json_ld=ld(TO_THE_SECOND),
    ),
    Pattern(
        "an event in the standfirst alone",
        None,
        above="<p>Pameran itu digelar pada 12 November 2026 pukul 04.10 WIB</p>",
    ),
    Pattern(
        "an event in the text",
        None,
        paragraphs=("Pada 12 November 2026 pukul 10.00 WIB pabrik itu dibuka untuk warga.", *PARAGRAPHS),
    ),
    Pattern(
        "an event as data in the text",
        EVENING,
        above=BYLINE,
        paragraphs=(
            "Pameran dibuka pada <time datetime='2026-11-12T10:00:00+07:00'>12 November 2026</time> bagi warga.",
            *PARAGRAPHS,
        ),
    ),
    Pattern(
        "a box with the next event",
        EVENING,
        above=f"<div>Agenda berikutnya:</div><div>29 November 2026 19:00 WIB</div>{BYLINE}",
    ),
    Pattern(
        "a box with a past event",
        EVENING,
        above=f"<div class='event-box'><b>Bursa Robot</b><div>10 November 2026 19:00 WIB</div></div>{BYLINE}",
    ),
    Pattern(
        "events as microdata",
        EVENING,
        below=BYLINE.replace("post-date", "x"),
        above=(
            "<div itemscope itemtype='https://schema.org/Event'><time itemprop='startDate' "
            "datetime='2026-11-10T19:00:00+07:00'>10 November 2026 19:00 WIB</time></div>"
        ),
    ),
    Pattern(
        "an update beside the publication",
        EVENING,
        above=f"<div>Diperbarui: Sabtu, 14 November 2026 08:00 WIB</div>{BYLINE}",
    ),
    Pattern(
        "an update with its label above",
        EVENING,
        above=f"<div>Terakhir diperbarui</div><div>14 November 2026 08:00 WIB</div>{BYLINE}",
    ),
    Pattern("an update in brackets", EVENING, above=f"<div>14 November 2026 08:00 WIB (updated)</div>{BYLINE}"),
    Pattern(
        "a change that is shown as the date",
        TO_THE_SECOND,
        shown="14 November 2026 08:00 WIB",
        json_ld=ld(TO_THE_SECOND, dateModified="2026-11-14T08:00:12+07:00"),
    ),
    Pattern(
        "a comment as data",
        None,
        below=(
            "<div class='comments'><div class='comment'><time datetime='2026-11-20T08:00:00+07:00'>20 November 2026"
            "</time><p>Mantap.</p></div></div>"
        ),
    ),
    Pattern(
        "comments as microdata",
        None,
        below=(
            "<div itemscope itemtype='https://schema.org/Comment'><meta itemprop='datePublished' "
            "content='2026-11-20T08:00:00+07:00'>Mantap.</div>"
        ),
    ),
    Pattern(
        "comments of WordPress",
        None,
        below="<ol class='commentlist'><li>20 November 2026 08:00<p>Mantap.</p></li></ol>",
    ),
    Pattern(
        "a related article as data",
        None,
        below=(
            "<ul><li><a href='/x'>Jembatan Gantung di Lembah Sunyi Dicat</a>"
            "<time datetime='2026-11-20T08:00:00+07:00'>20 November 2026</time></li></ul>"
        ),
    ),
    Pattern(
        "a related article between headline and text",
        EVENING,
        above=(
            "<div><a href='/x'>Jembatan Gantung di Lembah Sunyi Dicat</a><div>20 November 2026 08:00</div>"
            f"</div>{BYLINE}"
        ),
    ),
    Pattern(
        "a box of related articles",
        EVENING,
        above=f"<div class='terkait'><div>20 November 2026 08:00</div></div>{BYLINE}",
    ),
    Pattern(
        "related articles below the text",
        None,
        below=("<a href='/x'>Jembatan Gantung di Lembah Sunyi Dicat</a><div>20 November 2026 08:00</div>"),
    ),
    Pattern(
        "related articles that count from now",
        None,
        below=(
            "<div class='berita-lain'><a href='/x'>Jembatan di Lembah Sunyi Selesai Dicat</a><b>3 jam lalu</b></div>"
        ),
    ),
    Pattern(
        "another article first in a JSON-LD graph",
        TO_THE_SECOND,
        json_ld={"@graph": [{**OTHER, "author": "Sari", "articleBody": "Teks."}, ld(TO_THE_SECOND)]},
    ),
    Pattern("another article alone in JSON-LD", None, json_ld=OTHER),
    Pattern(
        "another article in JSON-LD beside a meta tag",
        TO_THE_SECOND,
        json_ld=OTHER,
        meta={"article:published_time": TO_THE_SECOND},
    ),
    Pattern(
        "another article in a page's state",
        None,
        script=(
            '<script id="__NEXT_DATA__" type="application/json">{"artikel": {"title": "Jembatan Gantung Dicat Ulang", '
            '"published_at": "2026-11-20 08:00:00"}}</script>'
        ),
    ),
    Pattern("a copyright year", None, below="<div>© 2026 Contoh Kabar</div>"),
    Pattern("a copyright day", None, below="<div>Hak cipta 13 November 2026 Contoh Kabar</div>"),
    Pattern("the weather", EVENING, above=f"<div>Bandung 31°C, 28 November 2026 16:00</div>{BYLINE}"),
    Pattern(
        "a weather widget",
        EVENING,
        above=f"<div class='cuaca'><div>Bandung</div><div>27 November 2026 16:00</div></div>{BYLINE}",
    ),
    Pattern(
        "a headline with a day",
        EVENING,
        headline="Kode Undangan Gim Robot 10 November 2026 Belum Kedaluwarsa",
        title="Kode Undangan Gim Robot 10 November 2026 Belum Kedaluwarsa",
        above=BYLINE,
    ),
    Pattern(
        "a photo's caption",
        EVENING,
        above=f"<figure><img src='a.jpg'><figcaption>Pabrik, 10 November 2026</figcaption></figure>{BYLINE}",
    ),
    Pattern("an offer's end", EVENING, above=f"<div>Berlaku hingga 20 November 2026 23:59</div>{BYLINE}"),
    Pattern(
        "the date of a release in a table of data", EVENING, above=f"<div>Tanggal rilis: 1 Oktober 2026</div>{BYLINE}"
    ),
    Pattern("a writer's membership", EVENING, above=f"<div>Bergabung sejak 1 Oktober 2020</div>{BYLINE}"),
    Pattern("the length of a video", DAY, shown="13 November 2026 - Durasi 12:05"),
    Pattern("a span of months", None, shown="2 bulan lalu"),
    Pattern("a month alone", None, shown="November 2026"),
    Pattern("a version number", None, shown="Versi 10.11.2026"),
]

PATTERNS = [*CLOCKS, *DAYS, *RELATIVE, *STATED, *NOT_ITS_DATE]


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_the_articles_date(pattern: Pattern) -> None:
    hints = Hints(fetched_at=FETCHED, date_published=datetime.fromisoformat(pattern.hint) if pattern.hint else None)
    record = clean(pattern.html(), pattern.url, site=pattern.site, hints=hints)
    assert isinstance(record, Article), record
    if pattern.expected is None:
        assert (record.date_published, record.date_precision) == (FETCHED, "fetched")
    else:
        assert record.date_published == datetime.fromisoformat(pattern.expected)
        assert record.date_precision != "fetched"


def test_the_table_has_the_patterns_that_it_is_for() -> None:
    assert len({pattern.source for pattern in PATTERNS}) >= 80
    assert len(NOT_ITS_DATE) >= len(PATTERNS) / 4


FOREIGN_URL = "https://nieuws.example.nl/techniek/fietsfabriek"
FOREIGN_TEXT = tuple(
    f"A factory for electric bicycles opened line number {number} on Monday, and its manager said that two hundred "
    "people from the villages around it would find work there before the winter comes."
    for number in ("one", "two", "three", "four")
)


@pytest.mark.parametrize(
    ("above", "stated", "changed", "expected"),
    [
        # '20:05' beside 18:05 UTC is the same instant two hours ahead
        ("13. November 2026, 20:05", "2026-11-13T18:05:33Z", "", "2026-11-13T20:05:33+02:00"),
        # the time that readers see is that of a change, and an element repeats it
        (
            "<time datetime='2026-11-13T23:15:00+01:00'>13.11.2026 | 23:15</time>", "2026-11-13T20:05:33+01:00",
            "2026-11-13T23:15:00+01:00", "2026-11-13T20:05:33+01:00",
        ),
        ("13 november 2026 om 20:05", "", "", "2026-11-13T20:05:00+00:00"),
        ("<span>vrijdag 13.11.26 | 20:05 CET</span>", "", "", "2026-11-13T20:05:00+01:00"),
    ],
)  # fmt: skip
def test_the_date_on_pages_of_other_countries(above: str, stated: str, changed: str, expected: str) -> None:
    json_ld = {"@type": "NewsArticle", "headline": HEADLINE, "datePublished": stated, "dateModified": changed}
    record = clean(page(FOREIGN_TEXT, meta={}, json_ld=json_ld, above=f"<div>{above}</div>"), FOREIGN_URL)
    assert isinstance(record, Article)
    assert record.date_published == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    "above", ["<p>Pembuka pendek</p><p>Gawai</p><p>Kota</p><p>13 November 2026 20:05 WIB</p>",
              "<div class='page-header__meta'>Budi Santoso 13 November 2026 20:05 WIB</div>"],
)  # fmt: skip
def test_the_date_behind_a_short_opening_and_in_a_part_of_the_pages_header(above: str) -> None:
    record = clean(page(meta={}, above=above), URL)
    assert isinstance(record, Article)
    assert record.date_published == datetime.fromisoformat(EVENING)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("published", "November 13, 2026"), ("published-date", "2026-11-13"), ("x:published_at", "2026-11-13"),
        ("article.publicationDate", "13.11.2026"), ("citation_publication_date", "2026 Nov 13"),
    ],
)  # fmt: skip
def test_meta_tags_of_other_systems(name: str, content: str) -> None:
    record = clean(page(meta={name: content}), URL)
    assert isinstance(record, Article)
    assert (record.date_published, record.date_precision) == (datetime.fromisoformat(DAY), "day")


def test_without_the_time_of_the_capture_nothing_is_counted_from_it() -> None:
    record = clean(page(meta={}, above="<div>3 jam lalu</div>"), URL)
    assert isinstance(record, Article)
    assert record.date_precision == "fetched"


def test_the_date_of_a_change_is_taken_where_there_is_no_other() -> None:
    record = clean(page(meta={}, above="<div>Diperbarui: 14 November 2026 08:00 WIB</div>"), URL)
    assert isinstance(record, Article)
    assert record.date_published == datetime.fromisoformat("2026-11-14T08:00:00+07:00")
    assert record.sources["date_published"] == "update"


@pytest.mark.parametrize(
    ("published", "changed", "expected"),
    [
        ("2026-11-13T13:05:33Z", "2026-11-13T18:25:00Z", "2026-11-14T01:25:00+07:00"),  # past midnight in Jakarta
        ("2026-11-13T20:05:33Z", "2026-11-13T21:25:00Z", "2026-11-13T21:25:00+07:00"),  # UTC that means local time
    ],
)
def test_a_change_is_stated_in_the_zone_in_which_publication_is(published: str, changed: str, expected: str) -> None:
    json_ld = ld(published, dateModified=changed)
    record = clean(page(meta={}, json_ld=json_ld, above="<div>13 November 2026, 20:05 WIB</div>"), URL)
    assert isinstance(record, Article)
    assert record.date_modified == datetime.fromisoformat(expected)


@pytest.mark.parametrize("begun", ["Tue,", "24 November 2026,", "Selasa (", "tanggal :", "24/11/2026 20:05 ("])
def test_a_long_blank_behind_what_may_begin_a_date_is_passed_over_at_once(begun: str) -> None:
    """For seconds of work for each thousand characters this would not end."""
    assert len(find_printed_dates(begun + " " * 20_000 + ".")) <= 1
