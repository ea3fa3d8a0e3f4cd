"""What each `kliping` command does. Every command returns its exit code; what went wrong is one sentence on stderr."""

import argparse
import getpass
import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from types import FrameType
from typing import NoReturn

from deltalake.exceptions import DeltaError, TableNotFoundError

from local import terminal
from local.airflow import AirflowApi, ApiError
from local.airflow_upkeep import clean_airflow, has_airflow
from local.corpus import counts, overview, store, store_in_use
from local.crawls import CrawlError, SiteCrawl, crawl_again, demo_sites, ensure_crawled, follow, publish
from local.credentials import ADMIN, KINDS, Credentials, password
from local.deployment import DeploymentError, examine, remove_data, start, stop_all
from local.env import corpus_variables, role_variables
from local.owners_page import owners_page
from local.postgresql import PostgreSQLError
from local.seaweedfs import SeaweedFSError
from local.services import ServiceError
from local.settings import ROOT, Machine, load_state, machine
from local.spool import SpoolError, batches, drop, repair
from local.store_roles import ROLES
from local.valkey import ValkeyError
from pipelines.archive.bucket import Bucket, StorageRefused, StorageUnavailable
from pipelines.archive.disk import DiskFailed
from pipelines.archive.site_lock import SiteBusy
from pipelines.archive.tables import Corpus
from settings.clock import WIB, utc_now
from settings.crawl import crawl
from settings.environment import unknown_variables
from settings.secrets import OTHERS_RIGHTS
from settings.storage import SettingsError
from spiders.site_index import SiteError

EXPECTED_ERRORS = (
    ApiError,
    CrawlError,
    DeltaError,
    DeploymentError,
    OSError,
    PostgreSQLError,
    SeaweedFSError,
    ServiceError,
    SettingsError,
    SiteError,
    SiteBusy,
    SpoolError,
    DiskFailed,
    StorageRefused,
    StorageUnavailable,
    ValkeyError,
)
"""What can go wrong outside the program: said in one sentence, without a traceback."""

WRONG_USAGE_EXIT_CODE = 2
"""As argparse has it."""

INTERRUPTED_EXIT_CODE = 130
"""As a shell has it: 128 and the number of SIGINT."""


def carry_out(options: argparse.Namespace) -> int:
    """Carry out the command that `options` name; returns its exit code."""
    for number in (signal.SIGTERM, signal.SIGHUP):  # a closed terminal leaves nothing half-started either
        signal.signal(number, _interrupt)
    for sentence in unknown_variables():
        terminal.error(sentence)
    os.umask(OTHERS_RIGHTS)  # of what is started here as well
    try:
        return ACTIONS[options.command](options)
    except EXPECTED_ERRORS as error:
        terminal.error(" ".join(str(error).split()))
        return 1
    except KeyboardInterrupt:
        terminal.error("interrupted; what was started is stopped.")
        return INTERRUPTED_EXIT_CODE


def up(_options: argparse.Namespace) -> int:
    """Start what does not run, crawl the demo sites once, sum up; 1 where a crawl failed."""
    config = machine()
    crawl()  # raises SettingsError before anything is started, rather than in the first crawl
    api = start(config, terminal.echo)
    try:
        crawls = ensure_crawled(api, demo_sites()) if config.demo else ()
        for demo_crawl, is_new in crawls:
            terminal.echo(f"{demo_crawl.site.name}: {'crawl begun' if is_new else 'crawled already, or crawling'}")
        ended = watch(api, config, [demo_crawl for demo_crawl, _ in crawls])
        terminal.print_access(config)
    except KeyboardInterrupt:
        terminal.error("interrupted; everything keeps running (make status shows it, make down stops it).")
        return INTERRUPTED_EXIT_CODE
    return exit_code(config, ended)


def down(_options: argparse.Namespace) -> int:
    """Stop everything; 0 also where nothing runs."""
    terminal.echo("Kliping is stopped; its data is kept." if stop_all(machine()) else "Kliping was not running.")
    return 0


def status(_options: argparse.Namespace) -> int:
    """Say what runs; 1 where something that should run does not, and where nothing does."""
    states = examine(machine())
    if not states:
        terminal.echo("Kliping is not running; make up starts it.")
        return 1
    terminal.show_states(states)
    return 0 if all(state.is_healthy for state in states) else 1


