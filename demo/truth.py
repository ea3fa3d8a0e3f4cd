"""What a perfect crawl of the demo web finds at the present edition."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from demo.newsroom import Newsroom, Post
from demo.portals.portal import Portal

NON_ARTICLE_OUTCOMES = ("rejected",)


def truth(newsroom: Newsroom, portals: Iterable[Portal]) -> dict[str, Any]:
    """All sites' articles, non-articles with the outcomes a run may record for them, and residue, as JSON values.

    Times are ISO 8601 to the minute in WIB (+07:00).
    """
    by_name = {portal.name: portal for portal in portals}
    return {
        "epoch": _minute(newsroom.clock.epoch),
        "edition": newsroom.clock.edition,
        "sites": {
            portal.name: {
                "title": portal.title,
                "home": f"{portal.home}/",
                "articles": [_article(post, portal, by_name) for post in portal.posts if post.is_article],
                "non_articles": [_non_article(post, portal) for post in portal.posts if not post.is_article],
                "planted": list(portal.planted),
            }
            for portal in by_name.values()
        },
    }


def _article(post: Post, portal: Portal, portals: dict[str, Portal]) -> dict[str, Any]:
    story, original = post.story, portal.source(post)
    return {
        "url": portal.url(post),
        "slug": story.slug,
        "headline": story.headline,
        "description": story.description,
        "body": post.body.text,
        "author": list(story.author),
        "editor": story.editor,
        "dateline": portal.dateline(post),
        "desk_code": portal.desk_code(post),
        "date_published": _minute(post.published),
        "date_modified": _minute(post.modified),
        "section": story.section,
        "keywords": list(story.tags),
        "image": portal.image(post),
        "pages": portal.page_count(post),
        "edition": story.edition,
        "edited": post.edited,
        "copy_of": original and portals[original.story.site].url(original),
        "copy": story.copy_of and story.copy_of.kind,
    }


def _non_article(post: Post, portal: Portal) -> dict[str, Any]:
    outcomes = post.fault.outcomes if post.fault else NON_ARTICLE_OUTCOMES
    return {
        "url": portal.url(post),
        "kind": post.fault.kind if post.fault else post.story.kind,
        "fault": post.fault is not None,
        "headline": post.story.headline,
        "outcome": outcomes[0],
        "outcomes": list(outcomes),
        "announced_in": "sitemap" if post.fault else "sitemap, feed, sections",
    }


def _minute(at: datetime) -> str:
    return at.isoformat(timespec="minutes")
