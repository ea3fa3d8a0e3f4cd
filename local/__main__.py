"""`python -m local COMMAND`: what `make up` and its companions call."""

import argparse
import shlex
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from deltalake.exceptions import DeltaError

from local import terminal
from local.airflow import AirflowApi, ApiError
from local.corpus import counts, overview, store
from local.crawls import Crawl, CrawlError, begin, begin_again, demo_sites, follow, publish
from local.credentials import ADMIN, Credentials, password
from local.deployment import DeploymentError, examine, remove_state, start, stop_all
from local.env import corpus_variables
from local.seaweedfs import SeaweedFSError
from local.services import ServiceError
from local.settings import Machine, machine, remembered
from pipelines.archive.bucket import StorageRefused, StorageUnavailable
from settings.storage import SettingsError

EXPECTED = (
    ApiError,
    CrawlError,
    DeltaError,
    DeploymentError,
    OSError,
    SeaweedFSError,
    ServiceError,
    SettingsError,
    StorageRefused,
    StorageUnavailable,
)
"""What can go wrong outside the program: said in one sentence, without a traceback."""

INTERRUPTED = 130


def up(told: Machine) -> int:
    """Start what does not run, crawl the demo sites once, sum up; 1 where a crawl failed."""
    api = start(told, terminal.say)
    try:
        begun = begin(api, demo_sites())
        for crawl, is_new in begun:
            terminal.say(f"{crawl.site.name}: {'crawl begun' if is_new else 'crawled already, or crawling'}")
        ended = see_through(api, told, [crawl for crawl, _ in begun])
        terminal.show_ways_in(told)
    except KeyboardInterrupt:
        terminal.complain("interrupted; everything keeps running (make status shows it, make down stops it).")
        return INTERRUPTED
    return verdict(told, ended)


def news(told: Machine) -> int:
    """Have the demo's newsrooms publish and edit, and crawl them again; 1 where a crawl failed."""
    running = remembered(told) or told
    api = AirflowApi(running.ui_url, ADMIN, password(running.home))
    api.sign_in()
    publish(running)
    return verdict(running, see_through(api, running, begin_again(api, demo_sites())))


def see_through(api: AirflowApi, told: Machine, crawls: Sequence[Crawl]) -> Sequence[Crawl]:
    """Show crawls until they end, and then what the corpus holds."""
    ended = terminal.show_progress(follow(api, told, crawls))
    terminal.say("")
    terminal.show_counts(counts(store(told)))
    return ended


def verdict(told: Machine, ended: Sequence[Crawl]) -> int:
    """Name the crawls that failed; 1 where there are any."""
    unfinished = [crawl for crawl in ended if crawl.run.state != "success"]
    for crawl in unfinished:
        where = f"{told.ui_url}/dags/{crawl.run.dag_id}/runs/{crawl.run.run_id}"
        terminal.complain(f"the crawl of {crawl.site.name} is {crawl.run.state}; its log is at {where}")
    return 1 if unfinished else 0


def down(told: Machine) -> int:
    """Stop everything; 0 also where nothing runs."""
    terminal.say("Kliping is stopped; its data is kept." if stop_all(told) else "Kliping did not run.")
    return 0


def status(told: Machine) -> int:
    """Say what runs; 1 where something that should run does not, and where nothing does."""
    states = examine(told)
    if not states:
        terminal.say("Kliping does not run; make up starts it.")
        return 1
    terminal.show_states(states)
    return 0 if all(state.is_well for state in states) else 1


def clean(told: Machine, yes: bool) -> int:
    """Remove the data after a yes."""
    if not told.home.exists():
        terminal.say(f"There is nothing to remove: {told.home} does not exist.")
        return 0
    if not yes and not terminal.confirmed(f"Remove all that Kliping has archived and logged in {told.home}?"):
        terminal.complain("nothing was removed: nobody said yes (make clean YES=1 says it beforehand).")
        return 1
    remove_state(told)
    terminal.say(f"Removed what Kliping had in {told.home}.")
    return 0


def environment(told: Machine) -> int:
    """Print the variables by which other programs find the bucket and the index, as a shell reads them."""
    running = remembered(told) or told
    for name, value in corpus_variables(running, Credentials.of(running.home)).items():
        terminal.say(f"export {name}={shlex.quote(value)}")
    return 0


def corpus() -> int:
    """Print the articles, newest first."""
    terminal.show_frame(overview())
    return 0


def main() -> int:
    """Carry out a command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("up", "news", "down", "status", "environment", "corpus"):
        commands.add_parser(name)
    commands.add_parser("clean").add_argument("--yes", action="store_true", help="do not ask")
    arguments = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):  # a closed terminal leaves nothing half-started either
        signal.signal(number, _interrupt)
    try:
        told = machine()
        match arguments.command:
            case "up":
                return up(told)
            case "news":
                return news(told)
            case "down":
                return down(told)
            case "status":
                return status(told)
            case "clean":
                return clean(told, arguments.yes)
            case "environment":
                return environment(told)
            case _:
                return corpus()
    except EXPECTED as error:
        terminal.complain(" ".join(str(error).split()))
        return 1
    except KeyboardInterrupt:
        terminal.complain("interrupted; what was started is stopped.")
        return INTERRUPTED


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
