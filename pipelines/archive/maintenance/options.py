"""The parts of a round of upkeep that a process of its own can do, by name: the standard library is enough."""

import argparse
from enum import StrEnum


class Part(StrEnum):
    """A part of a round. The order is the round's: each finds done what those before it do."""

    SPOOL = "spool"
    WARC = "warc"
    CDXJ = "cdxj"
    TABLE = "table"
    DAYS = "days"
    LEFTOVERS = "leftovers"
    ORIGINALS = "originals"


NAMED = (Part.WARC, Part.CDXJ, Part.TABLE)
"""Parts that can be done of some sites, or of some tables, alone: by as many processes at once as there are."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Have a command take the options of a round."""
    parser.add_argument("--all-days", action="store_true", help="compute all of the table daily anew")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def wrong_usage(part: str | None, names: list[str], options: argparse.Namespace) -> str:
    """What is wrong with the part, None for all, the names behind it and the options, in one sentence; empty where
    nothing is.
    """
    if part is not None and part not in list(Part):
        return f"{part} is not a part of the upkeep, which are {', '.join(Part)}"
    if names and part not in NAMED:
        return f"{part} takes no names: those of sites or tables stand behind {', '.join(NAMED)}"
    if options.all_days and part not in (None, Part.DAYS):
        return f"--all-days is for {Part.DAYS}, and for all of the upkeep"
    return ""
