"""One seed: a schedule of rounds over a world of its own, and the verdict on what came of it."""

import random
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.rounds import ROUNDS, WEIGHTS
from tests.chaos.verdict import (
    Archive,
    Findings,
    judge_articles,
    judge_evidence,
    judge_index,
    judge_runs,
    judge_spool,
    last_looks,
)
from tests.chaos.web import OTHER, SITE
from tests.chaos.world import EVERY_SECONDS, World, world

REBUILD = "kliping rebuild-index"
"""The command, where a run's failures name it as what has to be done."""

MIN_SECONDS_TO_RETRY = 5.0
"""By then a failed look is due again (see EVERY_SECONDS)."""


@dataclass
class Outcome:
    """What became of a seed."""

    seed: int
    rounds: list[tuple[str, str]] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
    runs: int = 0
    seconds: float = 0.0


def run_seed(seed: int, rounds: int, kinds: list[str], folder: Path) -> Outcome:
    """A seed's rounds, its undisturbed crawls and its verdict; the logs are left in `folder`."""
    began = time.monotonic()
    outcome = Outcome(seed)
    folder.mkdir()
    with (
        tempfile.TemporaryDirectory(prefix="kliping-chaos-", ignore_cleanup_errors=True) as place,
        world(seed, Path(place)) as opened,
    ):
        opened.folder = folder
        schedule = random.Random(seed)
        for _ in range(rounds):
            kind = schedule.choices(kinds, [WEIGHTS[kind] for kind in kinds])[0]
            if schedule.random() < 0.6:
                opened.publish()
            said = ROUNDS[kind](opened)
            outcome.rounds.append((kind, said))
            _log(folder, f"{kind}: {said} (up to run {opened.runs}, edition {opened.edition})")
        outcome.findings = opened.findings
        _crawl_undisturbed(opened)
        opened.deliver_rows()
        _judge(opened, damaged="damaged spool" in dict(outcome.rounds))
        outcome.runs = opened.runs
    for sentence in outcome.findings.all():
        _log(folder, sentence)
    outcome.seconds = time.monotonic() - began
    return outcome


def _crawl_undisturbed(world: World) -> None:
    """Each site once, without a fault; an index of which a run says that it is to be rebuilt is rebuilt."""
    time.sleep(MIN_SECONDS_TO_RETRY)
    for site in (SITE, OTHER):
        report = world.crawl(site)
        failures, reason = report.get("failures", ()), report.get("finish_reason")
        if reason != "wrong_bucket" and any(REBUILD in failure for failure in failures):
            world.rebuild_index()
            report = world.crawl(site)
        if any("not believed" in warning for warning in report.get("warnings", ())):
            # Editions follow each other within a minute here: what is not announced is seen when its age has come.
            report = world.crawl(site, KLIPING_REVISIT_HOURS=EVERY_SECONDS)
        if report.get("finish_reason") != "finished" or report["failures"]:
            ended = report.get("finish_reason", "no report"), report.get("failures")
            world.findings.stopped.append(f"the undisturbed crawl of {site} ended with {ended}")


def _judge(world: World, *, damaged: bool) -> None:
    try:
        _judge_archive(world.archive, world, damaged=damaged)
    except Exception as error:  # noqa: BLE001 - whatever a reader says of tables or a database that are damaged
        world.findings.lost.append(f"the archive cannot be read: {error!r}")


def _judge_archive(archive: Archive, world: World, *, damaged: bool) -> None:
    findings, looks = world.findings, last_looks(world.index)
    for site in (SITE, OTHER):
        judge_articles(archive, site, world.announced(site), looks, findings)
    judge_evidence(archive, findings)
    judge_runs(archive, world.finished, findings)
    judge_index(archive, world.index, findings)
    judge_spool(world.spool, findings, damaged=damaged)


def _log(folder: Path, sentence: str) -> None:
    with (folder / "seed.log").open("a", encoding="utf-8") as file:
        file.write(sentence + "\n")
