"""What the runs of the last days brought."""

from dataclasses import asdict
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from pipelines.index.records import RunMetrics
from pipelines.index.tables import RUN_METRICS

METRICS_RETENTION = timedelta(days=8)
"""How long the metrics of a run are remembered: a week, to tell a quiet Sunday from a broken site, and a day more."""


def save_metrics(connection: Connection, run: RunMetrics) -> None:
    """Remember what a run brought, for some days; those of the site that are older are forgotten."""
    connection.execute(
        RUN_METRICS.delete().where(
            RUN_METRICS.c.site == run.site,
            sa.or_(RUN_METRICS.c.run == run.run, RUN_METRICS.c.finished_at < run.finished_at - METRICS_RETENTION),
        )
    )
    connection.execute(RUN_METRICS.insert().values(asdict(run)))


def recent_metrics(connection: Connection, site: str) -> list[RunMetrics]:
    """What the site's runs of the last days brought, oldest first."""
    query = sa.select(RUN_METRICS).where(RUN_METRICS.c.site == site).order_by(RUN_METRICS.c.finished_at)
    return [RunMetrics(*row) for row in connection.execute(query)]