def news(_options: argparse.Namespace) -> int:
    """Have the demo's newsrooms publish and edit, and crawl them again; 1 where a crawl failed."""
    config = running()
    if not config.demo:
        terminal.error("there is no demo here: KLIPING_DEMO was 0 when Kliping was started")
        return 1
    api = AirflowApi(config.ui_url, ADMIN, password(config.home))
    api.sign_in()
    publish(config)
    return exit_code(config, watch(api, config, crawl_again(api, demo_sites())))


def corpus(_options: argparse.Namespace) -> int:
    """Print the articles, newest first."""
    if not machine().brings_own_store:
        running()  # the store that holds them runs with the rest
    terminal.show_frame(overview())
    return 0


def reset(options: argparse.Namespace) -> int:
    """Remove the data after a yes."""
    config = machine()
    if not config.home.exists():  # a link that leads nowhere included
        terminal.echo(f"There is nothing to remove: {config.home} does not exist.")
        return 0
    if not options.yes and not terminal.confirmed(f"Remove all that Kliping has archived and logged in {config.home}?"):
        terminal.error("nothing was removed: nobody said yes (make reset YES=1 says it beforehand).")
        return 1
    for sentence in remove_data(config):
        terminal.echo(sentence)
    terminal.echo(f"Removed what Kliping had in {config.home}.")
    return 0


def rotate(options: argparse.Namespace) -> int:
    """Make secrets anew; whoever had the old ones needs the new."""
    from local.rotation import rotate as rotated

    config = machine()
    if unknown := [kind for kind in options.kinds if kind not in KINDS]:
        terminal.error(f"{unknown[0]} is not a kind of secret; the kinds are {', '.join(KINDS)}")
        return WRONG_USAGE_EXIT_CODE
    if not config.home.exists():
        terminal.error(f"there is nothing to rotate: {config.home} does not exist")
        return 1
    kinds = options.kinds or list(KINDS)
    rotated(config, kinds)
    terminal.echo(f"New secrets: {', '.join(kinds)}. They hold from the next start on.")
    return 0


def env(options: argparse.Namespace) -> int:
    """Print the variables by which other programs find the bucket and the index, as a shell reads them; 1 where a
    role's are asked for of a store that is not ours.
    """
    config = running_or_configured()
    role = ROLES[options.role] if options.role else None
    if role and config.brings_own_store:
        terminal.error(
            f"the store at {config.endpoint_url} is not this machine's: whoever administers it makes a {role.name}'s "
            "keys (docs/server.md has the policy)"
        )
        return 1
    credentials = Credentials.from_home(config.home)
    variables = role_variables(config, credentials, role) if role else corpus_variables(config, credentials)
    for name, value in variables.items():
        terminal.echo(f"export {name}={shlex.quote(value)}")
    return 0


def rebuild_index(options: argparse.Namespace) -> int:
    """Replace the index of the store in use by one made from its bucket; the old one stays where that fails."""
    from pipelines.archive.rebuild_index import rebuild  # loads SQLAlchemy, which no other command needs
    from pipelines.index.database import IndexUnavailable

    storage = store_in_use()
    try:
        window = timedelta(days=crawl().near_duplicate_days)
        rebuilt = rebuild(
            storage, crawl().revisit_intervals, window, accept_empty=options.accept_empty, progress=terminal.error
        )
    except TableNotFoundError:
        terminal.error(
            f"bucket {storage.bucket} holds no corpus: nothing to rebuild the index from (--accept-empty begins anew)"
        )
        return 1
    except IndexUnavailable as error:
        terminal.error(str(error))
        return 1
    if rebuilt.set_aside:
        terminal.echo(f"the old index was damaged: it is set aside as {rebuilt.set_aside}, and may be deleted")
    if rebuilt.former_owner:
        terminal.echo(
            f"the bucket was taken over from deployment {rebuilt.former_owner}, which is refused there from now on"
        )
    numbers = ", ".join(f"{count} rows of {name}" for name, count in rebuilt.rows.items())
    terminal.echo(f"index rebuilt from bucket {storage.bucket}: {numbers}")
    return 0


