"""No date is no reason to lose a text: what stands for it where a page does not say when it was published."""

from datetime import UTC, datetime, timedelta

import pytest

from pipelines.article import Article, Hints
from pipelines.cleaning.cleaner import clean
from settings.clock import utc_now
from tests.cleaning.newspage import PARAGRAPHS, URL, page

FIRST = datetime(2026, 11, 20, 3, 30, 12, 345678, tzinfo=UTC)
LATER = FIRST + timedelta(days=5)
UNDATED = page(meta={})


def article(html: bytes, hints: Hints, url: str = URL) -> Article:
    record = clean(html, url, hints=hints)
    assert isinstance(record, Article), record
    return record


def dated(record: Article) -> tuple[datetime, str, str]:
    return record.date_published, record.date_precision, record.sources["date_published"]


def test_the_first_fetch_stands_for_a_date_that_nothing_gives() -> None:
    record = article(UNDATED, Hints(fetched_at=FIRST))
    assert dated(record) == (FIRST, "fetched", "fetch")
    assert record.date_published.utcoffset() == timedelta(hours=7)
    assert not record.states_date


def test_a_later_look_does_not_move_it() -> None:
    assert dated(article(UNDATED, Hints(fetched_at=LATER, first_fetched_at=FIRST))) == (FIRST, "fetched", "fetch")


def test_a_page_of_which_nobody_knows_when_it_was_fetched_is_dated_now() -> None:
    before = utc_now()
    record = article(UNDATED, Hints())
    assert before <= record.date_published <= utc_now()
    assert record.date_precision == "fetched"


def test_weeks_that_a_page_counts_tell_no_more_than_the_month_and_no_day_is_given_for_them() -> None:
    weeks, day = "<p>2 minggu lalu</p>", "<p>Kamis, 5 November 2026</p>"
    record = article(page(meta={}, above=weeks), Hints(fetched_at=FIRST))
    assert dated(record) == (datetime(2026, 11, 5, 17, tzinfo=UTC), "month", "text")
    assert record.states_date
    record = article(page(meta={}, above=weeks, below=day), Hints(fetched_at=FIRST))
    assert dated(record) == (datetime(2026, 11, 4, 17, tzinfo=UTC), "day", "text")


def test_a_change_comes_before_a_guess() -> None:
    html = page(meta={"article:modified_time": "2026-11-02T10:00:00+07:00"})
    record = article(html, Hints(fetched_at=FIRST))
    assert dated(record) == (datetime(2026, 11, 2, 3, tzinfo=UTC), "minute", "update")
    assert record.states_date


def test_a_day_that_only_the_library_finds_is_marked_as_its_guess() -> None:
    html = page(meta={}, below='<div data-x="1"><img src="/media/2026/11/05/foto.jpg"></div>')
    html = html.replace(
        b"</head>", b'<meta property="og:image" content="https://contoh.id/media/2026/11/05/a.jpg"></head>'
    )
    record = article(html, Hints(fetched_at=FIRST))
    assert dated(record) == (datetime(2026, 11, 4, 17, tzinfo=UTC), "day", "htmldate")
    assert not record.states_date


@pytest.mark.parametrize(
    "day",
    [
        pytest.param("2026-11-20", id="the day of the fetch, which bars show"),
        pytest.param("2026-01-01", id="a first of January, which stands for a year"),
        pytest.param("2027-02-03", id="a day after the fetch"),
    ],
)
def test_a_day_that_cannot_be_believed_is_not_guessed(day: str) -> None:
    html = page(meta={"og:image": f"https://contoh.id/media/{day.replace('-', '/')}/a.jpg"})
    assert dated(article(html, Hints(fetched_at=FIRST))) == (FIRST, "fetched", "fetch")


@pytest.mark.parametrize(
    ("meta", "url", "precision"),
    [
        ({"article:published_time": "2026-11-13T20:05:00+07:00"}, URL, "minute"),
        ({"article:published_time": "2026-11-13"}, URL, "day"),
        ({"article:published_time": "2026-11-13T00:00:00+07:00"}, URL, "day"),
        ({}, "https://contoh.id/2026/11/13/pabrik-sepeda-listrik", "day"),
        ({}, "https://contoh.id/2026/11/pabrik-sepeda-listrik", "month"),
    ],
)
def test_how_exact_a_date_is(meta: dict[str, str], url: str, precision: str) -> None:
    assert article(page(meta=meta), Hints(fetched_at=FIRST), url).date_precision == precision


def test_a_weaker_date_never_beats_a_stronger_one() -> None:
    announced = datetime(2026, 11, 13, 13, 5, tzinfo=UTC)
    html = page(meta={"og:image": "https://contoh.id/media/2026/11/05/a.jpg"})
    hints = Hints(date_published=announced, fetched_at=LATER, first_fetched_at=FIRST)
    assert dated(article(html, hints)) == (announced, "minute", "feed")
    assert article(html, hints, "https://contoh.id/2026/11/pabrik-sepeda").sources["date_published"] == "feed"


@pytest.mark.slow
def test_a_large_page_costs_no_more_to_guess_at() -> None:
    filler = "<div class='isi' data-a='2026-13-45 20261399'></div>" * 60_000
    started = utc_now()
    article(page(list(PARAGRAPHS), meta={}, below=filler), Hints(fetched_at=FIRST))
    assert (utc_now() - started) < timedelta(seconds=20)
