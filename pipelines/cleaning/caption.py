"""The caption of the lead image, as readers see it."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.cleaning.blocks import Block, Place
from pipelines.cleaning.jsonld import as_list, texts
from pipelines.cleaning.residue import Line, clean_lines
from pipelines.cleaning.residue_rules import rules_named
from pipelines.cleaning.text_normalization import plain

SHORTEST, LONGEST = 8, 400
"""Characters of a caption: shorter ones are labels, the longest seen has 330."""

_NONE_OF_IT = Place.RELATED | Place.ADVERT | Place.SHARE | Place.COMMENTS | Place.POST | Place.FOOTER | Place.ASIDE
_LABELS = rules_named("photo-label", "advertisement", "share")


def find_caption(lead: Sequence[Block], node: Mapping[str, Any]) -> tuple[str, str] | None:
    """(caption, source) of the lead image; None where it has none.

    `lead` are the blocks from the headline to the first paragraphs, `node` is the article's in JSON-LD. The first
    caption that stands there is taken, its lines joined up to the next image; without any, what JSON-LD says of the
    image.
    """
    run: list[Block] = []
    for block in lead:
        if block.place & Place.CAPTION and not block.place & _NONE_OF_IT:
            if run and (block.index > run[-1].index + 1 or block.after_image):
                break
            run.append(block)
        elif run:
            break
    caption = _joined([block.text for block in run])
    if caption:
        return caption, "text"
    for image in as_list(node.get("image")):
        for text in texts(image.get("caption")) if isinstance(image, dict) else ():
            if stated := _joined([text]):
                return stated, "json-ld"
    return None


def _joined(lines: Sequence[str]) -> str | None:
    kept = clean_lines([Line(plain(line)) for line in lines], _LABELS).lines
    text = " ".join(line.text for line in kept)
    return text if SHORTEST <= len(text) <= LONGEST else None
