"""The KLY network (KapanLagi Youniverse): Liputan6, Merdeka and their sisters."""

import re

from spiders.site import Site


class Kly(Site):
    """A site of the KLY network.

    All pages of a long article are in one document, laid out as sections or hidden until a script shows them, in
    `.article-content-body` (Liputan6) or `.articles-content__body` (Merdeka; before 2024 `.mdk-body-paragraph`).
    There are no feeds that work (seen 2026-10); each section has a sitemap.
    """

    platform = "The KLY network"
    detected_by = re.compile(r"kly\.akamaized\.net|articles?-content-?_{0,2}body")
    body_selector = ".article-content-body, .articles-content__body, .mdk-body-paragraph"
