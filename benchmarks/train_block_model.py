"""Trains the model of which blocks of a page are its article's.

python -m benchmarks.train_block_model FOLDER... --news NAME,NAME [--output FILE] [--cross-validate]

The folders are sets of pages with reference texts (`cleaning/pages.py`), and `--news` names those that are of news;
docs/block-model.md says which ones the model in the project comes from. The same pages give the same file, to the byte.
Cross-validation trains on the pages of three quarters of all registered domains at a time, cleans those of the others
with that model, and prints the marks of all.
"""

import argparse
import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import lightgbm
import numpy as np
import numpy.typing as npt
from tldextract import TLDExtract

from benchmarks.block_truth import shares
from benchmarks.cleaning.pages import SavedPage, add_folders, sets_of
from benchmarks.cleaning.scoring import Answer, Score, f1_of_means, mean, score
from pipelines.article import Article, Hints, Page
from pipelines.cleaning.block_features import FEATURES
from pipelines.cleaning.block_model import MODEL_FILE, BlockModel, Tree, write_model
from pipelines.cleaning.cleaner import ANY_SITE, clean, open_page
from pipelines.cleaning.document import NotHtmlError
from pipelines.cleaning.extract import prepare

VERSION = "2026.12"
"""Version of the model: it changes with every change of the file."""

SEED = 7
TREES = 160
PARAMETERS = {
    "objective": "cross_entropy",
    "learning_rate": 0.1,
    "num_leaves": 24,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5,
    "max_bin": 63,
    "deterministic": True,
    "force_col_wise": True,
    "num_threads": 1,
    "seed": SEED,
    "verbose": -1,
}
FOLDS = 4

UNLIKE_ARTICLES = frozenset({"forum", "listing", "collection"})
"""Kinds of page that are left out: what is their text, posts and entries, is none in an article."""

NEWS_WEIGHT = 3
"""How much a page of news counts beside another one: news is what is archived, and the fewer part of the pages."""

MIN_PAGE_LETTERS = 300
"""Letters of text that a page counts with at least: a shorter one would make each of its blocks weigh too much."""

BLOCK_LETTERS = 15
"""Letters that each block counts beside its own: a missed heading costs the words at its edges as well."""

_domain = TLDExtract(suffix_list_urls=())


@dataclass(frozen=True)
class TrainingPage:
    """A page's rows, the share of each that is the article's, and how much each counts."""

    set_name: str
    page: SavedPage
    domain: str
    rows: npt.NDArray[np.float32]
    truth: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]


def training_page(set_name: str, page: SavedPage, weight: float) -> TrainingPage | None:
    """Read a page; None if it cannot be parsed, is too large for the model, or has no reference text."""
    if not page.truth.get("body") or page.truth.get("kind") in UNLIKE_ARTICLES:
        return None
    try:
        opened = open_page(Page(page.url, page.html), ANY_SITE, Hints())
    except NotHtmlError:
        return None
    truth = shares(opened.blocks, page.truth)
    described = prepare(opened.document, opened.blocks, opened.headline).described
    if described is None:
        return None
    letters = np.array([len(block.match_key) + BLOCK_LETTERS for block in opened.blocks], float)
    total = max(sum(letters[number] for number, share in enumerate(truth) if (share or 0) > 0.5), MIN_PAGE_LETTERS)
    weights = weight * np.minimum(letters / total, 1) * [share is not None for share in truth]
    known = np.array([share or 0.0 for share in truth])
    return TrainingPage(
        set_name, page, domain_of(page), described.rows, known[described.asked], weights[described.asked]
    )


def domain_of(page: SavedPage) -> str:
    """The registered domain of a page: all its pages are on one side of a split."""
    host = page.truth.get("host") or page.truth.get("site") or urlsplit(page.url).hostname or page.name
    return _domain(host).top_domain_under_public_suffix or host


