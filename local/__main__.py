"""The `kliping` command, also `python -m local`: what there is to do from a shell, besides `scrapy`."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from local.credentials import KINDS
from pipelines.archive.releases.options import add_options as add_publish_options
from pipelines.archive.takedown.options import add_options as add_takedown_options
from pipelines.archive.verification.options import add_options as add_verify_options
from pipelines.article import Verdict
from settings.version import VERSION

COMMANDS: Mapping[str, str] = {
    "up": "start everything, crawl the demo sites, sum up",
    "down": "stop everything; the data stays",
    "status": "say what runs; exits with 1 where something does not",
    "news": "have the demo sites publish and edit; crawl them again",
    "corpus": "print the articles, newest first",
    "reset": "remove the data, after asking",
    "rotate": "make this machine's secrets anew, while it is stopped: keys, passwords",
    "env": "print the variables that other programs need, for a shell's eval",
    "rebuild-index": "make the index anew from the bucket; no crawl may run",
    "verify": "verify that bucket, tables and index hold what they say",
    "maintain": "keep costs from growing: put small files together, remove what has expired",
    "spool": "show what waits in the spool and what is set aside; deliver it, repair it, or drop it",
    "incidents": "print what is wrong now, with the next step; the most urgent first",
    "accept": "examine a site online for the first time, with a report to sign",
    "doubtful": "print the articles that cleaning doubts, with the reasons; newest first",
    "show": "print all that is known of a URL or an article: looks, versions, copies, bytes",
    "evidence": "write an article's versions and pages, as they were received, to one HTML file",
    "diff": "print the versions of an article, and what each changed",
    "export": "write articles, copies or revisions to a file of Parquet, JSON Lines, CSV or Excel",
    "search": "search the texts of the articles for words and phrases, the best first",
    "search-index": "bring the search index up to date with the tables",
    "wacz": "write what was captured of a site on some days to a WACZ file, which replay tools open",
    "cdxj": "write one index of all captures, of some sites or of all, as replay tools read it",
    "replay": "show pages as they were captured, in the browser, by pywb where it is installed",
    "publish": "release a month of the corpus: plain files, checked, with sums and a card, for good",
    "takedown": "remove articles from all of the archive, keep them out, and prove that nothing is left",
    "mirror": "copy the bucket to another one, which takes its place where it is lost",
    "verdict": "say of a doubtful page whether it is an article, or export what was said",
    "owners-page": "print the page for site owners, for the address in the user agent",
    "sites-doc": "print docs/sites.md: the sites in words",
    "data-format": "print every table and column, as in docs/data-format.md",
}
"""What each command does, in the order of `kliping --help`."""


ROLE_OPTIONS: Mapping[str, str] = {
    "reader": "print an analyst's: keys that only read tables, releases and the search index",
    "publisher": "print a publisher's: keys that read tables and write releases and the search index",
    "crawler": "print a crawler's: keys that write pages and tables",
}
"""The roles whose keys `env` prints in the place of the administrator's, by name."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command; returns its exit code: 0, 1 where it could not, 2 for wrong usage, 130 when interrupted."""
    options = parser().parse_args(arguments)
    from local.commands import carry_out  # takes a second or two to load, which --help need not wait for

    return carry_out(options)


def parser() -> argparse.ArgumentParser:
    """The command line: `command` is the command's name, `yes` whether to ask nothing, `role` whose keys `env` is to
    print, `action` and `batches` what `spool` is to do with what, `export` the file that `verdict` is to write in place
    of giving one.
    """
    wide = partial(argparse.HelpFormatter, max_help_position=32)
    parser = argparse.ArgumentParser(prog="kliping", description="Kliping on this machine.", formatter_class=wide)
    parser.add_argument("--version", action="version", version=f"kliping {VERSION}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, words in COMMANDS.items():
        command = commands.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
        if name in OPTIONS:
            OPTIONS[name](command)
        if name == "reset":
            command.add_argument("--yes", action="store_true", help="do not ask")
        if name == "verify":
            command.add_argument("site", nargs="*", help="sites to verify; default: all")
            add_verify_options(command)
        if name == "maintain":
            command.add_argument("--airflow", action="store_true", help="keep up Airflow on this machine alone")
            command.add_argument("--all-days", action="store_true", help="compute all of the table daily anew")
            command.add_argument("--json", action="store_true", help="print the report as JSON")
        if name == "rebuild-index":
            command.add_argument(
                "--accept-empty", action="store_true", help="begin anew where the bucket holds no corpus"
            )
        if name == "incidents":
            command.add_argument("--days", type=int, metavar="N", help="print what happened in the last N days")
            command.add_argument("--json", action="store_true", help="print a line of JSON for each")
        if name == "accept":
            command.add_argument("site", help="its name, as its DAG has it")
            command.add_argument("--sign", action="store_true", help="state the day in the site's file, if all is well")
        if name == "doubtful":
            command.add_argument("--site", action="append", default=[], help="of this site; may be given several times")
            command.add_argument("--days", type=int, default=7, help="fetched in so many days; default: 7")
        if name == "show":
            command.add_argument("article", metavar="URL|ARTICLE_ID", help="as a log, a table or a report has it")
            form = command.add_mutually_exclusive_group()
            form.add_argument("--json", action="store_true", help="print the rows of each table as JSON")
            form.add_argument("--page", action="store_true", help="print the page as it came last")
        if name == "diff":
            command.add_argument("article", help="its article_id, or its first URL")
        if name == "verdict":
            command.add_argument("url", nargs="?", help="the page's, as `kliping doubtful` prints it")
            command.add_argument("verdict", nargs="?", choices=[str(verdict) for verdict in Verdict])
            command.add_argument("--note", help="why")
            command.add_argument("--by", help="whose verdict it is; default: the user of this machine")
            command.add_argument(
                "--export", metavar="FILE", help="write all verdicts to a file, a line of JSON for each"
            )
        if name == "spool":
            command.add_argument("action", nargs="?", choices=("show", "deliver", "repair", "drop"), default="show")
            command.add_argument("batches", nargs="*", metavar="SITE/BATCH", help="as shown; repair: all by default")
            command.add_argument("--yes", action="store_true", help="do not ask before dropping")
    return parser


def _add_rotate_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("kinds", nargs="*", metavar="KIND", help=f"{', '.join(KINDS)}; default: all")


def _add_mirror_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--prune", action="store_true", help="remove from the copy what the bucket has no more, as after a takedown"
    )