def verify(options: argparse.Namespace) -> int:
    """Verify the archive of the store in use; 1 where something is wrong and is not repaired, 2 for wrong options."""
    from pipelines.archive.verification.options import wrong_usage
    from pipelines.archive.verification.verify import verify as verified  # loads SQLAlchemy
    from pipelines.index.database import IndexUnavailable
    from spiders.current_rules import readable_rules

    if trouble := wrong_usage(options, options.site):
        terminal.error(trouble)
        return WRONG_USAGE_EXIT_CODE
    try:
        store = store_in_use()
        found = verified(
            store,
            sites=options.site,
            month=options.month,
            shared=options.shared,
            sample=options.sample,
            repair=options.repair,
            rules_of=readable_rules(Corpus(store)),
            progress=terminal.error,
        )
    except IndexUnavailable as error:
        terminal.error(str(error))
        return 1
    terminal.echo(found.to_json() if options.json else found.to_text())
    if found.failure:
        terminal.error(found.failure)
    return 1 if found.failure else 0


def maintain(options: argparse.Namespace) -> int:
    """Keep up the archive of the store in use, and Airflow where it is on this machine; 1 where a person has to see to
    something.
    """
    from pipelines.archive.maintenance.maintain import maintain as maintained  # loads SQLAlchemy
    from pipelines.archive.maintenance.report import Maintenance

    report = Maintenance()
    if not options.airflow:
        report = maintained(store_in_use(), all_days=options.all_days, progress=terminal.error)
    config = running_or_configured()
    if has_airflow(config):
        keep = timedelta(days=config.keep_leftovers_days)
        report.steps.append(clean_airflow(config, Credentials.from_home(config.home), keep, utc_now()))
    terminal.echo(report.to_json() if options.json else report.to_text())
    for failure in report.failures:
        terminal.error(failure)
    return 1 if report.failures else 0


def spool(options: argparse.Namespace) -> int:
    """Show what lies in the spool, deliver it, put back what can be repaired, or remove what was set aside, after a
    yes.
    """
    place = machine().spool
    if options.action == "deliver":
        return deliver_spool()
    if options.action == "repair":
        for sentence in repair(place, options.batches):
            terminal.echo(sentence)
    elif options.action == "drop":
        if not options.batches:
            terminal.error("say which batches to drop: kliping spool names them")
            return WRONG_USAGE_EXIT_CODE
        question = f"Remove {', '.join(options.batches)} for good?"
        if not options.yes and not terminal.confirmed(question):
            terminal.error("nothing was removed: nobody said yes (--yes says it beforehand).")
            return 1
        for sentence in drop(place, options.batches):
            terminal.echo(sentence)
    elif found := batches(place, utc_now()):
        terminal.show_batches(found)
    else:
        terminal.echo(f"Nothing waits in {place}, and nothing is set aside.")
    return 0


def deliver_spool() -> int:
    """Deliver what waits in the spool, with the rows of runs that found nothing new; 1 where the index is not ready."""
    from pipelines.archive.delivery import Delivery  # loads SQLAlchemy
    from pipelines.index.database import Index, IndexUnavailable

    storage = store_in_use()
    try:
        with Index.open(storage.index) as index:
            delivery = Delivery(storage, index)
            count = delivery.deliver_all_that_waits(storage.spool, lambda damage: terminal.error(damage.sentence))
    except IndexUnavailable as error:
        terminal.error(str(error))
        return 1
    terminal.echo(f"batches delivered: {count}")
    return 0


def incidents(options: argparse.Namespace) -> int:
    """Print the incidents that are open, or what happened to all of some days; 1 where any is open."""
    from pipelines.watch.incident_table import history, open_incidents  # what only this command needs
    from pipelines.watch.incidents import Change, Event

    changes = history(Corpus(store_in_use()))
    still_open = open_incidents(changes)
    if options.days is not None:
        since = utc_now() - timedelta(days=options.days)
        shown = [change for change in changes if change.at >= since]
    else:
        shown = [Change(Event.OPENED, incident, incident.opened_at) for incident in still_open]
    for change in shown:
        finding = change.incident.finding
        if options.json:
            told = {"at": change.at.isoformat(), "event": change.event, "site": finding.subject, "kind": finding.kind}
            told |= {"aspect": finding.aspect, "evidence": finding.evidence, "next_step": finding.next_step}
            print(json.dumps(told, ensure_ascii=False))
        else:
            terminal.echo(
                f"{change.at.astimezone(WIB):%Y-%m-%d %H:%M} {change.event}\t{finding.kind}\t{change.sentence}"
            )
    if not shown:
        words = "nothing is wrong" if options.days is None else f"nothing happened in the last {options.days} days"
        terminal.error(f"{words}, as far as the DAG watch has seen")
    return 1 if still_open else 0


