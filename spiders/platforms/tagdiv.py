"""tagDiv Newspaper: the WordPress theme of many Indonesian magazines."""

from collections.abc import Sequence
from typing import ClassVar

from spiders.platforms.wordpress import WordPress


class TagDiv(WordPress):
    """A WordPress site with the tagDiv Newspaper theme.

    The text stands in `.td-post-content`, with tagDiv's page builder in `.tdb_single_content` (seen 2026-01). Among its
    paragraphs stand boxes of advertisements and of related posts; below it comes a comment form whose words ("LEAVE A
    REPLY", "Batal balasan") belong to no article.
    """

    body_selector: ClassVar[str | None] = ".tdb_single_content .tdb-block-inner, div.td-post-content"
    drop_selectors: ClassVar[Sequence[str]] = (
        ".td-a-rec",
        ".td_block_related_posts",
        ".td-post-featured-image figcaption",
    )
