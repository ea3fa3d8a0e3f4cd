"""How our Scrapy commands end: with 0, or with one sentence on stderr and 1 (they failed) or 2 (wrong usage)."""

import argparse
import functools
import gc
import inspect
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from deltalake.exceptions import CommitFailedError, TableNotFoundError
from scrapy import Spider
from scrapy.commands import BaseRunSpiderCommand, ScrapyCommand
from scrapy.exceptions import UsageError

from pipelines.archive.bucket import StorageRefused, StorageUnavailable
from pipelines.archive.disk import DiskFailed
from pipelines.archive.site_lock import SiteBusy
from pipelines.archive.tables import Corpus
from pipelines.index.database import IndexUnavailable
from settings.environment import suggestion, unknown_variables
from settings.secrets import OTHERS_RIGHTS, remove_secrets
from settings.storage import SettingsError, storage
from spiders.site_index import SiteError
from spiders.verdict import failure_of

FAILED, WRONG_USAGE, INTERRUPTED = 1, 2, 130
"""Exit codes: as argparse and shells have them."""

EXPECTED_ERRORS = (
    CommitFailedError,
    DiskFailed,
    IndexUnavailable,
    OSError,
    SettingsError,
    SiteBusy,
    SiteError,
    StorageRefused,
    StorageUnavailable,
    TableNotFoundError,
)
"""What can go wrong outside the program."""

AnyCommand = TypeVar("AnyCommand", bound=ScrapyCommand)
Run = Callable[[AnyCommand, list[str], argparse.Namespace], None]


def ends_in_one_sentence(run: Run[AnyCommand]) -> Run[AnyCommand]:
    """A command's `run` that says in one sentence what is wrong, without a traceback, and has the exit code for it.

    Wrong usage that the command does not explain is left to Scrapy, which prints the command's help.
    """

    @functools.wraps(run)
    def guarded(command: AnyCommand, args: list[str], opts: argparse.Namespace) -> None:
        gc.freeze()  # what is loaded stays: the collector need not examine it again and again
        for sentence in unknown_variables():
            error(sentence)
        _keep_secrets_here()
        try:
            run(command, args, opts)
        except UsageError as wrong:
            if not str(wrong):
                raise
            error(str(wrong))
            command.exitcode = WRONG_USAGE
        except EXPECTED_ERRORS as failure:
            error(" ".join(str(failure).split()))
            command.exitcode = FAILED
        except KeyboardInterrupt:
            error("interrupted")
            command.exitcode = INTERRUPTED

    return guarded


def _keep_secrets_here() -> None:
    """Take the archive's keys out of the environment, once read: children that clean strangers' pages would inherit it.

    Settings that are wrong stay, for the command to say so if it needs them.
    """
    with suppress(SettingsError):
        storage()
        remove_secrets(os.environ)


def run_spider(command: BaseRunSpiderCommand, spider: type[Spider], arguments: dict[str, Any]) -> None:
    """Run a spider to its end; where its report says that the run failed, say so and have the command fail.

    Raises UsageError for an argument that the spider does not have.
    """
    check_arguments(spider, arguments)
    if command.crawler_process is None or command.settings is None:
        raise UsageError("there is no crawler process")
    os.umask(OTHERS_RIGHTS)
    with tempfile.TemporaryDirectory(prefix="kliping-") as folder:
        report_file = Path(command.settings.get("REPORT_FILE") or Path(folder) / "report.json")
        report_file.unlink(missing_ok=True)
        command.settings.set("REPORT_FILE", str(report_file), priority="cmdline")
        command.crawler_process.crawl(spider, **arguments)
        command.crawler_process.start()
        report = json.loads(report_file.read_text(encoding="utf-8")) if report_file.exists() else None
    failure = failure_of(report) if report else f"{spider.name}: the run left no report; the log says why."
    if failure:
        error(failure)
        command.exitcode = WRONG_USAGE if report and report["finish_reason"] == "wrong_argument" else FAILED


def check_arguments(spider: type[Spider], arguments: Iterable[str]) -> None:
    """Raises UsageError for an argument that the spider's constructor does not take."""
    known = inspect.signature(spider).parameters
    for name in arguments:
        if name not in known:
            hint = suggestion(name, known) or f": it takes {', '.join(known)}"
            raise UsageError(f"unknown argument {name}{hint}")


def unknown_site(name: str, sites: Iterable[str]) -> UsageError:
    """The error for a site that is not among `sites`."""
    return UsageError(f"there is no site {name}{suggestion(name, sites) or ': scrapy list names them all'}")


def check_sites(command: ScrapyCommand, names: Iterable[str], corpus: Corpus) -> None:
    """Raises UsageError for a name that is neither a spider's nor that of a site known from WARC files only."""
    spiders = command.crawler_process.spider_loader.list() if command.crawler_process else []
    for name in names:
        if name not in spiders and name not in _archived_sites(corpus):
            raise unknown_site(name, spiders)


def _archived_sites(corpus: Corpus) -> Sequence[str]:
    try:
        return corpus.sites()
    except TableNotFoundError:
        return ()


def error(sentence: str) -> None:
    """One line on stderr."""
    print(f"Kliping: {sentence}", file=sys.stderr, flush=True)