def _add_takedown_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("articles", nargs="*", metavar="URL|ARTICLE_ID", help="articles, as the tables have them")
    add_takedown_options(command)
    command.add_argument("--yes", action="store_true", help="do not ask")


def _add_wacz_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("site", metavar="SITE")
    command.add_argument("first_day", metavar="FROM", help="a day of Jakarta, 2026-11-01")
    command.add_argument("last_day", metavar="TO", help="another one, or the same")
    command.add_argument("file", nargs="?", metavar="FILE", help="default: SITE-FROM-TO.wacz")
    command.add_argument("--overwrite", action="store_true", help="put it in the place of a file that is there")


def _add_cdxj_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", metavar="FILE", help="such as index.cdxj")
    command.add_argument("--site", action="append", default=[], help="of this site; may be given several times")
    command.add_argument("--overwrite", action="store_true", help="put it in the place of a file that is there")


def _add_replay_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--site", action="append", default=[], help="of this site; may be given several times")
    command.add_argument("--port", type=int, default=8091, metavar="N", help="of this machine alone; default: 8091")


def _add_export_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", metavar="FILE", help="ends in .parquet, .jsonl, .csv or .xlsx")
    command.add_argument("--table", default="articles", help="articles (default), copies or revisions")
    command.add_argument("--site", action="append", default=[], help="of this site; may be given several times")
    command.add_argument("--from", dest="first_day", metavar="DAY", help="published on this day or later, 2026-11-01")
    command.add_argument(
        "--to", dest="last_day", metavar="DAY", help="published on this day, by Jakarta's time, or before"
    )
    command.add_argument("--containing", metavar="WORDS", help="with these words in the headline or the text")
    command.add_argument("--where", metavar="SQL", help='for which this holds, such as "word_count > 300"')
    command.add_argument("--columns", metavar="NAME,NAME", help="these columns; default: all")
    command.add_argument("--overwrite", action="store_true", help="put it in the place of a file that is there")


def _add_search_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "query",
        metavar="QUERY",
        help='words, all of which are to be there; "a phrase", -without, one OR other',
    )
    command.add_argument("--site", action="append", default=[], help="of this site; may be given several times")
    command.add_argument("--from", dest="first_day", metavar="DAY", help="published on this day or later, 2026-11-01")
    command.add_argument(
        "--to", dest="last_day", metavar="DAY", help="published on this day, by Jakarta's time, or before"
    )
    command.add_argument("--limit", type=int, default=10, metavar="N", help="so many articles at most; default: 10")
    command.add_argument("--newest", action="store_true", help="the newest first, not the best")
    command.add_argument("--json", action="store_true", help="print a line of JSON for each")


def _add_role_options(command: argparse.ArgumentParser) -> None:
    roles = command.add_mutually_exclusive_group()
    for role, words in ROLE_OPTIONS.items():
        roles.add_argument(f"--{role}", dest="role", action="store_const", const=role, help=words)


def _add_evidence_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("article", metavar="URL|ARTICLE_ID", help="as a log, a table or a report has it")
    command.add_argument("file", nargs="?", metavar="FILE", help="default: ARTICLE_ID.html")
    command.add_argument("--overwrite", action="store_true", help="put it in the place of a file that is there")


OPTIONS: Mapping[str, Callable[[argparse.ArgumentParser], None]] = {
    "env": _add_role_options,
    "evidence": _add_evidence_options,
    "export": _add_export_options,
    "publish": add_publish_options,
    "search": _add_search_options,
    "mirror": _add_mirror_options,
    "rotate": _add_rotate_options,
    "takedown": _add_takedown_options,
    "wacz": _add_wacz_options,
    "cdxj": _add_cdxj_options,
    "replay": _add_replay_options,
}
"""What adds the options of commands that have many."""


if __name__ == "__main__":
    sys.exit(main())