def accept(options: argparse.Namespace) -> int:
    """Examine a site as `scrapy accept` does; its exit code."""
    program = [sys.executable, "-m", "scrapy", "accept", options.site, *(["--sign"] if options.sign else [])]
    return subprocess.run(program, cwd=ROOT, check=False).returncode


def doubtful(options: argparse.Namespace) -> int:
    """Print the doubtful articles of the store in use: URL, reasons, headline."""
    from pipelines.archive.verdicts import doubtful_articles  # loads SQLAlchemy

    rows = doubtful_articles(Corpus(store_in_use()), options.site, utc_now() - timedelta(days=options.days))
    for row in rows:
        terminal.echo(f"{row['url']}\t{', '.join(row['quality_reasons'] or ())}\t{row['headline']}")
    if not rows:
        terminal.error(f"no article of the last {options.days} days is doubtful")
    return 0


def show(options: argparse.Namespace) -> int:
    """Print what is known of a URL or an article, or its page; 1 where nothing is, or its bytes are damaged."""
    from pipelines.archive.history import described, history, page_of  # loads SQLAlchemy
    from pipelines.archive.payload import Unreadable
    from pipelines.archive.tombstones import Tombstones, tombstones_in

    corpus = Corpus(store_in_use())
    tombstones = Tombstones.read(tombstones_in(corpus.bucket).values())
    if "://" in options.article and (tombstone := tombstones.covering(options.article)):
        terminal.error(f"{options.article}: {tombstone.sentence}")
    found = history(corpus, options.article)
    if not found:
        terminal.error(f"no table knows of {options.article}: say an article_id, or a URL as it was announced")
        return 1
    if options.json:
        print(json.dumps({**found.rows, "copies": found.copies}, default=str, ensure_ascii=False, indent=1))
        return 0
    if options.page:
        try:
            page = page_of(corpus.bucket, found.captures)
        except (Unreadable, KeyError) as error:
            terminal.error(f"the page of {options.article} cannot be read: {error}; kliping verify says more")
            return 1
        if page is None:
            terminal.error(f"no page of {options.article} was kept")
            return 1
        sys.stdout.buffer.write(page.body)
        return 0
    for line in described(found):
        terminal.echo(line)
    return 0


def evidence(options: argparse.Namespace) -> int:
    """Write what an article rests on to a file; 1 where there is no such article, or a page of it is damaged."""
    from local.evidence_page import evidence_page
    from pipelines.archive.evidence import evidence as gathered  # loads SQLAlchemy

    found = gathered(Corpus(store_in_use()), options.article)
    if not found:
        terminal.error(f"no table has a version of {options.article}: say an article_id or a URL")
        return 1
    path = Path(options.file or f"{found[-1].row['article_id']}.html")
    with path.open("w" if options.overwrite else "x", encoding="utf-8") as file:
        file.write(evidence_page(found, utc_now()))
    pages = [page for version in found for page in version.pages]
    terminal.echo(
        f"{path}: revisions {', '.join(str(version.row['revision']) for version in found)}, {len(pages)} pages"
    )
    damaged = [page for page in pages if page.response is None or not page.response.is_as_captured]
    for page in damaged:
        terminal.error(f"{page.url} in {page.warc_filename}: {page.problem or 'it is not what was captured'}")
    return 1 if damaged else 0


def diff(options: argparse.Namespace) -> int:
    """Print the versions of an article, and what each says that the one before did not; 1 where there is none."""
    from pipelines.archive.versions import described, versions  # loads SQLAlchemy
    from pipelines.index.fingerprints import article_id

    identity = article_id(options.article) if "://" in options.article else options.article
    found = versions(Corpus(store_in_use()), identity)
    for line in described(found):
        terminal.echo(line)
    if not found:
        terminal.error(f"no table has a version of {options.article}: say an article_id, or the article's first URL")
        return 1
    return 0


