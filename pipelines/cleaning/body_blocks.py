"""Chooses the blocks of the article's body, given those that a reading of the page took, or a site's selector."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from lxml.html import HtmlElement

from pipelines.cleaning.blocks import BLOCK_ROLES, Block, BlockRole, is_hidden
from pipelines.cleaning.prose import MIN_GROUP_CHARS, MIN_PROSE_CHARS, is_prose

MIN_BODY_CHARS = 300
"""Characters of the shortest body, two or three sentences. With less, a selector has missed the text, and the text is
looked for in the page's data."""

MIN_PARAGRAPH_CHARS = 60
"""Characters of a block that counts as a paragraph in the search for the article's container."""

TEXT_TAGS = frozenset(
    {
        "p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "blockquote", "pre", "dl", "dt", "dd", "td", "th",
        "tr", "tbody", "thead", "table",
    }
)  # fmt: skip
"""Elements that are part of a text, as opposed to those that contain it."""

HEADING_TAGS = frozenset({"h2", "h3", "h4", "h5", "h6"})

_DESK_CODE = re.compile(
    r"[(\[]\s*[\w*.-]{2,16}(?P<second>\s?/\s?[\w*.-]{1,16}){0,3}\s*[)\]]"
    r"(?:\s*add\b.{0,30}\bpreferred source on google\W*)?",
    re.IGNORECASE,
)

WRAPPER_TAGS = frozenset({"div", "section", "center", "article", "main", "header"})
"""Elements that may be wrapped around a single paragraph."""

_SENTENCE_ENDS = (".", "!", "?", "”", '"', "…", "。")

_BOX = re.compile(
    r"newsletter|subscri|sign-?up|promo|infobox|widget|side-?bar|disclaimer|notice|alert|banner|toast|callout|cta\b|"
    r"donat|membership|follow|download|coupon|deal|meta\b|post-?meta|postmeta",
    re.IGNORECASE,
)
"""Names of boxes among the paragraphs of an article that are not part of it, beside those that have a role."""

_FOLD = re.compile(
    r"(?<![a-z])(?:(?:read|show|see|view|load|baca|lihat)[-_]?(?:more|all|full|lagi|selengkapnya)|more|rest|remaining|"
    r"collaps\w*|expand\w*|fold\w*|unfold\w*|(?<!overflow-)hidden|toggle\w*|truncat\w*|clamp\w*|accordion\w*|"
    r"selengkapnya|lanjutan|full[-_](?:text|content|article|story|body)|continue\w*)(?![a-z])",
    re.IGNORECASE,
)
_FOLD_STYLE = re.compile(r"max-height\s*:|(?<![a-z-])height\s*:\s*0|overflow\s*:\s*hidden|line-clamp", re.IGNORECASE)
"""What folds part of an article: the names and styles of its element."""

MAX_DESK_CODE_DISTANCE = 6
"""Blocks from the last paragraph to a desk code in a container of its own: a few related links may come between."""

MAX_DOUBLE_DESK_CODE_DISTANCE = 20
"""The same for a code of two names, such as '(fyk/agt)', which cannot be mistaken for anything else."""

MIN_LEAD_AFTER_IMAGE_CHARS = 240
"""Characters of a block after an image that is a lead paragraph; a shorter one may be the image's caption."""

MAX_ANCESTOR_LEVELS = 3
"""Levels above the main container up to which other containers of the article are looked for."""

MAX_FOLDED_LEVELS = 5
"""Levels between the main container and prose inside it that is folded away."""

MAX_BLOCKS_BEFORE_FOLDED = 3
"""Blocks from the article to what is folded behind it: the button that unfolds it, and an advertisement."""

MIN_CONTAINER_TEXT_SHARE = 0.25
"""Share of the main container's text that a container near it must hold to be part of the article."""

MAX_SIBLING_CONTAINERS = 200
"""Similar containers beside each other that can be parts of one article: a long live blog has a hundred."""

MIN_MATCH_KEY_LETTERS = 12
"""Letters of a block that is looked for anywhere in a text. Shorter ones ('1', 'Home') must follow the block before."""

