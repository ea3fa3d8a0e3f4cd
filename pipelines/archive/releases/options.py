"""The options with which a month is released, by whichever command."""

import argparse
import re


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add `--month` and `--accept`."""
    parser.add_argument("--month", metavar="2026-11", help="this month; default: the one that was closed last")
    parser.add_argument(
        "--accept", metavar="WHY", help="publish it whatever speaks against it, and say why in the card"
    )


def wrong_usage(options: argparse.Namespace) -> str | None:
    """What is wrong with the options, in one sentence; None where they are right."""
    if options.month and not re.fullmatch(r"\d{4}-(?:0[1-9]|1[0-2])", options.month):
        return f"--month takes a month such as 2026-11, not {options.month}"
    if options.accept is not None and not options.accept.strip():
        return "--accept takes the reason, in words"
    return None
