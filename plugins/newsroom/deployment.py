"""This deployment as the newsroom reads it: its archive, its spool, and Airflow's database, put together."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache

from sqlalchemy.orm import Session

from pipelines.watch.findings import THIS_MACHINE
from pipelines.watch.incident_table import history, open_incidents
from pipelines.watch.incidents import Incident
from pipelines.watch.reading import ArchiveFigures, ArchiveReading, Waiting, waiting
from plugins.newsroom.crawl_activity import activities
from plugins.newsroom.kept_reading import KeptReading
from plugins.newsroom.open_archive import ArchiveAway, OpenArchive
from plugins.newsroom.overview import Overview, overview
from settings.clock import utc_now
from settings.storage import home, storage
from spiders.site import Site
from spiders.site_index import BrokenSite


@cache
def archive() -> KeptReading[ArchiveReading]:
    """What the archive says of all sites, read when somebody first asks."""
    figures = ArchiveFigures(storage)
    return KeptReading(lambda: figures.read(utc_now()))


@cache
def shared_archive() -> OpenArchive:
    """The archive itself, for what is read of one site, run or address."""
    return OpenArchive(storage)


@cache
def incident_reading() -> KeptReading[Sequence[Incident]]:
    """The open incidents, the most urgent first, read when somebody asks."""
    return KeptReading(_open_incidents)


def _open_incidents() -> Sequence[Incident]:
    with shared_archive().corpus() as corpus:
        return open_incidents(history(corpus))


def incidents_of(sites: Iterable[str], *, with_machine: bool) -> list[Incident]:
    """The open incidents of these sites, and `with_machine` those of this machine; none where the archive is away,
    which the overview says.
    """
    subjects = {*sites, *([THIS_MACHINE] if with_machine else [])}
    try:
        return [incident for incident in incident_reading().get() if incident.finding.subject in subjects]
    except ArchiveAway:
        return []


def overview_of(
    session: Session, sites: Iterable[Site | BrokenSite], dag_ids: Collection[str], now: datetime
) -> Overview:
    """The overview of those of the sites whose DAGs are among `dag_ids`."""
    spool, problems = _waiting()
    return overview(now, sites, activities(session, dag_ids, now), archive().get(), spool, problems)


def _waiting() -> tuple[dict[str, Waiting], list[str]]:
    try:
        return waiting(home().spool), []
    except OSError as error:
        return {}, [f"The spool could not be read: {error.strerror}."]
