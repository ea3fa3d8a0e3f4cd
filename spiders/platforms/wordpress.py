"""WordPress: a site's name, title and home are all that it takes."""

import re
from collections.abc import Mapping
from typing import Any

from spiders.canonical import host_of
from spiders.site import Site

ARCHIVES = r"(?:tag|topik|topic|category|kategori|author|penulis|page|feed|comments|search|wp-[a-z-]+)"
"""First segments of addresses that list articles, or serve machines."""

PAGES = (
    r"(?:about-us|tentang-kami|contact-us|kontak-kami|hubungi-kami|susunan-redaksi|pedoman-media-siber|kode-etik(?:-jurnalistik)?"
    r"|kebijakan-privasi|privacy-policy|cookie-policy|terms-(?:of-service|of-use|and-conditions)|syarat-dan-ketentuan)"
)
"""Pages of an imprint as they are usually called: they stand among the articles."""

LISTS = r"(?:page|feed|attachment|embed)/"
"""Segments that turn the address before them into one of a list, a feed or a picture."""

SLUG = r"(?!comment-page-\d)(?=[^/]*-)[\w%-]{8,}"
"""An article's last segment: words of its headline with hyphens between them. Most sections have one."""


def article_url(home: str) -> str:
    """Regular expression for the articles of the WordPress site at `home`.

    It knows every usual permalink structure (`/slug/`, `/2026/11/slug/`, `/section/slug/`), and so is a little too
    wide: a page of the imprint that it takes for an article is looked at once, and rejected.
    """
    host = re.escape(host_of(home))
    return rf"^https?://{host}/(?!{ARCHIVES}/)(?!{PAGES}/?$)(?:(?!{LISTS})[\w-]+/){{0,4}}{SLUG}/?$"


class WordPress(Site):
    """A site on WordPress.

    The feed has the ten newest articles, with `?paged=2` the ten before them, and so on. The REST API lists the
    articles of any days, unless the site has closed it. `/sitemap.xml` leads to the sitemap wherever it is: WordPress
    itself (since 5.5) redirects to `/wp-sitemap.xml`, Yoast SEO and Rank Math to `/sitemap_index.xml`, All in One SEO
    has it there. Articles end with a slash. What an author splits with `<!--nextpage-->` goes on at `/slug/2/`, which
    the spider follows by itself.
    """

    platform = "WordPress"
    detected_by = re.compile(r"/wp-content/|/wp-json/|content=[\"']WordPress")
    trailing_slash = True
    feed_pages = "paged={page}"
    sitemap_children = r"/(?:wp-sitemap-posts-post-\d+|post-sitemap\d*|sitemap-posts?[\w-]*)\.xml"
    """Of the sitemaps of WordPress itself, Yoast SEO and Rank Math, and All in One SEO, those of posts: the others list
    categories, tags and authors."""

    def derived(self) -> Mapping[str, Any]:
        return {
            "feeds": (f"{self.home}feed/",),
            "sitemaps": (f"{self.home}sitemap.xml",),
            "posts_apis": (f"{self.home}wp-json/wp/v2/posts",),
            "article_url": article_url(self.home),
        }
