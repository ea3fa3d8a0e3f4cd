"""Run Scrapy from Airflow: one crawl, one child process, one verdict."""

import json
import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from airflow.sdk import Asset, AssetAlias, BaseOperator

from dags.operators.failures import FOR_SOMEBODY, NeedsSomebody, PassesByItself
from settings.child_process import die_with_parent
from spiders.verdict import failure_of

PROJECT = Path(__file__).parents[2]

KILL_AFTER_SECONDS = 20.0
"""Between the SIGTERM that ends a crawl in order, and the SIGKILL. A crawl that can end takes 4 to 8 seconds; what a
killed one leaves in the spool, the next run delivers."""

CHANGES_CORPUS = ("archived", "revised", "gone")
"""Outcomes that change the articles table: with none of them there is no asset event."""

UNSET = (None, "", "None", False, "False")
"""How an unset parameter looks, as it is and rendered by a template."""

AIRFLOW_PREFIXES = ("AIRFLOW", "_AIRFLOW")
"""Beginnings of Airflow's variables. Its keys and connections are nothing for a process that reads strangers' pages."""

_LEVEL = re.compile(r"\b(DEBUG|INFO|WARNING|ERROR|CRITICAL): ")


def _in_own_session() -> None:
    """Between fork and exec: a session of the crawl's own, and SIGTERM should the task process die.

    Airflow signals the task's whole process group; a crawl in that group would get two SIGTERMs (one more from
    `on_kill`), and Scrapy takes the second for an order to stop uncleanly.
    """
    os.setsid()
    die_with_parent(signal.SIGTERM)


class ScrapyOperator(BaseOperator):
    """Run one Scrapy command in a child process, stream its log, and judge its report.

    `command` is what follows `scrapy`, e.g. ["crawl", "detikinet"]; `spider_args` become `-a NAME=VALUE`, those that
    are None or False left out. The run's report is returned as XCom. Raises PassesByItself when the process exits with
    an error, without a report or ends early; NeedsSomebody when only a person can help, and where the site's
    expectations are not met (a retry would find nothing new and hide it).
    """

    template_fields: Sequence[str] = ("command", "spider_args")

    def __init__(
        self,
        *,
        command: Sequence[str],
        spider_args: Mapping[str, object] | None = None,
        asset: Asset | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.command = list(command)
        self.spider_args = dict(spider_args or {})
        self.asset = asset
        self._process: subprocess.Popen[str] | None = None

    def execute(self, context: Any) -> dict[str, Any]:
        report, exit_code = self._reported()
        self._announce(report, context)
        finished = report["finish_reason"] == "finished"
        if report["finish_reason"] in FOR_SOMEBODY or (finished and report["failures"]):
            raise NeedsSomebody(reason(report, exit_code))
        if exit_code or not finished or report["waiting"]:
            raise PassesByItself(reason(report, exit_code))
        self.log.info("%s", summary(report))
        return report

    def _reported(self) -> tuple[dict[str, Any], int]:
        """Run the command to its end; its report and exit code. Raises PassesByItself where it left no report."""
        with tempfile.TemporaryDirectory(prefix="kliping-") as folder:
            report_file = Path(folder) / "report.json"
            exit_code = self._run(report_file)
            report: dict[str, Any] | None = (
                json.loads(report_file.read_text(encoding="utf-8")) if report_file.exists() else None
            )
        if report is None:
            command = " ".join(self.command)
            raise PassesByItself(f"scrapy {command} ended with exit code {exit_code} before it could report.")
        return report, exit_code

    def _run(self, report_file: Path) -> int:
        arguments = [f"{name}={value}" for name, value in self.spider_args.items() if value not in UNSET]
        supervised = [sys.executable, "-m", "dags.operators.supervisor", str(KILL_AFTER_SECONDS)]
        command = [*supervised, sys.executable, "-m", "scrapy", *self.command, "-s", f"REPORT_FILE={report_file}"]
        command += [part for argument in arguments for part in ("-a", argument)]
        self.log.info("::group::scrapy %s", " ".join([*self.command, *arguments]))
        crawl_log = logging.getLogger("scrapy.crawl")
        level = logging.INFO
        with subprocess.Popen(
            command,
            cwd=PROJECT,
            env={name: value for name, value in os.environ.items() if not name.startswith(AIRFLOW_PREFIXES)},
            encoding="utf-8",
            errors="replace",
            bufsize=1,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=_in_own_session,
        ) as process:
            self._process = process
            for line in process.stdout or ():
                if level_name := _LEVEL.search(line):
                    level = logging.getLevelNamesMapping()[level_name[1]]
                # A traceback's lines keep the level of the record they follow.
                crawl_log.log(level, "%s", line.rstrip())
        self.log.info("::endgroup::")
        return process.returncode

    def _announce(self, report: Mapping[str, Any], context: Any) -> None:
        counts = {outcome: n for outcome, n in report["outcomes"].items() if n}
        if self.asset is not None and any(counts.get(outcome) for outcome in CHANGES_CORPUS):
            alias = next(outlet for outlet in self.outlets if isinstance(outlet, AssetAlias))
            extra = {"site": report["site"], "run": report["run"], **counts}
            context["outlet_events"][alias].add(self.asset, extra=extra)

    def on_kill(self) -> None:
        """Ask the crawl to end: it stops fetching and writes its report; what it has fetched is safe in the spool.

        One that does not end is killed KILL_AFTER_SECONDS later, also when this process has ended by then.
        """
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)


def reason(report: Mapping[str, Any], exit_code: int) -> str:
    """Why a run failed, in one sentence."""
    return failure_of(report) or f"{report['site']}: scrapy ended with exit code {exit_code}."


def summary(report: Mapping[str, Any]) -> str:
    """What a run did, in one sentence."""
    counts = ", ".join(f"{n} {outcome}" for outcome, n in report["outcomes"].items() if n) or "nothing new"
    seen = f"{report['announced']} announced, {report['known']} known, {report['looked_at']} looked at"
    doubtful = f", {report['doubtful']} doubtful" if report.get("doubtful") else ""
    return f"{report['site']}: {seen}: {counts}{doubtful}."
