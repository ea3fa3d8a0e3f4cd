"""The demo web as it ships: its truth holds on every page of every edition."""

import pytest

from tests.demo.visitor import SITES, WHOLE, Visitor, lines_of, shown

OUTCOME_OF = {200: {"rejected", "archived", "too_large", "timeout", "robots"}, 302: {"off_site"}}


def check_articles(visitor: Visitor, site: str) -> None:
    for article in visitor.articles(site).values():
        answer = shown(visitor, article, site)
        assert answer.status == 200, article["url"]
        lines = lines_of(answer, site)
        missing = [wanted for wanted in article["body"].split("\n") if not any(line.endswith(wanted) for line in lines)]
        assert not missing, article["url"]


@pytest.mark.parametrize("site", SITES)
def test_every_announced_url_answers_as_the_truth_says(true_visitor, site):
    check_articles(true_visitor, site)
    for post in true_visitor.truth()[site]["non_articles"]:
        status = true_visitor.get(post["url"]).status
        assert post["outcome"] in OUTCOME_OF.get(status, {"http_error"}), post["url"]


@pytest.mark.parametrize("site", SITES)
def test_planted_residue_is_on_pages_and_in_no_body(true_visitor, site):
    truth = true_visitor.truth()[site]
    bodies = "\n".join(article["body"] for article in truth["articles"])
    pages = "\n".join(
        true_visitor.get(article["url"] + form).text for article in truth["articles"] for form in ("", WHOLE[site])
    )
    assert [words for words in truth["planted"] if words in bodies] == []
    assert [words for words in truth["planted"] if words not in pages] == []


@pytest.mark.parametrize("site", SITES)
def test_there_is_enough_of_everything(true_visitor, site):
    truth = true_visitor.truth()[site]
    kinds = {post["kind"] for post in truth["non_articles"]}
    assert len(truth["articles"]) >= 30
    assert {"gallery", "video", "404", "500", "slow", "robots"} <= kinds
    assert len({article["url"] for article in truth["articles"]}) == len(truth["articles"])


def test_copies_between_sites_are_both_exact_and_near(true_visitor):
    copies = [article["copy"] for site in SITES for article in true_visitor.truth()[site]["articles"]]
    assert {"exact", "near"} <= set(copies)


@pytest.mark.parametrize("site", SITES)
def test_the_second_edition_brings_news_and_edits(true_visitor, site):
    true_visitor.move(2)
    articles = true_visitor.articles(site).values()
    assert sum(article["edition"] == 2 for article in articles) >= 2
    assert sum(article["edited"] for article in articles) >= 2
    planted = true_visitor.truth()[site]["planted"]
    assert not [words for words in planted for article in articles if words in article["body"]]
    check_articles(true_visitor, site)
