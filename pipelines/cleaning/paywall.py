"""Tells a paywall: a page's own word that its article is paid, and an invitation to subscribe or log in at its text."""

import re
from collections.abc import Sequence

from pipelines.cleaning.blocks import Block, BlockRole
from pipelines.cleaning.document import Document
from pipelines.cleaning.jsonld import as_list
from pipelines.cleaning.prose import is_prose

_WALL = re.compile(
    r"(?:berlangganan|langganan|subscribe|become a (?:member|subscriber)|log ?in|masuk|daftar|"
    r"sign in)\b.{0,60}(?:untuk|to)\s+(?:(?:dapat\s+)?(?:lanjut|membaca|melanjutkan|mengakses|"
    r"menikmati)|continue|read|keep reading|unlock|access)|"
    r"(?:artikel|konten|berita)\s+(?:ini\s+)?(?:khusus|hanya)\s+(?:untuk\s+)?(?:pelanggan|member|"
    r"anggota)|konten premium|lanjutkan membaca dengan|(?:this (?:article|content) is )?(?:for|"
    r"exclusive to) (?:subscribers|members) only|"
    r"already a (?:subscriber|member)\?|sudah (?:berlangganan|punya akun)\?"
)
"""An invitation, in lower case: a pattern that has to fold the case itself takes four times as long, on every block."""

MAX_WALL_CHARS = 200
"""Characters of a block that can be an invitation to subscribe or log in; longer ones are sentences of a text."""

MAX_BLOCKS_BEFORE_WALL = 10
"""Blocks from the end of a text to the wall that ends it: tags, share buttons and a picture may come between."""

MAX_BLOCKS_AFTER_LABEL = 6
"""Blocks from a label "for subscribers only" to the text below it: byline and picture."""

ELSEWHERE_ROLES = BlockRole.HIDDEN | BlockRole.DIALOG | BlockRole.FOOTER | BlockRole.COMMENTS
"""Roles of invitations that are not the article's: dialogs that open when asked for, menus, and forms for comments."""


def is_accessible_for_free(document: Document) -> bool | None:
    """Return what a page states of its article's access (schema.org, or Facebook's content tier), None if nothing."""
    for value in as_list((document.article or {}).get("isAccessibleForFree")):
        return str(value).strip().casefold() in ("true", "1", "yes")
    tiers = [value.casefold() for value in document.metas("article:content_tier", "content_tier")]
    if tiers:
        return tiers[0] not in ("locked", "metered", "premium", "paid")
    return None


def is_paid(document: Document) -> bool:
    """Whether a page states that its article is not free."""
    return is_accessible_for_free(document) is False


def wall_at(blocks: Sequence[Block], span: tuple[int, int]) -> Block | None:
    """Return the block at a text that asks readers to subscribe or log in, or None.

    `span` holds the index of the text's first block and that of the block after its last. An invitation that the text
    goes on after is part of it.
    """
    start, stop = span
    if start >= len(blocks):  # the text is not among the blocks
        near: Sequence[Block] = blocks
    else:
        last_prose = next((b.index for b in reversed(blocks[start:stop]) if is_prose(b) and not _is_wall(b)), start)
        top = max(0, start - MAX_BLOCKS_AFTER_LABEL)
        headline = max((block.index for block in blocks[top:start] if block.tag == "h1"), default=top)
        near = [
            *blocks[headline:start],
            *blocks[min(last_prose, stop) : stop + MAX_BLOCKS_BEFORE_WALL],
        ]
    return next((block for block in near if not block.roles & ELSEWHERE_ROLES and _is_wall(block)), None)


def _is_wall(block: Block) -> bool:
    return len(block.text) <= MAX_WALL_CHARS and _WALL.search(block.text.lower()) is not None
