"""The model of boosted trees: what its file must be, and what its trees say."""

import json
from pathlib import Path

import numpy as np
import pytest

from pipelines.cleaning.block_features import FEATURES
from pipelines.cleaning.block_model import FORMAT, BlockModel, ModelError, Tree, block_model, read_model, write_model

COLUMNS = ("chars", "linked")
LONG_AND_UNLINKED = Tree([0, 1], [3.5, 0.25], [-1, -2], [1, -3], [-2.0, 4.0, -1.0])
"""Short: -2. Long: 4 with few links, -1 with many."""

LINKED = Tree([1], [0.5], [-1], [-2], [0.5, -0.5])


def written(folder: Path, trees: list[Tree] | None = None) -> Path:
    path = folder / "model.json"
    write_model(path, "2026.11", COLUMNS, trees or [LONG_AND_UNLINKED, LINKED])
    return path


class TestTrees:
    def test_a_row_has_the_sum_of_its_leaves(self) -> None:
        rows = np.array([[2, 0], [4, 0.25], [4, 0.4], [4, 0.9]], np.float32)
        sums = np.array([-2 + 0.5, 4 + 0.5, -1 + 0.5, -1 - 0.5])
        model = BlockModel("2026.11", COLUMNS, [LONG_AND_UNLINKED, LINKED])
        assert np.allclose(model.probabilities(rows), 1 / (1 + np.exp(-sums)))

    def test_no_rows_have_no_probabilities(self) -> None:
        assert len(BlockModel("2026.11", COLUMNS, [LINKED]).probabilities(np.empty((0, 2), np.float32))) == 0

    def test_as_many_rows_as_there_may_be_have_theirs(self) -> None:
        rows = np.tile(np.array([[2, 0], [4, 0.9]], np.float32), (3_000, 1))
        found = BlockModel("2026.11", COLUMNS, [LONG_AND_UNLINKED]).probabilities(rows)
        assert len(np.unique(found[::2])) == len(np.unique(found[1::2])) == 1

    def test_rows_of_other_columns_are_refused(self) -> None:
        with pytest.raises(ValueError, match="rows have 3 columns, the model has 2"):
            BlockModel("2026.11", COLUMNS, [LINKED]).probabilities(np.zeros((1, 3), np.float32))


class TestFile:
    def test_what_was_written_is_read(self, tmp_path: Path) -> None:
        model = read_model(written(tmp_path))
        assert (model.version, model.columns) == ("2026.11", COLUMNS)
        assert model.probabilities(np.array([[4, 0]], np.float32)) == pytest.approx(1 / (1 + np.exp(-4.5)))

    def test_the_same_model_gives_the_same_bytes(self, tmp_path: Path) -> None:
        first = written(tmp_path).read_bytes()
        assert written(tmp_path).read_bytes() == first

    def test_a_changed_number_is_noticed(self, tmp_path: Path) -> None:
        path = written(tmp_path)
        path.write_bytes(path.read_bytes().replace(b"3.5", b"3.6"))
        with pytest.raises(ModelError, match="is damaged"):
            read_model(path)

    @pytest.mark.parametrize("damage", [b"", b"[]", b"{", b'{"format": 1}', b"\xff\xfe"])
    def test_what_is_no_model_is_refused(self, tmp_path: Path, damage: bytes) -> None:
        path = tmp_path / "model.json"
        path.write_bytes(damage)
        with pytest.raises(ModelError, match="cannot be read"):
            read_model(path)

    def test_half_a_file_is_refused(self, tmp_path: Path) -> None:
        path = written(tmp_path)
        path.write_bytes(path.read_bytes()[:200])
        with pytest.raises(ModelError, match="cannot be read"):
            read_model(path)

    def test_a_file_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="cannot be read"):
            read_model(tmp_path / "model.json")

    def test_another_form_is_refused(self, tmp_path: Path) -> None:
        path = written(tmp_path)
        path.write_text(json.dumps(json.loads(path.read_bytes()) | {"format": FORMAT + 1}), encoding="utf-8")
        with pytest.raises(ModelError, match="has the form 2, not 1"):
            read_model(path)


class TestProjectsModel:
    def test_it_was_trained_on_the_features_that_there_are(self) -> None:
        assert block_model().columns == FEATURES

    def test_it_is_small(self) -> None:
        path = Path(__file__).parents[2] / "pipelines" / "cleaning" / "block_model.json"
        assert path.stat().st_size < 400_000
