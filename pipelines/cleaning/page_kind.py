"""Tells how probable it is that a page is no article but a forum's, a shop's, a manual's, a service's or a list.

A logistic regression weighs the signs of a page. Its weights are in `page_kind.json`, which
`benchmarks/train_page_kind.py` makes.
"""

import json
from collections.abc import Mapping
from functools import cache
from math import exp
from pathlib import Path

MODEL_FILE = Path(__file__).with_name("page_kind.json")

MIN_DOUBTFUL_PROBABILITY = 0.3
"""Probability of another kind of page from which a text is doubtful: one article in thirty is, of news none."""


def probability_of_other_kind(signs: Mapping[str, float]) -> float:
    """Weigh the signs of a page: 0 for an article, 1 for a page of another kind."""
    intercept, weights = _model()
    return 1 / (1 + exp(-intercept - sum(weight * (signs[name] - mean) for name, (mean, weight) in weights.items())))


@cache
def _model() -> tuple[float, Mapping[str, tuple[float, float]]]:
    """Return the intercept, and of each sign its mean over the training pages and its weight."""
    model = json.loads(MODEL_FILE.read_text(encoding="utf-8"))
    return model["intercept"], {name: (mean, weight) for name, (mean, weight) in model["signs"].items()}
