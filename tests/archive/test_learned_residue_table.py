"""What the corpus teaches of a site's boilerplate: kept with its evidence, applied, vetoed and forgotten."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipelines.archive.learned_residue_table import learn_site, learned_lines, residue_for_a_crawl
from pipelines.archive.schema import RESIDUE
from pipelines.archive.tables import Corpus
from pipelines.cleaning.learned_residue import Position
from settings.storage import Storage
from tests.archive.invented import finish, open_run, rows
from tests.archive.pressed import NEWSLETTER, SITE, html, press, url

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)


@pytest.fixture
def corpus(storage: Storage) -> Corpus:
    """Twenty-four articles of a site, half of which close with an invitation of the template's."""
    run = open_run(storage)
    for seed in range(24):
        press(run, url(seed), html(seed, *([NEWSLETTER] if seed % 2 else [])))
    finish(run)
    return Corpus(storage)


def test_what_repeats_is_kept_with_its_evidence(storage: Storage, corpus: Corpus) -> None:
    lesson = learn_site(corpus, SITE.name, (), NOW)
    assert [line.line for line in lesson.learned] == [NEWSLETTER]
    assert lesson.articles == 24
    [row] = rows(storage, "residue")
    assert (row["site"], row["line"], row["place"]) == ("kabarteknik", NEWSLETTER, "closing")
    assert (row["articles"], row["share"], row["window"], row["learned_at"]) == (12, 0.5, "2026-Q4", NOW)
    bodies = {article["article_id"]: article["body"] for article in rows(storage, "articles")}
    assert all(NEWSLETTER in bodies[example] for example in row["examples"])


def test_learning_again_changes_nothing(corpus: Corpus) -> None:
    learn_site(corpus, SITE.name, (), NOW)
    version = corpus.open(RESIDUE).version()
    lesson = learn_site(corpus, SITE.name, (), NOW.replace(hour=23))
    assert (lesson.learned, lesson.forgotten, len(lesson.kept)) == ((), (), 1)
    assert corpus.open(RESIDUE).version() == version


def test_a_crawl_gets_the_lines_and_its_articles_still_count_as_evidence(storage: Storage, corpus: Corpus) -> None:
    learn_site(corpus, SITE.name, (), NOW)
    rules = replace(SITE, learned=residue_for_a_crawl(storage)[SITE.name])
    run = open_run(storage)
    for seed in range(24, 36):
        visit = press(run, url(seed), html(seed, NEWSLETTER), rules=rules)
        assert NEWSLETTER not in visit.cleaned.body  # type: ignore[union-attr]  # it is an article
    finish(run)
    lesson = learn_site(corpus, SITE.name, (), NOW)
    [line] = lesson.kept
    assert (line.articles, line.place) == (24, Position.CLOSING)


def test_a_veto_makes_a_line_text_again(storage: Storage, corpus: Corpus) -> None:
    learn_site(corpus, SITE.name, (), NOW)
    lesson = learn_site(corpus, SITE.name, (NEWSLETTER.upper(),), NOW)
    assert [line.line for line in lesson.vetoed] == [NEWSLETTER]
    assert [line.line for line in lesson.forgotten] == [NEWSLETTER]
    assert rows(storage, "residue") == []


def test_sites_do_not_touch_each_other(corpus: Corpus) -> None:
    learn_site(corpus, SITE.name, (), NOW)
    learn_site(corpus, "beritagawai", (), NOW)
    assert set(learned_lines(corpus)) == {SITE.name}


def test_a_crawl_goes_on_without_a_table_or_a_store(
    storage: Storage, free_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    assert residue_for_a_crawl(storage) == {}
    away = storage.model_copy(update={"endpoint_url": f"http://127.0.0.1:{free_port}"})
    assert residue_for_a_crawl(away) == {}
    assert "cleaning goes without learned residue" in caplog.text
