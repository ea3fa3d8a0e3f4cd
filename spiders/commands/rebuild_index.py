"""`scrapy rebuild_index`: one step of making the index anew, for workers that share it."""

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from settings.crawl import crawl
from settings.storage import Storage, storage
from spiders.commands.exit_status import FAILED, ends_in_one_sentence, error


class Command(ScrapyCommand):
    """Plans a new index, writes a part of it, puts all parts in the place of the old one, or gives it up. Exits with 1
    where that cannot be done.
    """

    requires_project = True

    def syntax(self) -> str:
        return "begin | part SITE | finish | give-up"

    def short_desc(self) -> str:
        return "Make the index anew, step by step, so that workers share it"

    @ends_in_one_sentence
    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002 - Scrapy's signature
        if self.settings is None or not args or len(args) != (2 if args[0] == "part" else 1):
            raise UsageError
        if args[0] not in STEPS:
            raise UsageError(f"{args[0]} is not a step: they are {', '.join(STEPS)}")
        report = STEPS[args[0]](storage(), *args[1:])
        print(report["summary"])
        if report_file := self.settings.get("REPORT_FILE"):
            Path(report_file).write_text(json.dumps(report, ensure_ascii=False), encoding="utf-8")
        for failure in report["failures"]:
            error(failure)
            self.exitcode = FAILED


# What the steps import, a crawl, which loads all commands, does not need.


def _begin(store: Storage) -> dict[str, Any]:
    from datetime import timedelta

    from pipelines.archive.rebuild_index import begin

    plan = begin(store, crawl().revisit_intervals, timedelta(days=crawl().near_duplicate_days))
    summary = f"a new index of {plan.rows} rows is planned, in {len(plan.parts)} parts"
    if plan.set_aside:
        summary += f"; the old one was damaged, and is set aside as {plan.set_aside}"
    return {"summary": summary, "failures": [], "parts": plan.parts}


def _part(store: Storage, site: str) -> dict[str, Any]:
    from pipelines.archive.rebuild_index import plan_of, write_part

    plan = plan_of(store)
    if plan is None:
        return {"summary": "nothing was written", "failures": ["no index is being made: begin, or trigger the DAG"]}
    numbers = [number for number, sites in enumerate(plan.parts) if site in sites]
    if not numbers:
        return {"summary": "nothing was written", "failures": [f"the new index has no part of {site}"]}
    rows = write_part(store, plan, numbers[0])
    return {"summary": f"{', '.join(plan.parts[numbers[0]])}: {_told(rows)}", "failures": []}


def _finish(store: Storage) -> dict[str, Any]:
    from pipelines.archive.rebuild_index import finish

    rebuilt = finish(store)
    if rebuilt is None:
        return {"summary": "no index is being made: the one that is there is in use", "failures": []}
    summary = f"index rebuilt from bucket {store.bucket}: {_told(rebuilt.rows)}"
    if rebuilt.former_owner:
        summary += f"; the bucket was taken over from deployment {rebuilt.former_owner}"
    return {"summary": summary, "failures": []}


def _give_up(store: Storage) -> dict[str, Any]:
    from pipelines.archive.rebuild_index import give_up, plan_of

    is_there = plan_of(store) is not None
    give_up(store)
    summary = "the new index is given up: the old one stays, and is used again" if is_there else "nothing to give up"
    return {"summary": summary, "failures": []}


STEPS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "begin": _begin,
    "part": _part,
    "finish": _finish,
    "give-up": _give_up,
}


def _told(rows: Mapping[str, int]) -> str:
    return ", ".join(f"{count} rows of {name}" for name, count in rows.items()) or "no rows"
