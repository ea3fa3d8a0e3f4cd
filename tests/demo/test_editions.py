"""The demo's clock: dates stay over restarts, and a move brings new and edited articles."""

from datetime import datetime, timedelta

import pytest

from demo.clock import WIB, Clock
from demo.errors import StateError
from demo.server import DemoWeb
from tests.demo.visitor import SITES, Visitor


def minute(words: str) -> datetime:
    return datetime.fromisoformat(words)


@pytest.mark.parametrize("site", SITES)
def test_articles_of_a_later_edition_appear_only_then(lone_visitor, site):
    assert {"baru", "susulan"}.isdisjoint(lone_visitor.articles(site))
    lone_visitor.move(2)
    assert {"baru", "susulan"} <= set(lone_visitor.articles(site))


@pytest.mark.parametrize("site", SITES)
def test_new_articles_were_published_just_before_the_move_one_after_the_other(lone_visitor, site):
    before = datetime.now(WIB).replace(second=0, microsecond=0)
    lone_visitor.move(2)
    articles = lone_visitor.articles(site)
    last, other = minute(articles["baru"]["date_published"]), minute(articles["susulan"]["date_published"])
    assert before <= last <= datetime.now(WIB)
    assert last - other == timedelta(minutes=4)


@pytest.mark.parametrize("site", SITES)
def test_an_edit_changes_text_modification_date_and_etag_and_nothing_else(lone_visitor, site):
    before = lone_visitor.articles(site)
    etags = {slug: lone_visitor.get(article["url"]).headers["etag"] for slug, article in before.items()}
    lone_visitor.move(2)
    after = lone_visitor.articles(site)
    edited = after["tersunting"]
    assert edited["edited"]
    assert edited["body"].endswith("Tambahan redaksi.")
    assert "Tambahan redaksi." in lone_visitor.get(edited["url"]).text
    assert edited["url"] == before["tersunting"]["url"]
    assert edited["date_published"] == before["tersunting"]["date_published"]
    assert minute(edited["date_modified"]) > minute(before["tersunting"]["date_modified"])
    changed = {slug for slug, tag in etags.items() if lone_visitor.get(after[slug]["url"]).headers["etag"] != tag}
    assert changed == {"tersunting"}
    assert {slug: after[slug] for slug in before if slug != "tersunting"} == {
        slug: article for slug, article in before.items() if slug != "tersunting"
    }


def test_dates_are_reckoned_from_the_epoch(lone_visitor):
    epoch = minute(lone_visitor.get(f"{lone_visitor.web.control}/truth.json").text.split('"epoch":"')[1].split('"')[0])
    published = minute(lone_visitor.articles("nusakata")["pendek"]["date_published"])
    assert epoch - published == timedelta(minutes=2895)


def test_a_restart_keeps_dates_and_edition(articles, tmp_path):
    with DemoWeb(tmp_path / "state", articles=articles) as web:
        Visitor(web).move(2)
        before, port = Visitor(web).truth(), web.port
    with DemoWeb(tmp_path / "state", port, articles=articles) as web:
        assert Visitor(web).truth() == before


def test_the_demo_does_not_go_back(lone_visitor):
    assert lone_visitor.move(2).status == 200
    assert lone_visitor.move(2).status == 200
    assert lone_visitor.move(1).status == 409


def test_skipping_an_edition_publishes_its_news_at_the_same_moment(tmp_path):
    clock = Clock(tmp_path)
    clock.move(3)
    assert clock.began(2) == clock.began(3) >= clock.epoch == clock.began(1)


def test_damaged_and_unusable_state_is_one_sentence(tmp_path):
    (tmp_path / "state.json").write_text("{")
    with pytest.raises(StateError, match="damaged"):
        Clock(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match="cannot be used"):
        Clock(tmp_path / "file" / "state")
