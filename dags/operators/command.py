"""Run a Scrapy command that is not a crawl from Airflow: work on what is archived."""

from typing import Any

from dags.operators.failures import NeedsSomebody
from dags.operators.scrapy import ScrapyOperator


class CommandOperator(ScrapyOperator):
    """Run one of our Scrapy commands in a child process, stream its log, and return its report as XCom.

    The report is what the command writes to REPORT_FILE: an object with a `summary`, one sentence, and `failures`, a
    sentence each. The task fails with these where there are any (what failed would fail again: no retry), and where
    there is no report.
    """

    def execute(self, context: Any) -> dict[str, Any]:  # noqa: ARG002 - Airflow's signature
        report, _ = self._reported()
        self.log.info("%s", report["summary"])
        if report["failures"]:
            raise NeedsSomebody("; ".join(report["failures"]))
        return report
