"""The figures of the docs say what the code does."""

import subprocess
import sys
from pathlib import Path

import pytest

from docs.figures.article import Step, read_steps
from docs.figures.house import needed, read_arrows, read_layers, rows_of
from pipelines.visit import Outcome

ROOT = Path(__file__).parents[1]
FIGURES = ROOT / "docs" / "figures"


def test_figures_are_as_the_code_and_their_texts_make_them_now(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "docs.figures", tmp_path], cwd=ROOT, check=True)
    made = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}

    assert made == {path.name: path.read_text("utf-8") for path in FIGURES.glob("*.svg")}, "run `make figures`"


def test_an_address_may_end_in_each_outcome_and_at_one_step_each() -> None:
    ends = [end for step in steps() for end in step.notes.get("ends", [])]

    assert sorted(ends) == sorted(Outcome)


def test_each_step_is_done_by_a_room_of_the_house() -> None:
    rooms = {room for layer in read_layers((FIGURES / "house.txt").read_text("utf-8")) for room in layer.rooms}

    assert {name.removesuffix(".*") for room in rooms for name in room.split(" + ")} >= {
        step.notes["by"][0] for step in steps()
    }


def test_an_arrow_that_follows_from_others_is_left_out() -> None:
    assert needed({("a", "b"), ("b", "c"), ("a", "c"), ("a", "d")}) == {("a", "b"), ("b", "c"), ("a", "d")}


def test_imports_in_a_circle_are_named() -> None:
    with pytest.raises(ValueError, match="a -> b -> a"):
        needed({("a", "b"), ("b", "a")})


def test_a_room_stands_below_all_that_import_it_and_just_above_what_it_imports() -> None:
    (layer,) = read_layers("[all]\na: 1\nb: 2\nc: 3\nd: 4\n")

    assert rows_of(layer, {("a", "b"), ("b", "c"), ("d", "c")}) == [["a"], ["b", "d"], ["c"]]


def test_a_module_without_a_room_is_named() -> None:
    with pytest.raises(ValueError, match="no room for the module"):
        read_arrows({"settings", "dags", "local", "demo", "pipelines.*"})


def steps() -> list[Step]:
    return read_steps((FIGURES / "article.txt").read_text("utf-8"))
