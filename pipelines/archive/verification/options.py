"""The options of a verification, the same for `scrapy verify` and `kliping verify`: the standard library is enough."""

import argparse
import re

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
        "--repair",
        action="store_true",
        help="repair what can be repaired: fetch again what is lost, have the index say what the tables say, make CDXJ "
        "anew, and set damaged files of tables aside so that the rest can be read",
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def wrong_usage(options: argparse.Namespace) -> str:
    """What is wrong with the options, in one sentence; empty where nothing is."""
    if options.month and not MONTH.fullmatch(options.month):
        return f"{options.month!r} is not a month, YYYY-MM"
    if options.sample is not None and options.sample < 1:
        return f"--sample is at least 1, not {options.sample}"
    return ""
