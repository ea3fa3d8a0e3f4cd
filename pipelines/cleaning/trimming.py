"""The ends of an article's blocks: what stands there and is none of its text, by what it is and what surrounds it."""

import re
from collections.abc import Iterable

from pipelines.cleaning.blocks import Block
from pipelines.cleaning.body_blocks import HEADINGS, STRONG
from pipelines.cleaning.text_normalization import squeeze

_POINTER = re.compile(
    r"(?:baca|simak|lihat|cek)\s+juga\b.{0,40}|(?:artikel|berita)\s+(?:terkait|lain\w*)\W*", re.IGNORECASE
)

AFTERWORD = 0.1
"""Share of a text that may follow a labelled list of other articles and still be the site's own promotion."""

LABELLED_LINKS = 6
"""Links behind a label from which they are the list of other articles that it announces."""


def without_headline(chosen: list[Block], blocks: list[Block], headlines: Iterable[str]) -> list[Block]:
    """The blocks after the headline: what stands above it is none of the article's text, nor is the headline again."""
    keys = {key for headline in headlines if len(key := squeeze(headline)) >= 8}
    heavy = next((block.index for block in chosen if len(block.text) >= 2 * STRONG), chosen[-1].index)
    at = max((block.index for block in blocks[:heavy] if block.key in keys and block.linked < 0.5), default=-1)
    return [b for b in chosen if b.index > at and b.tag != "h1" and (b.key not in keys or len(b.text) >= 200)]


def without_teasers(chosen: list[Block]) -> list[Block]:
    """The blocks without the list of other articles at their end: linked headings, each with a line of its own."""
    end = len(chosen)
    while (
        end >= 2
        and chosen[end - 2].tag in HEADINGS
        and chosen[end - 2].linked > 0.8
        and chosen[end - 1].tag not in HEADINGS
    ):
        end -= 2
    while end >= 1 and chosen[end - 1].tag in HEADINGS and chosen[end - 1].linked > 0.8:
        end -= 1
    return chosen[:end] if len(chosen) - end >= 2 else chosen


def without_afterword(chosen: list[Block], blocks: list[Block]) -> list[Block]:
    """The blocks without what follows a labelled list of other articles at the end: the site speaking for itself."""
    total = sum(len(block.text) for block in chosen)
    rest = 0
    for number in range(len(chosen) - 1, -1, -1):
        label = chosen[number]
        following = blocks[label.index + 1 : label.index + 1 + LABELLED_LINKS]
        if (
            rest
            and _POINTER.fullmatch(label.text)
            and len(following) == LABELLED_LINKS
            and all(b.linked > 0.9 for b in following)
        ):
            return chosen[:number]
        rest += len(label.text)
        if rest > AFTERWORD * total:
            return chosen
    return chosen


def without_standfirst(chosen: list[Block], description: str) -> list[Block]:
    """The blocks without a standfirst set as a heading, which repeats the page's description."""
    if len(chosen) > 1 and chosen[0].tag in HEADINGS:
        key, summary = chosen[0].key, squeeze(description)
        if len(key) >= 30 and (key in summary or (len(summary) >= 30 and summary in key)):
            return chosen[1:]
    return chosen
