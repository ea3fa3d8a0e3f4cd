"""What a site may state about its pages, for cleaning: few sites need more than their name."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from pipelines.cleaning.date_parsing import WIB
from pipelines.cleaning.learned_residue import Place


@dataclass(frozen=True, slots=True)
class FormerLayout:
    """Where the text stood in pages captured before the day `until` (WIB), when the site changed its templates."""

    until: date
    body_selector: str | None = None
    drop_selectors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteRules:
    """A site's word to the cleaning stage. Picklable: it travels to the worker process.

    `title` is the site's name as its headlines and bylines carry it; `language` the BCP 47 code of the articles that
    are wanted, None for any. `body_selector` is a CSS selector of the element that holds the text: used where it
    matches enough, the whole page otherwise. `drop_selectors` name elements that never are text. `former_layouts` say
    the same of older captures: the archive is cleaned again by the rules of each page's own time. `min_words` is the
    length below which a page is no article. `keep_lines` are lines that are text however often they repeat: they are
    never learned as residue. `learned` are the site's lines that were, as `learned.places` has them.
    """

    name: str
    title: str = ""
    home: str = ""
    language: str | None = "id"
    body_selector: str | None = None
    drop_selectors: tuple[str, ...] = ()
    former_layouts: tuple[FormerLayout, ...] = ()
    min_words: int = 15
    keep_lines: tuple[str, ...] = ()
    learned: Mapping[str, Place] = field(default_factory=dict)

    def layout_at(self, captured_at: datetime | None) -> FormerLayout | None:
        """The former layout that a page captured at this time is of; None for today's, or where the time is unknown."""
        if captured_at is None:
            return None
        day = captured_at.astimezone(WIB).date()
        return min(
            (former for former in self.former_layouts if day < former.until),
            key=lambda former: former.until,
            default=None,
        )

    def of(self, layout: FormerLayout | None) -> "SiteRules":
        """The rules for pages of a former layout; the rules as they are for None."""
        if layout is None:
            return self
        return replace(self, body_selector=layout.body_selector, drop_selectors=layout.drop_selectors)
