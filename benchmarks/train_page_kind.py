"""Learns what the signs of a page say of its kind: makes `pipelines/cleaning/page_kind.json`.

python -m benchmarks.train_page_kind [--write] FOLDER ...

Each folder is a set of pages as `benchmarks/cleaning/pages.py` has it; those whose `kind` is not an article's are the
others. Prints what becomes of pages of hosts that the weights were not learned on, and with `--write` learns them on
all pages and writes them. The same pages give the same file: nothing in it is left to chance, and its figures are
rounded.
"""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from benchmarks.cleaning.pages import PageSet, SavedPage, add_folders, sets_of
from pipelines.article import Hints, Page, Rejection
from pipelines.cleaning.cleaner import ANY_SITE, clean, find_body, find_particulars, read_page, signs_of
from pipelines.cleaning.document import NotHtmlError
from pipelines.cleaning.language import detect
from pipelines.cleaning.page_kind import MIN_DOUBTFUL_PROBABILITY, MODEL_FILE
from pipelines.cleaning.page_state import PageState

Numbers = NDArray[np.float64]

PENALTY = 100.0
"""Weight of the squares of the weights (L2). Between 30 and 100 the figures on other hosts do not change."""

FOLDS = 8
STEPS = 30
"""Newton steps: the weights do not move any more after ten."""

DOUBTFUL_SHARES = (0.01, 0.02, 0.03, 0.04, 0.05)
"""Shares of the articles that may be doubted, at which the share of other pages found is told."""


@dataclass(frozen=True)
class Signed:
    """A page with its signs, and whether a rule refuses it. `side` is by its domain: all pages of one have the same."""

    page: SavedPage
    signs: dict[str, float]
    is_refused: bool
    side: int


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {MODEL_FILE.name}")
    add_folders(parser)
    options = parser.parse_args()
    pages = _signed(sets_of(parser, options))
    names = sorted(pages[0].signs)
    signs = np.array([[page.signs[name] for name in names] for page in pages])
    is_other = np.array([not page.page.is_article for page in pages], dtype=float)
    _tell(pages, signs, is_other)
    if options.write:
        mean, scale, weights, intercept = _learn(signs, is_other)
        model = {
            "intercept": round(intercept, 3),
            "signs": {
                name: [round(float(mean[n]), 4), round(float(weights[n] / scale[n]), 4)] for n, name in enumerate(names)
            },
        }
        MODEL_FILE.write_text(json.dumps(model, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _signed(sets: Sequence[PageSet]) -> list[Signed]:
    found = []
    for page in (page for each in sets for page in each.pages):
        try:
            first = read_page(Page(page.url, page.html), ANY_SITE, Hints())
        except NotHtmlError:
            continue
        body = find_body([first], ANY_SITE)
        state = PageState(first.document, first.headline)
        particulars = find_particulars(first, body, state, detect(body.text), ANY_SITE, Hints())
        is_refused = isinstance(clean(page.html, page.url), Rejection)
        found.append(Signed(page, signs_of(first, body, particulars), is_refused, _side(page.url)))
    return found


def _side(url: str) -> int:
    """Return a number that all pages of a domain have in common; the last two labels of a host are near enough."""
    host = (urlsplit(url).hostname or url).split(".")
    return sha256(".".join(host[-2:]).encode()).digest()[0] % FOLDS


def _learn(signs: Numbers, is_other: Numbers) -> tuple[Numbers, Numbers, Numbers, float]:
    """Return mean, scale and weight of each sign, and the intercept: penalised logistic regression by Newton steps."""
    mean, scale = signs.mean(axis=0), signs.std(axis=0)
    scale = np.where(scale < 1e-9, 1.0, scale)
    standard = np.column_stack([(signs - mean) / scale, np.ones(len(signs))])
    penalty = np.full(standard.shape[1], PENALTY)
    penalty[-1] = 0.0
    weights = np.zeros(standard.shape[1])
    for _ in range(STEPS):
        probability = 1 / (1 + np.exp(-standard @ weights))
        slope = standard.T @ (probability - is_other) + penalty * weights
        curve = (standard * (probability * (1 - probability))[:, None]).T @ standard + np.diag(penalty)
        weights = weights - np.linalg.solve(curve, slope)
    return mean, scale, weights[:-1], float(weights[-1])


def _tell(pages: Sequence[Signed], signs: Numbers, is_other: Numbers) -> None:
    """Print what weights make of the hosts that they were not learned on."""
    probability = np.zeros(len(pages))
    sides = np.array([page.side for page in pages])
    for side in range(FOLDS):
        held = sides == side
        mean, scale, weights, intercept = _learn(signs[~held], is_other[~held])
        probability[held] = 1 / (1 + np.exp(-((signs[held] - mean) / scale) @ weights - intercept))
    refused = np.array([page.is_refused for page in pages])
    articles = np.sort(probability[(is_other == 0) & ~refused])[::-1]
    others = np.where(refused, 1.0, probability)[is_other == 1]
    print(f"{int(np.sum(is_other == 0))} articles and {len(others)} other pages, judged by weights of other hosts")
    print(f"refused by rules: {np.sum(refused & (is_other == 0))} and {np.sum(refused & (is_other == 1))}")
    for share in DOUBTFUL_SHARES:
        limit = articles[int(share * len(articles))]
        print(f"{share:.0%} of the articles doubted from {limit:.3f} on: {np.mean(others > limit):.1%} of the others")
    is_doubtful = ~refused & (probability >= MIN_DOUBTFUL_PROBABILITY)
    for name in sorted({page.page.path.parts[-3] for page in pages}):
        own = np.array([page.page.path.parts[-3] == name for page in pages])
        print(f"{name}: {np.sum(own)} pages, {np.sum(refused & own)} refused, {np.sum(is_doubtful & own)} doubted")


if __name__ == "__main__":
    main()
