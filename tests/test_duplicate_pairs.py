"""`make bench-duplicates`: how its pairs are made, and what is found of a few of them and of those in a file."""

import json
from itertools import groupby, islice
from pathlib import Path

import pytest

from benchmarks.duplicates.__main__ import alone, archived, main, score
from benchmarks.duplicates.pairs import CHOOSING, STATING, Pair, made


def some_of(half: str, of_each: int) -> list[Pair]:
    """The first pairs made in each way."""
    return [pair for _, pairs in groupby(made(half), lambda pair: pair.kind) for pair in islice(pairs, of_each)]


def test_no_way_of_making_pairs_is_in_both_halves_and_each_has_three_thousand() -> None:
    halves = [list(made(half)) for half in (CHOOSING, STATING)]
    ways = [{pair.kind for pair in half} for half in halves]
    assert not ways[0] & ways[1]
    assert min(map(len, halves)) > 3000
    assert some_of(STATING, 1) == some_of(STATING, 1)


def test_copies_are_found_and_texts_of_templates_are_not_taken_for_them(tmp_path: Path) -> None:
    pairs = some_of(CHOOSING, 6) + some_of(STATING, 6)
    for found in (alone(pairs), archived(pairs, tmp_path)):
        precision, recall = score(found)
        assert precision == 1
        assert recall > 0.95


def test_pairs_that_others_made_are_read_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pairs.jsonl"
    pairs = some_of(CHOOSING, 2)
    fields = ("kind", "is_copy", "text", "other")
    path.write_text("".join(json.dumps({name: getattr(pair, name) for name in fields}) + "\n" for pair in pairs))
    main([str(path)])
    assert "in an archive of all texts: precision 1.0000" in capsys.readouterr().out
