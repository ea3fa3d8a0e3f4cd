"""The metrics: their names are stable, since alarms elsewhere rest on them."""

from datetime import UTC, datetime, timedelta

from pipelines.watch.findings import THIS_MACHINE, Finding, Kind
from pipelines.watch.incidents import Incident
from pipelines.watch.states import State
from plugins.newsroom.metrics import Metric, as_text, metrics
from plugins.newsroom.overview import Overview, SiteOverview
from tests.conftest import TESTS

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SITE = SiteOverview(
    name="kabarteknik",
    title="Kabar Teknik",
    state=State.SILENT,
    reason="No article for 2 days.",
    last_published_at=NOW - timedelta(days=2),
    today=0,
    usual_today=12.5,
    trend=(),
    outcomes={"archived": 3},
    fill_rates={},
    expected_fill_rates={},
    waiting=2,
    set_aside=1,
)
SEEN = Overview(NOW, (), [SITE])
INCIDENTS = [
    Incident(Finding(Kind.SILENT, "kabarteknik", "nothing"), NOW),
    Incident(Finding(Kind.SOURCE, "kabarteknik", "no answer", "feed"), NOW),
    Incident(Finding(Kind.SOURCE, "kabarteknik", "no answer", "sitemap"), NOW),
    Incident(Finding(Kind.DISK, THIS_MACHINE, "full"), NOW),
]


def test_they_say_what_the_overview_says() -> None:
    lines = as_text(metrics(NOW, SEEN, INCIDENTS)).splitlines()

    for line in (
        'kliping_site_state{site="kabarteknik",state="silent"} 1',
        'kliping_site_state{site="kabarteknik",state="few articles"} 0',
        'kliping_site_last_article_age_seconds{site="kabarteknik"} 172800',
        'kliping_site_articles_today{site="kabarteknik"} 0',
        'kliping_site_articles_usual{site="kabarteknik"} 12.5',
        'kliping_site_looks_week{site="kabarteknik",outcome="archived"} 3',
        'kliping_site_spool_batches_waiting{site="kabarteknik"} 2',
        'kliping_site_spool_batches_set_aside{site="kabarteknik"} 1',
        'kliping_incidents_open{site="kabarteknik",kind="silent"} 1',
        'kliping_incidents_open{site="kabarteknik",kind="source"} 2',
        f'kliping_incidents_open{{site="{THIS_MACHINE}",kind="disk"}} 1',
        "kliping_archive_readable 1",
    ):
        assert line in lines


def test_labels_are_escaped() -> None:
    metric = Metric("m", "Help.", [((("site", 'a"\\\n'),), 1.0)])
    assert list(metric.lines())[-1] == 'm{site="a\\"\\\\\\n"} 1'


def test_each_is_documented() -> None:
    told = (TESTS.parent / "docs" / "operating.md").read_text(encoding="utf-8")
    for metric in metrics(NOW, SEEN, INCIDENTS):
        assert f"`{metric.name}`" in told
