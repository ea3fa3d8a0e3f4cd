"""The detik network (Trans Media): detik.com, CNN Indonesia, CNBC Indonesia."""

import re
from collections.abc import Sequence

from spiders.site import Site


class Detik(Site):
    """A site of the detik network.

    Its pages carry JSON-LD and a text in `.detail__body-text` (detik.com) or `.detail-text` (the others), between
    whose paragraphs stand advertisements, links to related articles and placeholders of videos (seen 2026-07). Long
    articles go on at `/2`, `/3`; how a site shows them on one page differs within the network, so the site states it.
    """

    platform = "The detik network"
    detected_by = re.compile(r"cdn\.detik\.net\.id|detail__body-text")
    body_selector = ".detail__body-text, .detail-text"
    drop_selectors: Sequence[str] = (
        ".noncontent",
        ".parallaxindetail",
        ".paradetail",
        ".detail__body-tag",
        ".linksisip",
        ".newstag",
        ".end-of-article",
    )