EXCLUDED_ROLES = (
    BlockRole.SHARE
    | BlockRole.COMMENTS
    | BlockRole.FORM
    | BlockRole.FOOTER
    | BlockRole.RELATED
    | BlockRole.ADVERT
    | BlockRole.BYLINE
    | BlockRole.CAPTION
    | BlockRole.CONTENTS
    | BlockRole.TAGS
    | BlockRole.EMBED
    | BlockRole.POST
    | BlockRole.BIOGRAPHY
    | BlockRole.DIALOG
)
"""Roles that speak against a block, unless the whole article has them."""

ALWAYS_EXCLUDED_ROLES = (
    BlockRole.COMMENTS
    | BlockRole.FORM
    | BlockRole.SHARE
    | BlockRole.CONTENTS
    | BlockRole.POST
    | BlockRole.BIOGRAPHY
    | BlockRole.DIALOG
)
"""Roles that exclude a block even if the extractor took it."""

NON_BASELINE_ROLES = frozenset({BlockRole.BIOGRAPHY})
"""Roles that an article never has, even if all the extracted text has them."""


def select_in(tree: HtmlElement, blocks: list[Block], selector: str) -> list[Block] | None:
    """Return the text blocks in the elements that a site's selector matches.

    Returns None if they hold too little text to be the article.
    """
    containers = set(tree.cssselect(selector))
    if not containers:
        return None
    contained = [
        block
        for block in blocks
        if block.element in containers or any(a in containers for a in block.element.iterancestors())
    ]
    baseline_flags = 0
    for role in BLOCK_ROLES:
        if contained and role not in NON_BASELINE_ROLES and all(role & block.roles for block in contained):
            baseline_flags |= role
    chosen = [
        b
        for b in contained
        if _belongs(b, b.roles & ~baseline_flags & EXCLUDED_ROLES, matched=True, in_container=True, between=True)
    ]
    if sum(len(block.text) for block in chosen if block.linked < 0.5) < MIN_BODY_CHARS:
        return None
    last = chosen[-1].index
    behind = blocks[last + 1 : last + 1 + MAX_DOUBLE_DESK_CODE_DISTANCE]
    return chosen + [block for block in behind if _is_desk_code(block, block.index - last)][:1]


