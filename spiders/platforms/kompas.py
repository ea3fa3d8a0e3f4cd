"""Kompas Gramedia: the magazines of the Grid network, and the portals of Kompas.com."""

import re

from spiders.site import Site


class Grid(Site):
    """A magazine of the Grid network.

    Articles stand at `/read/ID/slug`, the text in `.read__article`; `?page=all` shows a long one on one page (seen
    2026-01).
    """

    platform = "The Grid network"
    detected_by = re.compile(r"class=[\"'][^\"']*\bread__article(?s:.)*\bgrid\.id|\bgrid\.id(?s:.)*\bread__article")
    one_page = {"page": "all"}
    body_selector = ".read__article"


class Kompas(Site):
    """A portal of Kompas.com.

    Articles stand at `/read/YYYY/MM/DD/TIME/slug`, the text in `.read__content`; `?page=all` shows a long one on one
    page (seen 2026-01). `/read/cm/…` and `/read/xml/…` are other addresses of theirs (seen 2026-08). There are no feeds
    (seen 2026-10): the index of the day, and sitemaps, announce the articles.
    """

    platform = "A portal of Kompas.com"
    detected_by = re.compile(r"\b(?:asset|cdn)\.kompas\.com")  # Grid's magazines load from there too, and come first
    form_segments = ("cm", "xml")
    one_page = {"page": "all"}
    body_selector = ".read__content"
