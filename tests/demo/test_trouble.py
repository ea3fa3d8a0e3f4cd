"""Trouble that a site is put into: what it answers meanwhile, and afterwards."""

import pytest

from demo.trouble import Trouble
from tests.demo.visitor import Answer, Visitor

SITE = "kilasperanti"


def put(visitor: Visitor, site: str, trouble: str) -> Answer:
    return visitor.get(f"{visitor.web.control}/trouble/{site}/{trouble}", method="POST")


@pytest.fixture
def refused(lone_visitor: Visitor) -> Visitor:
    assert put(lone_visitor, SITE, Trouble.REFUSING).status == 200
    return lone_visitor


def test_a_site_that_refuses_shows_no_page_and_announces_them_all_the_same(refused: Visitor) -> None:
    article = next(iter(refused.articles(SITE).values()))

    assert refused.get(article["url"]).status == 403
    assert refused.page(SITE, "/").status == 403
    assert article["url"] in refused.page(SITE, "/sitemap_news.xml").text
    assert refused.page(SITE, "/robots.txt").status == 200


def test_others_are_as_they_were(refused: Visitor) -> None:
    assert refused.page("nusakata", "/").status == 200


def test_it_ends_when_it_is_told_to(refused: Visitor) -> None:
    put(refused, SITE, Trouble.NONE)

    assert refused.page(SITE, "/").status == 200


@pytest.mark.parametrize(("site", "trouble"), [("tidakada", "refusing"), (SITE, "bored")])
def test_what_there_is_not_is_named(visitor: Visitor, site: str, trouble: str) -> None:
    answer = put(visitor, site, trouble)

    assert answer.status == 404
    assert "kilasperanti" in answer.text
    assert "refusing" in answer.text