def select(blocks: list[Block], matched: set[int], *, sure: set[int] | None = None, unfold: bool = True) -> list[Block]:
    """Return the blocks of the article's body, given the indexes of those that a reading of the page took.

    Those that it is `sure` of tell the place, by default all. The list is empty if none can be part of an article.

    A container is an element that holds paragraphs side by side. The container with most of the text taken is the
    article's main one. Others belong to the article if they are built like it, stand inside it, lead up to it, or hold
    much of the text themselves. What the reading took from elsewhere (teasers, glossaries, dialogs) is left out, and
    what it missed in the article's containers is added, with `unfold` also what is folded until a reader asks for it.
    """
    sizes = {i: len(blocks[i].match_key) for i in (matched if sure is None else sure) if blocks[i].linked < 0.5}
    weight = {i: size for i, size in sizes.items() if size >= MIN_PARAGRAPH_CHARS} or sizes
    if not weight:
        return [blocks[i] for i in sorted(matched)]  # a list of links, which the checks will reject
    baseline_flags = baseline_roles(blocks, weight)
    shown = sum(size for i, size in weight.items() if not blocks[i].roles & BlockRole.HIDDEN)
    if not unfold or shown >= MIN_GROUP_CHARS:
        baseline_flags &= ~BlockRole.HIDDEN
    containers = _containers(blocks, weight, baseline_flags)
    text_by_container: dict[HtmlElement, int] = {}
    for i, size in weight.items():
        if not blocks[i].roles & ~baseline_flags & (EXCLUDED_ROLES | BlockRole.HIDDEN):
            text_by_container[containers[i]] = text_by_container.get(containers[i], 0) + size
    if not text_by_container:
        return []
    main = max(text_by_container, key=lambda container: text_by_container[container])
    article_containers = _article_containers(main, text_by_container)
    if unfold:
        article_containers |= _folded_containers(blocks, containers, matched, main, baseline_flags)
    contained = [i for i, container in enumerate(containers) if container in article_containers]
    weighty = [i for i in weight if containers[i] in article_containers]
    first, last = min(weighty), max(weighty)
    while first and containers[first - 1] is containers[first] and _may_head(blocks[first - 1], baseline_flags):
        first -= 1
    chosen = []
    for i in range(min(contained[0], first), len(blocks)):
        block = blocks[i]
        in_container = containers[i] in article_containers or (
            i in matched
            and i < last
            and any(a in article_containers for a in islice(containers[i].iterancestors(), MAX_ANCESTOR_LEVELS))
        )
        if not in_container and i > last:
            if not block.roles & ~baseline_flags & EXCLUDED_ROLES and _is_desk_code(block, i - last):
                chosen.append(block)
            continue
        edge = i not in matched and _is_dateline_or_desk_code(block, i == first - 1, i > last)
        if edge or _belongs(
            block,
            block.roles & ~baseline_flags & EXCLUDED_ROLES,
            matched=i in matched,
            in_container=in_container,
            between=first <= i <= last,
        ):
            chosen.append(block)
    if not chosen:
        return []
    start = chosen[0].index
    above = {i for i in weight if i < start and _is_lead(blocks[i], baseline_flags)}
    outer = set(islice(main.iterancestors(), MAX_ANCESTOR_LEVELS))
    i = start - 1
    while i >= 0 and containers[i] in outer and _is_lead(blocks[i], baseline_flags):
        above.add(i)
        i -= 1
    return [blocks[i] for i in sorted(above)] + chosen


def _containers(blocks: list[Block], weight: Iterable[int], baseline_flags: int) -> list[HtmlElement]:
    """Return the container of each block.

    A wrapper of a single paragraph, whatever its tag, is not a container of its own where paragraphs of the article
    stand beside it.
    """
    containers = [container_of(block) for block in blocks]
    article_containers = {containers[i] for i in weight}
    counts: dict[HtmlElement, int] = {}
    for element in containers:
        counts[element] = counts.get(element, 0) + 1
    for i, block in enumerate(blocks):
        element = containers[i]
        if counts[element] > 1 or element.tag not in WRAPPER_TAGS or not _may_be_paragraph(block, baseline_flags):
            continue
        for _ in range(MAX_ANCESTOR_LEVELS):
            parent = element.getparent()
            if parent is None or any(counts.get(e, 0) for e in element.iterdescendants()):
                break
            if parent in article_containers:
                containers[i] = parent
                break
            element = parent
    return containers


def _may_be_paragraph(block: Block, baseline_flags: int) -> bool:
    """Whether a block alone in its wrapper may be a paragraph: by its sentences, and by what its wrapper is called."""
    if block.roles & ~baseline_flags & (EXCLUDED_ROLES | BlockRole.ASIDE) or _is_box(block.element):
        return False
    has_name = block.element.get("class") or block.element.get("id")
    return is_prose(block) or (not has_name and block.linked < 0.3 and block.text.endswith(_SENTENCE_ENDS))


def _is_box(element: HtmlElement) -> bool:
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return _BOX.search(names) is not None


def with_continuation(chosen: list[Block], blocks: list[Block]) -> list[Block]:
    """Add the paragraphs that directly follow a text whose container was closed too early.

    They stand outside of it, in what the container stands in.
    """
    last = max(chosen, key=lambda block: block.index)
    around = set(islice(container_of(last).iterancestors(), MAX_ANCESTOR_LEVELS + 1))
    following: list[Block] = []
    for block in blocks[last.index + 1 :]:
        is_heading = block.tag in HEADING_TAGS and block.linked < 0.3
        if (
            block.tag not in TEXT_TAGS
            or block.roles & ~last.roles & (EXCLUDED_ROLES | BlockRole.ASIDE | BlockRole.HIDDEN)
            or container_of(block) not in around
            or not (is_heading or is_prose(block))
        ):
            break
        following.append(block)
    while following and following[-1].tag in HEADING_TAGS:
        following.pop()
    return chosen + following


