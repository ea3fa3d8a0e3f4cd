"""Roles that a page's names give to its article: a template may call its text a sidebar, or a box about the author."""

from collections.abc import Sequence

from pipelines.cleaning.blocks import BLOCK_ROLES, FURNITURE_ROLES, Block, BlockRole
from pipelines.cleaning.prose import MIN_GROUP_CHARS, is_prose

_TRUE_NAMES = BlockRole.COMMENTS | BlockRole.POST | BlockRole.DIALOG | BlockRole.HIDDEN

MISLEADING_ROLES = tuple(role for role in BLOCK_ROLES if role & FURNITURE_ROLES & ~_TRUE_NAMES)
"""Roles that names give by mistake. Not so remarks of readers, dialogs and what is hidden: these can be all that a page
says."""

MIN_MISNAMED_CHARS = 1_000
"""Characters of prose under a name that cannot be what the name says: the longest biography seen has 700."""


def clear_misnomers(blocks: Sequence[Block]) -> None:
    """Take from the blocks the roles under which nearly all prose of the page stands, if there is much of it."""
    prose = [block for block in blocks if is_prose(block)]
    total = sum(len(block.text) for block in prose)
    for roles in MISLEADING_ROLES:
        named = sum(len(block.text) for block in prose if block.roles & roles)
        if named >= MIN_MISNAMED_CHARS and total - named < MIN_GROUP_CHARS:
            for block in blocks:
                block.roles &= ~roles
