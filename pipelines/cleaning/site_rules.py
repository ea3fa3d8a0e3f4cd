"""The rules that a site gives for cleaning its pages. Few sites need more than their name."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from pipelines.cleaning.learned_residue import Position
from settings.clock import WIB

PASSED_SELECTOR_RULE = "selector_passed_by"
"""Name, among an article's rules, of the decision against a `body_selector` that matched less than the page's text."""


@dataclass(frozen=True, slots=True)
class FormerLayout:
    """Where the text stood in pages captured before the day `until` (WIB), when the site changed its template."""

    until: date
    body_selector: str | None = None
    drop_selectors: tuple[str, ...] = ()
    headline_selector: str | None = None


@dataclass(frozen=True, slots=True)
class SiteRules:
    """What a site says about its pages. Picklable, since it is sent to the worker's children.

    `title` is the site's name as headlines and bylines write it. `language` is the BCP 47 code of the articles that are
    wanted, None for any. `time_zone` is the zone of times without an offset: WIB, WITA or WIT. `headline_selector` is a
    CSS selector of the headline, `body_selector` one of the element that holds the text; if that matches much less than
    the page's own reading finds, the reading is used. `drop_selectors` select elements that are never text.
    `former_layouts` give all three for older captures, so that each archived page is cleaned by the rules of its own
    time. `min_words` is the length below which a page is not an article. `keep_lines` are lines that are text however
    often they repeat; they are never learned as residue. `learned` holds the site's learned lines, as
    `learned_residue.positions` returns them.
    """

    name: str
    title: str = ""
    home: str = ""
    language: str | None = "id"
    time_zone: str = "WIB"
    headline_selector: str | None = None
    body_selector: str | None = None
    drop_selectors: tuple[str, ...] = ()
    former_layouts: tuple[FormerLayout, ...] = ()
    min_words: int = 15
    keep_lines: tuple[str, ...] = ()
    learned: Mapping[str, Position] = field(default_factory=dict)

    def layout_at(self, captured_at: datetime | None) -> FormerLayout | None:
        """Return the former layout at an aware time, or None for the current layout and if the time is unknown."""
        if captured_at is None:
            return None
        day = captured_at.astimezone(WIB).date()
        return min(
            (former for former in self.former_layouts if day < former.until),
            key=lambda former: former.until,
            default=None,
        )

    def for_layout(self, layout: FormerLayout | None) -> "SiteRules":
        """Return the rules for pages of a former layout; for None, the rules as they are."""
        if layout is None:
            return self
        return replace(
            self,
            headline_selector=layout.headline_selector,
            body_selector=layout.body_selector,
            drop_selectors=layout.drop_selectors,
        )
