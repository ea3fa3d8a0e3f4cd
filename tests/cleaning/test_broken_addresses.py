"""What is written where an address should stand, and is none, costs a page no more than that address."""

import pytest

from pipelines.article import Article
from pipelines.cleaning.cleaner import clean
from spiders.commands.clean import stated_url
from tests.cleaning.newspage import HEADLINE, URL, page

BROKEN = ["http://[", "http://[::1", "//[x", "http://a]b/", "https://[1:2:3/..", "http://\u2100/", "https://a\uff0fb/"]


def with_addresses(address: str) -> bytes:
    """A news page that has `address` at every place where a page has addresses."""
    html = page(above=f'<p>Ditulis oleh <a rel="author" href="{address}">Sari Melati</a></p>').decode()
    head = f"""<base href="{address}"><link rel="canonical" href="{address}"><link rel="amphtml" href="{address}">
    <meta property="og:url" content="{address}"><meta property="og:image" content="{address}">
    <script type="application/ld+json">{{"@type": "NewsArticle", "@id": "{address}", "url": "{address}",
    "mainEntityOfPage": {{"@id": "{address}"}}, "image": "{address}", "headline": "{HEADLINE}"}}</script></head>"""
    html = html.replace("</head>", head).replace(HEADLINE + "</h1>", f'<a href="{address}">{HEADLINE}</a></h1>')
    return html.replace("<p>", f'<p><a href="{address}">Lihat</a> ').encode()


@pytest.mark.parametrize("address", BROKEN)
def test_a_page_full_of_broken_addresses_is_an_article(address):
    article = clean(with_addresses(address), URL)
    assert isinstance(article, Article)
    assert article.headline == HEADLINE
    assert article.image is None


@pytest.mark.parametrize("address", BROKEN)
def test_a_broken_address_is_not_what_a_page_states_as_its_own(address):
    assert stated_url(with_addresses(address)) is None
