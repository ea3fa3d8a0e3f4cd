"""The small web that is crawled: a few of the demo's articles, which change and become more from edition to edition."""

import json
import random
import re
from collections.abc import Iterable
from pathlib import Path

from demo.content import Kind, Story, load_stories
from demo.web import ARTICLES

SITE, OTHER = "kilasperanti", "majalahsirkuit"
FIRST_ARTICLES = 6
OTHER_ARTICLES = 2
EDITIONS = 6
EDITS = 2
"""Articles of the main site that change with each edition after the first; one more is new in it."""


def write_articles(folder: Path, chance: random.Random) -> dict[str, list[str]]:
    """Write the article files of a small web into `folder`.

    Returns by slug of the main site's articles their texts, one for each time that they change, the first one first.
    """
    stories = load_stories(ARTICLES)
    own = _plain(stories.values(), SITE)
    chosen = chance.sample(own, FIRST_ARTICLES + EDITIONS - 1)
    since = {story.slug: max(1, number - FIRST_ARTICLES + 2) for number, story in enumerate(chosen)}
    for story in chosen:
        _write(folder, story, since[story.slug])
    for edition in range(2, EDITIONS + 1):
        out = [story for story in chosen if since[story.slug] < edition]
        for story in chance.sample(out, EDITS):
            path = folder / SITE / f"{story.slug}.md"
            path.write_text(path.read_text("utf-8") + _edited(story, edition), "utf-8")
    for story in chance.sample(_plain(stories.values(), OTHER), OTHER_ARTICLES):
        _write(folder, story, 1)
    _write_copy(folder, chance.choice(chosen[:FIRST_ARTICLES]))
    written = load_stories(folder)
    return {slug: [body.text for _, body in story.bodies] for (site, slug), story in written.items() if site == SITE}


def _plain(stories: Iterable[Story], site: str) -> list[Story]:
    """The site's articles of the demo's first edition that copy no other."""
    plain = (s for s in stories if s.site == site and s.kind is Kind.ARTICLE and not s.copy_of and s.edition == 1)
    return sorted(plain, key=lambda story: story.slug)


def _write(folder: Path, story: Story, edition: int) -> None:
    source = (ARTICLES / story.site / f"{story.slug}.md").read_text("utf-8")
    text = re.split(r"^---edition \d+---$", source, flags=re.MULTILINE)[0]
    path = folder / story.site / f"{story.slug}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(re.sub(r"^edition: \d+$", f"edition: {edition}", text, flags=re.MULTILINE), "utf-8")


def _write_copy(folder: Path, original: Story) -> None:
    slug = f"{original.slug}-lagi"
    (folder / OTHER / f"{slug}.md").write_text(
        "---\n"
        f"headline: {json.dumps(original.headline + ' Lagi', ensure_ascii=False)}\n"
        f"description: {json.dumps(original.description, ensure_ascii=False)}\n"
        "author: [Bram Setyolaksono]\nsection: Sains\ntags: [berita]\nage: 60\n"
        f"copy_of: {original.site}/{original.slug}\ncopy: exact\n"
        "edition: 1\nkind: article\n---\n",
        "utf-8",
    )


def _edited(story: Story, edition: int) -> str:
    """A later text of an article: its first one, with a paragraph that no other edition has."""
    source = (ARTICLES / story.site / f"{story.slug}.md").read_text("utf-8")
    first = re.split(r"^---edition \d+---$", source.split("---\n", 2)[2], flags=re.MULTILINE)[0]
    added = f"Pada pembaruan ke-{edition} redaksi menambahkan bahwa keterangan ini sudah diperiksa {edition * 7} orang."
    return f"\n---edition {edition}---\n{first.rstrip()}\n\n{added}\n"
