"""What a takedown is asked to take, why, and by whom."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.archive.takedown_scope import Scope


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be taken down, as it was named: article_ids or URLs of articles, the beginning of addresses, the name
    of an author, or of a site.
    """

    scope: Scope
    names: Sequence[str]

    @property
    def place(self) -> str:
        """What is kept out as a whole, empty where only what is known is."""
        return self.names[0] if self.scope in (Scope.PREFIX, Scope.SITE) else ""

    def __str__(self) -> str:
        return f"{self.scope} {', '.join(self.names)}"


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: what is to go, why (`reason`), by which letter or case (`reference`), and who does it."""

    target: Target
    reason: str
    reference: str
    by: str
