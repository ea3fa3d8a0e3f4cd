"""Trims from the ends of an article's blocks what is not part of its text."""

import re
from collections.abc import Iterable

from pipelines.cleaning.blocks import Block
from pipelines.cleaning.body_blocks import HEADING_TAGS, MIN_PARAGRAPH_CHARS, container_of
from pipelines.cleaning.text_normalization import letters_only

_RELATED_LABEL = re.compile(
    r"(?:baca|simak|lihat|cek)\s+juga\b.{0,40}|(?:artikel|berita)\s+(?:terkait|lain\w*)\W*", re.IGNORECASE
)

MAX_AFTERWORD_SHARE = 0.1
"""Share of a text up to which what follows a labelled list of other articles is the site's promotion of itself."""

MAX_TEASER_CHARS = 220
"""Characters of the line under the linked heading of another article: teasers have up to 160."""

MAX_TEASERS_SHARE = 1 / 3
"""Share of a text that can be teasers at its end: with more, its sections are about the things that they link to. So
are those of a text with linked headings above its end as well."""

MIN_SECTIONS = 2
"""Headings of the first level below the headline that make them headings of sections; a single one is the headline in
other words, or the site's name."""

MIN_LABELLED_LINKS = 6
"""Links that must follow a label for them to be the list of other articles that it announces."""


def without_headline(chosen: list[Block], blocks: list[Block], headlines: Iterable[str]) -> list[Block]:
    """Return the blocks below the headline, without repetitions of it: what stands above it is not part of the text."""
    keys = {key for headline in headlines if len(key := letters_only(headline)) >= 8}
    first_paragraph = next(
        (block.index for block in chosen if len(block.text) >= 2 * MIN_PARAGRAPH_CHARS), chosen[-1].index
    )
    headline_index = max(
        (
            block.index
            for block in blocks
            if block.match_key in keys
            and block.linked < 0.5
            and (block.index < first_paragraph or (block.tag == "h1" and _parts_places(chosen, block)))
        ),
        default=-1,
    )
    below = [b for b in chosen if b.index > headline_index and (b.match_key not in keys or len(b.text) >= 200)]
    has_sections = sum(b.tag == "h1" for b in below) >= MIN_SECTIONS
    return [b for b in below if b.tag != "h1" or (has_sections and b.linked < 0.5)]


def _parts_places(chosen: list[Block], headline: Block) -> bool:
    """Whether most of a text stands below a headline, and what is above it elsewhere: a notice at the page's top."""
    above = [block for block in chosen if block.index < headline.index]
    below = [block for block in chosen if block.index > headline.index]
    return sum(len(block.text) for block in below) > sum(len(block.text) for block in above) and not (
        {container_of(block) for block in above} & {container_of(block) for block in below}
    )


def without_teasers(chosen: list[Block]) -> list[Block]:
    """Remove the list of other articles at the end: linked headings, each with one line of text."""
    end = len(chosen)
    while (
        end >= 2
        and _is_linked_heading(chosen[end - 2])
        and chosen[end - 1].tag not in HEADING_TAGS
        and len(chosen[end - 1].text) <= MAX_TEASER_CHARS
    ):
        end -= 2
    while end >= 1 and _is_linked_heading(chosen[end - 1]):
        end -= 1
    cut = sum(len(block.text) for block in chosen[end:])
    is_list = len(chosen) - end >= 2 and cut <= MAX_TEASERS_SHARE * sum(len(block.text) for block in chosen)
    is_own = any(block.tag in HEADING_TAGS and block.linked >= 0.5 for block in chosen[:end])
    return chosen[:end] if is_list and not is_own else chosen


def _is_linked_heading(block: Block) -> bool:
    """Whether a block is a heading that leads to another page; those that open or mark a section here do not."""
    return (
        block.tag in HEADING_TAGS
        and block.linked > 0.8
        and not any(link.get("href", "").startswith(("#", "javascript:")) for link in block.element.iter("a"))
    )


def without_afterword(chosen: list[Block], blocks: list[Block]) -> list[Block]:
    """Remove the site's promotion of itself, which follows a labelled list of other articles at the end."""
    total = sum(len(block.text) for block in chosen)
    rest = 0
    for number in range(len(chosen) - 1, -1, -1):
        label = chosen[number]
        following = blocks[label.index + 1 : label.index + 1 + MIN_LABELLED_LINKS]
        if (
            rest
            and _RELATED_LABEL.fullmatch(label.text)
            and len(following) == MIN_LABELLED_LINKS
            and all(b.linked > 0.9 for b in following)
        ):
            return chosen[:number]
        rest += len(label.text)
        if rest > MAX_AFTERWORD_SHARE * total:
            return chosen
    return chosen


def without_standfirst(chosen: list[Block], description: str) -> list[Block]:
    """Remove a standfirst that is set as a heading and repeats the page's description."""
    if len(chosen) > 1 and chosen[0].tag in HEADING_TAGS:
        key, summary = chosen[0].match_key, letters_only(description)
        if len(key) >= 30 and (key in summary or (len(summary) >= 30 and summary in key)):
            return chosen[1:]
    return chosen