def export(options: argparse.Namespace) -> int:
    """Write a part of the corpus to a file; 1 where there is nothing to be written, 2 for a day that is none."""
    from pipelines.archive.export import export as exported
    from pipelines.archive.export_files import ExportError
    from pipelines.archive.selection import Selection, SelectionError

    try:
        first, last = (day and date.fromisoformat(day) for day in (options.first_day, options.last_day))
    except ValueError:
        terminal.error("--from and --to take days such as 2026-11-01")
        return WRONG_USAGE_EXIT_CODE
    columns = options.columns.split(",") if options.columns else ()
    selection = Selection(options.table, options.site, first, last, options.containing, options.where, columns)
    try:
        with terminal.Progress() as progress:
            done = exported(
                Corpus(store_in_use()),
                selection,
                Path(options.file),
                overwrite=options.overwrite,
                progress=lambda part, number, count, rows: progress.say(f"{part} ({number} of {count}): {rows:,} rows"),
            )
    except (ExportError, SelectionError) as error:
        terminal.error(str(error))
        return 1
    terminal.echo(f"{done.rows:,} {options.table} written to {options.file}")
    if done.notice:
        terminal.error(done.notice)
    return 0


def search(options: argparse.Namespace) -> int:
    """Print the articles in which words stand; 1 where they cannot be searched for, 2 for a day that is none."""
    from local.search_results import as_json, show_results
    from pipelines.archive.search.ask import search as searched  # loads tantivy
    from reader.kliping_reader.fulltext.index import Wanted
    from reader.kliping_reader.fulltext.published import SearchError

    try:
        first, last = (day and date.fromisoformat(day) for day in (options.first_day, options.last_day))
    except ValueError:
        terminal.error("--from and --to take days such as 2026-11-01")
        return WRONG_USAGE_EXIT_CODE
    store = store_in_use()
    wanted = Wanted(options.query, options.site, first, last, options.limit, options.newest)
    try:
        with terminal.Progress() as progress:
            found = searched(Corpus(store), store.search_copy, wanted, progress.say)
    except SearchError as error:
        terminal.error(str(error))
        return 1
    except TableNotFoundError:
        terminal.error("nothing has been archived yet")
        return 1
    if options.json:
        for hit in found.hits:
            print(as_json(hit))
    else:
        show_results(found)
    if found.notice:
        terminal.error(found.notice)
    return 0


def search_index(_options: argparse.Namespace) -> int:
    """Bring the search index of the store in use up to date; 1 where another process was faster."""
    from pipelines.archive.bucket_owner import require_own_bucket
    from pipelines.archive.search.build import build  # loads tantivy
    from pipelines.index.database import IndexUnavailable
    from reader.kliping_reader.fulltext.published import SearchError

    try:
        require_own_bucket(store_in_use())
        with terminal.Progress() as progress:
            built = build(Corpus(store_in_use()), utc_now(), progress=progress.say)
    except (IndexUnavailable, SearchError) as error:
        terminal.error(str(error))
        return 1
    except TableNotFoundError:
        terminal.error("nothing has been archived yet: there is nothing to search")
        return 1
    terminal.echo(built.summary)
    return 0


def wacz(options: argparse.Namespace) -> int:
    """Write captures of a site to a WACZ file; 1 where there are none, 2 for a day that is none."""
    from pipelines.archive.wacz import WaczError, write_wacz

    try:
        first, last = (date.fromisoformat(day) for day in (options.first_day, options.last_day))
    except ValueError:
        terminal.error("FROM and TO are days such as 2026-11-01")
        return WRONG_USAGE_EXIT_CODE
    path = Path(options.file or f"{options.site}-{first}-{last}.wacz")
    store = store_in_use()
    try:
        with terminal.Progress() as progress:
            done = write_wacz(
                Bucket(store),
                Corpus(store),
                options.site,
                first,
                last,
                path,
                overwrite=options.overwrite,
                progress=progress.say,
            )
    except WaczError as error:
        terminal.error(str(error))
        return 1
    terminal.echo(f"{path}: {done.captures:,} captures and {done.pages:,} articles in {done.files:,} WARC files")
    if done.unresolved:
        terminal.error(
            f"{done.unresolved:,} of them say that a page came as before, and no file of the site has it whole"
        )
    return 0


