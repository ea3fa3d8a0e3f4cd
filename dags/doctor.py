"""Every day, are the sites as their spiders think they are?

A task for each site that is switched on: robots.txt, each source, three articles; the log has the findings as tables. A
site fails when no source names its articles any more, when the newest is days old, or when sample articles lack what
the site is expected to have. Nothing is archived. Trigger it by hand with a choice of sites to look at those alone,
switched on or not.
"""

import json
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, Param, task

from dags.defaults import DAG_DEFAULTS
from dags.operators.failures import PassesByItself
from dags.operators.scrapy import ScrapyOperator
from spiders.site import Site
from spiders.site_index import deployed_sites, may_be_scheduled


class DoctorOperator(ScrapyOperator):
    """Run `scrapy doctor` for one site and fail with what it found wrong; the diagnosis is returned as XCom.

    A failure is worth a retry, an hour later: an outage passes, a changed site stays.
    """

    def __init__(self, *, site: str, **kwargs: Any) -> None:
        super().__init__(command=["doctor", site], **kwargs)
        self.site = site

    def execute(self, context: Any) -> dict[str, Any]:  # noqa: ARG002 - Airflow's signature
        with tempfile.TemporaryDirectory(prefix="kliping-") as folder:
            report_file = Path(folder) / "report.json"
            exit_code = self._run(report_file)
            report = json.loads(report_file.read_text(encoding="utf-8")) if report_file.exists() else None
        if report is None:
            raise PassesByItself(f"scrapy doctor {self.site} ended with exit code {exit_code} before it could report.")
        diagnosis: dict[str, Any] = report["sites"][0]
        for warning in diagnosis["warnings"]:
            self.log.warning("%s", warning)
        if diagnosis["failures"]:
            raise PassesByItself(f"{self.site}: {'; '.join(diagnosis['failures'])}.")
        return diagnosis


@task.branch(execution_timeout=timedelta(minutes=5))
def sites(params: dict[str, Any], ti: Any) -> list[str]:
    """The tasks of the sites that are chosen, or else of those whose DAGs are switched on."""
    return params["sites"] or [site.name for site in scheduled if not ti.get_dag(f"crawl_{site.name}").is_paused]


scheduled = [site for site in deployed_sites() if isinstance(site, Site) and may_be_scheduled(site)]

with DAG(
    "doctor",
    dag_display_name="Doctor",
    description="Check robots.txt, the sources and a few articles of each site.",
    doc_md=__doc__,
    schedule="0 22 * * *",  # 05:00 in western Indonesia, before the newsrooms and the crawls are busy
    is_paused_upon_creation=False,
    tags=["doctor"],
    params={
        "sites": Param(
            [],
            type="array",
            items={"type": "string", "enum": [site.name for site in scheduled]},
            examples=[site.name for site in scheduled],
            title="Sites",
            description="Look at these alone; where none is chosen, at all that are switched on.",
        )
    },
    **DAG_DEFAULTS,
):
    sites() >> [  # type: ignore[call-arg, misc]  # Airflow hands `params` and `ti` over
        DoctorOperator(
            task_id=site.name,
            task_display_name=site.title,
            doc_md=site.description,
            site=site.name,
            retries=1,
            retry_delay=timedelta(hours=1),
            execution_timeout=timedelta(minutes=30),
        )
        for site in scheduled
    ]
