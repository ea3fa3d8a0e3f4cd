"""The options of a verification, the same for `scrapy verify` and `kliping verify`: the standard library is enough."""

import argparse
import re
from collections.abc import Sequence

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Have a command take the options of a verification."""
    parser.add_argument(
        "--sample",
        type=int,
        metavar="N",
        help="verify N rows and N index entries, drawn at random; default: everything",
    )
    parser.add_argument("--month", metavar="YYYY-MM", help="verify the articles published in a month (UTC)")
    parser.add_argument(
        "--shared",
        action="store_true",
        help="verify only what belongs to no single site: logs of the tables, sums of days, URLs that several sites "
        "have, texts that copies are told by, keys that are nobody's. With this, and each site by itself, the archive "
        "is verified as a whole, by as many processes at once as you like",
    )
    parser.add_argument(
        "--repair",
        action="store_true",
        help="repair what can be repaired: fetch again what is lost, have the index say what the tables say, make CDXJ "
        "anew, and set damaged files of tables aside so that the rest can be read",
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def wrong_usage(options: argparse.Namespace, sites: Sequence[str]) -> str:
    """What is wrong with the options, for these sites, in one sentence; empty where nothing is."""
    if options.month and not MONTH.fullmatch(options.month):
        return f"{options.month!r} is not a month, YYYY-MM"
    if options.sample is not None and options.sample < 1:
        return f"--sample is at least 1, not {options.sample}"
    if options.shared and (sites or options.month or options.sample or options.repair):
        return "--shared is verified by itself: without sites, --month, --sample and --repair"
    return ""
