"""What a site may state about its pages, for cleaning: few sites need more than their name."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelines.cleaning.learned import Place


@dataclass(frozen=True, slots=True)
class SiteRules:
    """A site's word to the cleaning stage. Picklable: it travels to the worker process.

    `title` is the site's name as its headlines and bylines carry it; `language` the BCP 47 code of the articles that
    are wanted, None for any. `body_selector` is a CSS selector of the element that holds the text: used where it
    matches enough, the whole page otherwise. `drop_selectors` name elements that never are text. `min_words` is the
    length below which a page is no article. `keep_lines` are lines that are text however often they repeat: they are
    never learned as residue. `learned` are the site's lines that were, as `learned.places` has them.
    """

    name: str
    title: str = ""
    home: str = ""
    language: str | None = "id"
    body_selector: str | None = None
    drop_selectors: tuple[str, ...] = ()
    min_words: int = 15
    keep_lines: tuple[str, ...] = ()
    learned: Mapping[str, Place] = field(default_factory=dict)
