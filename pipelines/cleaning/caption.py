"""The caption of the lead image, as readers see it."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.cleaning.blocks import Block, BlockRole
from pipelines.cleaning.jsonld import as_list, texts
from pipelines.cleaning.residue import TextLine, clean_lines
from pipelines.cleaning.residue_rules import rules_named
from pipelines.cleaning.text_normalization import collapse_whitespace

MIN_CAPTION_CHARS = 8
"""Characters of the shortest caption: shorter texts are labels such as 'Foto:'."""

MAX_CAPTION_CHARS = 400
"""Characters of the longest caption: the longest seen has 330."""

_NON_CAPTION_ROLES = (
    BlockRole.RELATED
    | BlockRole.ADVERT
    | BlockRole.SHARE
    | BlockRole.COMMENTS
    | BlockRole.POST
    | BlockRole.FOOTER
    | BlockRole.ASIDE
)
_LABEL_RULES = rules_named("photo-label", "advertisement", "share")


def find_caption(lead: Sequence[Block], node: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the caption of the lead image and its source, or None if there is no caption.

    `lead` holds the blocks from the headline to the first paragraphs, `node` is the article's JSON-LD node. The first
    caption among the blocks wins, with its lines joined up to the next image. Without one, the caption that JSON-LD
    gives for the image is returned.
    """
    run: list[Block] = []
    for block in lead:
        if block.roles & BlockRole.CAPTION and not block.roles & _NON_CAPTION_ROLES:
            if run and (block.index > run[-1].index + 1 or block.after_image):
                break
            run.append(block)
        elif run:
            break
    caption = _join_lines([block.text for block in run])
    if caption:
        return caption, "text"
    for image in as_list(node.get("image")):
        for text in texts(image.get("caption")) if isinstance(image, dict) else ():
            if caption := _join_lines([text]):
                return caption, "json-ld"
    return None


def _join_lines(lines: Sequence[str]) -> str | None:
    kept = clean_lines([TextLine(collapse_whitespace(line)) for line in lines], _LABEL_RULES).lines
    text = " ".join(line.text for line in kept)
    return text if MIN_CAPTION_CHARS <= len(text) <= MAX_CAPTION_CHARS else None