def cdxj(options: argparse.Namespace) -> int:
    """Write one index of the captures of the store in use; 1 where there are none, or the file is there already."""
    from pipelines.archive.merged_index import NoIndex, write_index

    path = Path(options.file)
    bucket = Bucket(store_in_use())
    try:
        with terminal.Progress() as progress:
            done = write_index(bucket, options.site, path, overwrite=options.overwrite, progress=progress.say)
    except NoIndex as error:
        terminal.error(str(error))
        return 1
    terminal.echo(f"{options.file}: {done.captures:,} captures in {done.files:,} WARC files")
    return 0


def replay(options: argparse.Namespace) -> int:
    """Show pages as they were captured until interrupted; 1 where pywb is not installed, or ends by itself."""
    from local.replay import NOT_CAPTURED, Replay, ReplayError
    from pipelines.archive.merged_index import NoIndex, write_index

    store = store_in_use()
    try:
        with Replay(Bucket(store), store.home / "replay", options.port) as shown:
            with terminal.Progress() as progress:
                done = write_index(shown.bucket, options.site, shown.index, overwrite=True, progress=progress.say)
            shown.start()
            terminal.echo(f"{done.captures:,} captures: {shown.address} (Ctrl-C ends it)")
            terminal.echo(NOT_CAPTURED)
            shown.wait()
    except (NoIndex, ReplayError) as error:
        terminal.error(str(error))
    return 1


def publish_month(options: argparse.Namespace) -> int:
    """Release a month of the store in use; 1 where it is a draft or no month to be released, 2 for wrong options."""
    from pipelines.archive.releases.options import wrong_usage
    from pipelines.archive.releases.publish import MonthNotClosed, last_closed_month
    from pipelines.archive.releases.publish import publish as published
    from pipelines.archive.selection import SelectionError
    from pipelines.index.database import IndexUnavailable

    if trouble := wrong_usage(options):
        terminal.error(trouble)
        return WRONG_USAGE_EXIT_CODE
    now = utc_now()
    month = options.month or last_closed_month(now)
    try:
        done = published(store_in_use(), month, now, accept=options.accept, progress=terminal.error)
    except (IndexUnavailable, MonthNotClosed, SelectionError) as error:
        terminal.error(str(error))
        return 1
    terminal.echo(done.summary)
    for fault in done.faults:
        terminal.error(fault)
    return 1 if done.faults else 0


def takedown(options: argparse.Namespace) -> int:
    """Take down what is named, after a yes; 1 where there is nothing, nobody said yes, or it could not be proven that
    nothing is left; 2 for wrong options.
    """
    from pipelines.archive.takedown.options import WrongOrder, order_of
    from pipelines.archive.takedown.takedown import Refused, Takedown  # loads SQLAlchemy
    from pipelines.index.database import Index, IndexUnavailable

    try:
        order = order_of(options.articles, options, getpass.getuser())
    except WrongOrder as wrong:
        terminal.error(str(wrong))
        return WRONG_USAGE_EXIT_CODE
    store = store_in_use()
    try:
        with Index.open(store.index) as index, terminal.Progress() as progress:
            work = Takedown(store, index, order, progress=progress.say)
            planned = work.plan()
            progress.pause()
            for line in planned.lines:
                terminal.echo(line)
            if options.dry_run:
                terminal.echo("Nothing was changed: this was a dry run.")
                return 0
            if not options.yes and not terminal.confirmed("Remove all of it, for good?"):
                terminal.error("nothing was removed: nobody said yes (--yes says it beforehand).")
                return 1
            # Who has said yes to a list has seen its length.
            at_most = options.at_most if options.yes else max(options.at_most, len(planned.articles))
            done = work.carry_out(utc_now(), at_most=at_most)
    except (Refused, IndexUnavailable) as error:
        terminal.error(str(error))
        return 1
    for line in done.lines:
        terminal.echo(line)
    for failure in done.findings.failures:
        terminal.error(failure)
    return 1 if done.findings.failures else 0


def mirror(options: argparse.Namespace) -> int:
    """Copy the bucket to the one that KLIPING_MIRROR_BUCKET names; 1 where some of it is damaged and was not copied."""
    from pipelines.archive.mirror import mirror as mirrored
    from settings.mirror import mirror as settings

    store = store_in_use()
    target = Bucket(settings().storage(store))
    with terminal.Progress() as progress:
        done = mirrored(Bucket(store), target, prune=options.prune, progress=progress.say)
    size = done.copied_bytes / 1e6
    terminal.echo(f"{target.name}: {done.copied:,} objects copied ({size:,.1f} MB), {done.there_already:,} were there")
    if done.left_over:
        fate = "removed" if done.removed else "kept: --prune removes them"
        terminal.echo(f"{len(done.left_over):,} objects that the bucket has no more were {fate}")
    for sentence in done.damaged:
        terminal.error(sentence)
    return 1 if done.damaged else 0