def train(pages: Sequence[TrainingPage]) -> list[Tree]:
    """Grow the trees."""
    rows = np.concatenate([page.rows for page in pages])
    truth = np.concatenate([page.truth for page in pages])
    weights = np.concatenate([page.weights for page in pages])
    data = lightgbm.Dataset(rows, truth, weight=weights / weights.mean())
    grown = lightgbm.train(PARAMETERS, data, TREES).dump_model()["tree_info"]
    return [tree for each in grown if (tree := tree_of(each["tree_structure"])).columns]


def tree_of(root: dict[str, Any]) -> Tree:
    """The tree that LightGBM describes, its thresholds cut to what 32 bits tell apart."""
    asked: list[int] = []
    thresholds: list[float] = []
    left: list[int] = []
    right: list[int] = []
    leaves: list[float] = []

    def add(node: dict[str, Any]) -> int:
        if "leaf_value" in node:
            leaves.append(round(node["leaf_value"], 5))
            return -len(leaves)
        number = len(asked)
        asked.append(node["split_feature"])
        threshold = np.float32(node["threshold"])
        if threshold > node["threshold"]:
            threshold = np.nextafter(threshold, np.float32(-np.inf))
        thresholds.append(float(str(threshold)))
        left.append(0)
        right.append(0)
        left[number] = add(node["left_child"])
        right[number] = add(node["right_child"])
        return number

    add(root)
    return Tree(asked, thresholds, left, right, leaves)


def cross_validate(pages: Sequence[TrainingPage]) -> None:
    """Print how pages of domains that no tree has seen are cleaned."""
    marks: dict[str, list[Score]] = {}
    for fold in range(FOLDS):
        trees = train([page for page in pages if fold_of(page) != fold])
        model = BlockModel("cross-validation", FEATURES, trees)
        for page in pages:
            if fold_of(page) == fold and page.page.is_article:
                record = clean(page.page.html, page.page.url, model=model)
                body = record.body if isinstance(record, Article) else ""
                marks.setdefault(page.set_name, []).append(score(Answer(body), page.page.truth))
    for name, scores in marks.items():
        lost = sum(bool(each.lost) for each in scores)
        print(f"{name:16} {len(scores):4} pages, page F1 {mean(each.f1 for each in scores):.4f}", end=", ")
        print(f"F1 {f1_of_means(scores):.4f}, lost {lost}")


def fold_of(page: TrainingPage) -> int:
    return int(hashlib.sha256(page.domain.encode()).hexdigest(), 16) % FOLDS


def manifest(pages: Sequence[TrainingPage]) -> str:
    """The SHA-256 of what the model is trained on: of each page its name, its bytes and its reference."""
    total = hashlib.sha256()
    for page in pages:
        truth = json.dumps(page.page.truth, sort_keys=True, ensure_ascii=False).encode()
        digests = [hashlib.sha256(part).hexdigest() for part in (page.page.html, truth)]
        total.update(f"{page.set_name} {page.page.name} {' '.join(digests)}\n".encode())
    return total.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    add_folders(parser)
    parser.add_argument("--news", default="", help="names of the sets that are of news, with commas between them")
    parser.add_argument("--output", type=Path, default=MODEL_FILE)
    parser.add_argument("--cross-validate", action="store_true", help="print marks by host; writes no model")
    options = parser.parse_args()
    news = set(options.news.split(","))
    logging.disable(logging.CRITICAL)  # extractors log what they discard
    sets = sorted(sets_of(parser, options), key=lambda found: found.name)
    read = [
        training_page(found.name, page, NEWS_WEIGHT if found.name in news else 1)
        for found in sets
        for page in sorted(found.pages, key=lambda page: page.name)
    ]
    pages = [page for page in read if page is not None]
    blocks = sum(len(page.rows) for page in pages)
    domains = len({page.domain for page in pages})
    print(f"{len(pages)} pages of {domains} domains, {blocks} blocks, manifest {manifest(pages)}")
    if options.cross_validate:
        cross_validate(pages)
        return
    write_model(options.output, VERSION, FEATURES, train(pages))
    print(f"{options.output}: SHA-256 {hashlib.sha256(options.output.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
