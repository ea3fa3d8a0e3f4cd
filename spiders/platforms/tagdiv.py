"""tagDiv Newspaper: the WordPress theme of many Indonesian magazines."""

import re

from spiders.platforms.wordpress import WordPress


class TagDiv(WordPress):
    """A WordPress site with the tagDiv Newspaper theme.

    The text stands in `.td-post-content`, with tagDiv's page builder in `.tdb_single_content` (seen 2026-01). Among its
    paragraphs stand boxes of advertisements and of related posts; below it comes a comment form whose words ("LEAVE A
    REPLY", "Batal balasan") belong to no article.
    """

    platform = "WordPress with the tagDiv Newspaper theme"
    detected_by = re.compile(r"td-post-content|tdb_single_content|td-theme-wrap|wp-theme-Newspaper|/themes/Newspaper")
    body_selector = ".tdb_single_content .tdb-block-inner, div.td-post-content"
    drop_selectors = (
        ".td-a-rec",
        ".td_block_related_posts",
        ".td-post-featured-image figcaption",
    )
