"""The rules by which a site's pages are cleaned today: those of its file, and the lines that were learned of it."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from pipelines.archive.learned_residue_table import learned_lines
from pipelines.archive.tables import Corpus
from pipelines.cleaning.learned_residue import positions
from pipelines.cleaning.site_rules import SiteRules
from spiders.site_index import SiteError, rules_of


def current_rules(corpus: Corpus) -> Callable[[str], SiteRules]:
    """The rules of a site by its name, with the lines that the table `residue` has when the first site is asked for.

    The function raises StorageUnavailable, and SiteError where the site's file does not hold it.
    """
    learned = cache(lambda: learned_lines(corpus))
    return lambda site: replace(rules_of(site), learned=positions(learned().get(site, ())))


def readable_rules(corpus: Corpus) -> Callable[[str], SiteRules | None]:
    """The same, but None for a site whose file does not hold it."""
    rules = current_rules(corpus)

    def found(site: str) -> SiteRules | None:
        try:
            return rules(site)
        except SiteError:
            return None

    return found
