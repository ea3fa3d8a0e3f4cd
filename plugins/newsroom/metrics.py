"""The overview for Prometheus, in its text format (version 0.0.4). Names and labels are stable: docs/operating.md."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipelines.watch.incidents import Incident
from pipelines.watch.states import State
from plugins.newsroom.overview import Overview, SiteOverview

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric, what it says, and its values by their labels. All are gauges."""

    name: str
    help: str
    values: Sequence[tuple[Labels, float]]

    def lines(self) -> Iterator[str]:
        """As the text format has it."""
        yield f"# HELP {self.name} {self.help}"
        yield f"# TYPE {self.name} gauge"
        for labels, value in self.values:
            stated = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels)
            yield f"{self.name}{{{stated}}} {value:.10g}" if stated else f"{self.name} {value:.10g}"


def metrics(now: datetime, seen: Overview, incidents: Iterable[Incident]) -> list[Metric]:
    """The metrics of the sites that a user may see, and of the open incidents that concern that user."""
    sites = seen.sites
    counts: dict[Labels, float] = {}
    for incident in incidents:
        labels = (("site", incident.finding.subject), ("kind", str(incident.finding.kind)))
        counts[labels] = counts.get(labels, 0) + 1
    return [
        Metric("kliping_archive_readable", "Whether the archive could be read.", [((), float(not seen.problems))]),
        Metric(
            "kliping_archive_read_timestamp_seconds", "When the archive was read.", [((), seen.read_at.timestamp())]
        ),
        Metric(
            "kliping_site_state",
            "1 for the state that the site is in, 0 for the others.",
            [
                ((("site", site.name), ("state", state.value)), float(site.state is state))
                for site in sites
                for state in State
            ],
        ),
        Metric(
            "kliping_site_last_article_age_seconds",
            "Time since the site's last article was published.",
            [
                (_of(site), (now - site.last_published_at).total_seconds())
                for site in sites
                if site.last_published_at is not None
            ],
        ),
        Metric(
            "kliping_site_articles_today",
            "Articles that the site has published today, by the day of Jakarta.",
            [(_of(site), site.today) for site in sites if site.today is not None],
        ),
        Metric(
            "kliping_site_articles_usual",
            "Articles that are usual on this weekday, all day.",
            [(_of(site), site.usual_today) for site in sites if site.usual_today is not None],
        ),
        Metric(
            "kliping_site_looks_week",
            "Looks of the last seven days that upkeep has summed up, by outcome.",
            [
                ((("site", site.name), ("outcome", outcome)), count)
                for site in sites
                for outcome, count in site.outcomes.items()
            ],
        ),
        Metric(
            "kliping_site_spool_batches_waiting",
            "Batches in the api-server's spool that should have been delivered.",
            [(_of(site), site.waiting) for site in sites],
        ),
        Metric(
            "kliping_site_spool_batches_set_aside",
            "Batches in the api-server's spool that were set aside as damaged.",
            [(_of(site), site.set_aside) for site in sites],
        ),
        Metric(
            "kliping_incidents_open",
            "Open incidents, by what they are about and kind; none where nothing is wrong.",
            sorted(counts.items()),
        ),
    ]


def as_text(found: Iterable[Metric]) -> str:
    """The metrics in Prometheus's text format."""
    return "".join(f"{line}\n" for metric in found for line in metric.lines())


def _of(site: SiteOverview) -> Labels:
    return (("site", site.name),)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
