"""Promedia: the platform of Pikiran Rakyat, Suara Merdeka and a hundred regional newspapers."""

import re

from spiders.site import Site


class Promedia(Site):
    """A newspaper on the Promedia platform.

    The section is the first part of an address, `/teknologi/pr-ID/slug`, at some papers without `pr-`. The text
    stands in `article.read__content`; `?page=all` shows a long article on one page (seen 2026-01). Cloudflare in
    front answers 1015 to whoever asks too fast: the usual pace is slow enough.
    """

    platform = "The Promedia platform"
    detected_by = re.compile(r"promediateknologi\.(?:id|com)")
    one_page = {"page": "all"}
    body_selector = "article.read__content"