def container_of(block: Block) -> HtmlElement:
    """Return the element that holds a block beside others: the one around its paragraph, list or quotation."""
    element = block.element
    while element.tag in TEXT_TAGS:
        parent = element.getparent()
        if parent is None:
            return element
        element = parent
    return element


def _signature(element: HtmlElement) -> tuple[str, str]:
    return element.tag, element.get("class") or ""


def _article_containers(main: HtmlElement, text_by_container: dict[HtmlElement, int]) -> set[HtmlElement]:
    """Return the containers of the article, given its main one and the characters of text in each candidate."""
    article_containers = {main}
    signature = _signature(main)
    above = list(main.iterancestors())[:MAX_ANCESTOR_LEVELS]
    for container, size in text_by_container.items():
        if container is main:
            continue
        is_sibling = _signature(container) == signature and (signature[1] or container.getparent() is main.getparent())
        is_inside = any(ancestor is main for ancestor in container.iterancestors())
        is_near = any(container is a or container.getparent() in above for a in above)
        if is_sibling or is_inside or (is_near and size >= MIN_CONTAINER_TEXT_SHARE * text_by_container[main]):
            article_containers.add(container)
    for element in (main, *above):
        parent = element.getparent()
        name = _signature(element)
        if parent is None or not name[1] or element.tag in ("body", "html"):
            continue
        siblings = [sibling for sibling in parent if isinstance(sibling.tag, str) and _signature(sibling) == name]
        if 1 < len(siblings) <= MAX_SIBLING_CONTAINERS:
            for sibling in siblings:
                if sibling is not element:
                    article_containers.update(_containers_in(sibling, signature))
    return article_containers


def _folded_containers(
    blocks: list[Block], containers: list[HtmlElement], matched: set[int], main: HtmlElement, baseline_flags: int
) -> set[HtmlElement]:
    """Return the containers of prose, inside the main one or right behind it, that are folded until readers ask for
    them: extractors pass over the second half of such articles.
    """
    hidden = BlockRole.HIDDEN & ~baseline_flags
    known = {blocks[i].match_key for i in matched if not blocks[i].roles & hidden}
    parent = main.getparent()
    last = max((i for i, container in enumerate(containers) if container is main), default=-1)
    folded: set[HtmlElement] = set()
    for i, block in enumerate(blocks):
        container = containers[i]
        if (i in matched and not block.roles & hidden) or container is main or not is_prose(block):
            continue
        if block.match_key in known:
            continue
        if block.roles & ~baseline_flags & (EXCLUDED_ROLES | BlockRole.ASIDE):
            continue
        path = [container, *islice(container.iterancestors(), MAX_FOLDED_LEVELS)]
        holder = next((n for n, element in enumerate(path) if element is main), None)
        if holder is None and i - last <= MAX_BLOCKS_BEFORE_FOLDED:
            holder = next((n for n, element in enumerate(path) if element is parent), None)
        inside = path[:holder] if holder else []
        if any(_is_folded(element) for element in inside) and not any(_is_box(element) for element in inside):
            folded.add(container)
            last = i
    return folded


def _is_folded(element: HtmlElement) -> bool:
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return (
        element.tag == "details"
        or is_hidden(element)
        or _FOLD.search(names) is not None
        or _FOLD_STYLE.search(element.get("style") or "") is not None
    )


def _containers_in(sibling: HtmlElement, signature: tuple[str, str]) -> Iterable[HtmlElement]:
    """Yield the elements of a sibling container that can hold text of the article: itself, and those inside it."""
    if _link_share(sibling) > 0.4:
        return
    yield sibling
    for element in sibling.iterdescendants("div", "section", "article"):
        if _signature(element) == signature or element.getparent() is sibling:
            yield element