def verdict(options: argparse.Namespace) -> int:
    """Keep a verdict and carry it out, or export all; 1 where there is nothing at the address, 2 for wrong options."""
    from pipelines.archive.verdicts import NoVerdictPossible, give_verdict, labels  # loads SQLAlchemy
    from pipelines.article import Verdict
    from pipelines.index.database import IndexUnavailable

    if bool(options.export) == bool(options.url) or bool(options.url) != bool(options.verdict):
        terminal.error("say a URL and article or not-article, or --export FILE")
        return WRONG_USAGE_EXIT_CODE
    storage = store_in_use()
    if options.export:
        lines = [json.dumps(label, ensure_ascii=False) for label in labels(Corpus(storage))]
        Path(options.export).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        terminal.echo(f"{len(lines)} verdicts written to {options.export}")
        return 0
    by = options.by or getpass.getuser()
    try:
        terminal.echo(give_verdict(storage, options.url, Verdict(options.verdict), by=by, note=options.note))
    except (NoVerdictPossible, IndexUnavailable) as error:
        terminal.error(str(error))
        return 1
    return 0


def print_owners_page(_options: argparse.Namespace) -> int:
    """Print the page for the owners of crawled sites."""
    print(owners_page(crawl()), end="")
    return 0


def sites_doc(_options: argparse.Namespace) -> int:
    """Print docs/sites.md."""
    from spiders.site_index import real_sites
    from spiders.sites_doc import overview as sites_in_words  # loads every site

    print(sites_in_words(real_sites()), end="")
    return 0


def data_format(_options: argparse.Namespace) -> int:
    """Print what docs/data-format.md has below its mark."""
    from pipelines.archive.schema_doc import reference

    print(reference())
    return 0


ACTIONS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "up": up,
    "down": down,
    "status": status,
    "news": news,
    "corpus": corpus,
    "reset": reset,
    "rotate": rotate,
    "env": env,
    "rebuild-index": rebuild_index,
    "verify": verify,
    "maintain": maintain,
    "spool": spool,
    "incidents": incidents,
    "accept": accept,
    "doubtful": doubtful,
    "show": show,
    "evidence": evidence,
    "mirror": mirror,
    "takedown": takedown,
    "wacz": wacz,
    "cdxj": cdxj,
    "replay": replay,
    "diff": diff,
    "export": export,
    "publish": publish_month,
    "search": search,
    "search-index": search_index,
    "verdict": verdict,
    "owners-page": print_owners_page,
    "sites-doc": sites_doc,
    "data-format": data_format,
}
"""The function of each command, by its name."""


def running() -> Machine:
    """The deployment as it was started, possibly by another shell.

    Raises DeploymentError where none runs, SettingsError.
    """
    config = load_state(machine())
    if config is None:
        raise DeploymentError("Kliping is not running; make up starts it")
    return config


def running_or_configured() -> Machine:
    """The deployment as it was started, possibly by another shell; where none runs, as it is configured.

    Raises SettingsError.
    """
    config = machine()
    return load_state(config) or config


def watch(api: AirflowApi, config: Machine, crawls: Sequence[SiteCrawl]) -> Sequence[SiteCrawl]:
    """Show crawls until they end, and then what the corpus holds; returns them as they ended."""
    ended = terminal.show_progress(follow(api, config, crawls)) if crawls else ()
    terminal.echo("")
    terminal.show_counts(counts(store(config)))
    return ended


def exit_code(config: Machine, ended: Sequence[SiteCrawl]) -> int:
    """Name the crawls that failed; 1 where there are any."""
    failed = [demo_crawl for demo_crawl in ended if demo_crawl.run.state != "success"]
    for demo_crawl in failed:
        where = f"{config.shown_at}/dags/{demo_crawl.run.dag_id}/runs/{demo_crawl.run.run_id}"
        terminal.error(f"the crawl of {demo_crawl.site.name} is {demo_crawl.run.state}; its log is at {where}")
    return 1 if failed else 0


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