def _link_share(element: HtmlElement) -> float:
    total = len("".join(element.itertext()).strip())
    return sum(len("".join(link.itertext()).strip()) for link in element.iter("a")) / total if total else 0.0


def _may_head(block: Block, baseline_flags: int) -> bool:
    """Whether a text may begin with this block, right above its first paragraph: with a heading, as the further pages
    of an article do.
    """
    return block.tag in HEADING_TAGS and block.linked < 0.3 and not block.roles & ~baseline_flags & EXCLUDED_ROLES


def _is_lead(block: Block, baseline_flags: int) -> bool:
    """Whether a paragraph above the article's containers can be its lead."""
    if (
        block.tag in HEADING_TAGS
        or block.tag == "h1"
        or (block.after_image and len(block.text) < MIN_LEAD_AFTER_IMAGE_CHARS)
    ):
        return False
    return (
        not block.roles & ~baseline_flags & EXCLUDED_ROLES
        and block.linked < 0.3
        and len(block.text) >= MIN_PARAGRAPH_CHARS
    )


def _is_desk_code(block: Block, distance: int) -> bool:
    match = _DESK_CODE.fullmatch(block.text) if distance <= MAX_DOUBLE_DESK_CODE_DISTANCE else None
    return match is not None and (distance <= MAX_DESK_CODE_DISTANCE or match["second"] is not None)


def _is_dateline_or_desk_code(block: Block, above: bool, below: bool) -> bool:
    """Whether a short block at an end of the text is its dateline or desk code, which extractors may drop."""
    if above:
        return len(block.text) <= 60 and block.text.endswith(("-", "–", "—", ":"))
    return below and len(block.text) <= 40 and block.text.startswith(("(", "[")) and block.text.endswith((")", "]"))


def _belongs(block: Block, excluded_roles: int, *, matched: bool, in_container: bool, between: bool) -> bool:
    """Whether a block is text of the article, by its roles, its links, and whether the extractor took it.

    A block that is mostly links may be a paragraph whose links show more than their words: a list of other articles.
    """
    if excluded_roles & ALWAYS_EXCLUDED_ROLES:
        return False
    if excluded_roles:
        return matched and len(block.text) >= 200 and block.linked < 0.3
    if block.linked > 0.8 and block.tag not in ("li", "h2", "h3", "h4"):
        return False
    if matched:
        return in_container or (between and (block.tag in HEADING_TAGS or block.linked < 0.3))
    if not in_container or (block.linked > 0.5 and (1 - block.linked) * len(block.text) < MIN_PROSE_CHARS):
        return False
    return between or len(block.text) >= 25


def matched_blocks(blocks: Sequence[Block], text: str) -> set[int]:
    """Return the indexes of the blocks that an extracted text holds in the order of the page. `text` is its letters."""
    matched: set[int] = set()
    position = 0
    for i, block in enumerate(blocks):
        key = block.match_key
        if not key:
            continue
        if len(key) < MIN_MATCH_KEY_LETTERS:
            if text.startswith(key, position):
                matched.add(i)
                position += len(key)
            continue
        at = text.find(key, position)
        if at < 0 and len(key) >= MIN_PARAGRAPH_CHARS:
            at = text.find(key)
        if at < 0:
            continue
        matched.add(i)
        if at - position <= 2_000 or len(key) >= MIN_PARAGRAPH_CHARS:
            position = max(position, at + len(key))
    return matched


def baseline_roles(blocks: Sequence[Block], weight: Mapping[int, int]) -> int:
    """Return the roles that more than half of a text has: they describe the whole article and exclude none of it.

    `weight` is the size of each of its blocks, by their indexes.
    """
    total = sum(weight.values())
    counted: dict[int, int] = {}
    for i, size in weight.items():
        counted[blocks[i].roles] = counted.get(blocks[i].roles, 0) + size
    baseline_flags = 0
    for role in BLOCK_ROLES:
        if (
            role not in NON_BASELINE_ROLES
            and sum(size for roles, size in counted.items() if roles & role) > 0.5 * total
        ):
            baseline_flags |= role
    return baseline_flags
