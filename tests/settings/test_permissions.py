"""Permissions: who let us crawl a site that bars crawlers like ours, and when, as the operator records it."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from settings.crawl import Permission, crawl
from settings.storage import SettingsError

STATED = '{"republika": {"by": "Sari Wulandari, redaksi", "on": "2026-11-20"}}'


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    crawl.cache_clear()
    yield monkeypatch
    crawl.cache_clear()


def test_nobody_has_consented_by_default(state: pytest.MonkeyPatch) -> None:
    state.delenv("KLIPING_PERMISSIONS", raising=False)
    assert crawl().permissions == {}


def test_permissions_are_json(state: pytest.MonkeyPatch) -> None:
    state.setenv("KLIPING_PERMISSIONS", STATED)
    permission = Permission(by="Sari Wulandari, redaksi", on=date(2026, 11, 20))
    assert crawl().permissions == {"republika": permission}
    assert str(permission) == "given by Sari Wulandari, redaksi on 2026-11-20"


def test_permissions_may_stand_in_a_toml_file(state: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "permissions.toml"
    file.write_text('[tirto]\nby = "Surat 12/R/2026"\non = 2026-11-20\nwaives_robots = true\n')
    state.setenv("KLIPING_PERMISSIONS", str(file))
    permission = crawl().permissions["tirto"]
    assert (permission.on, permission.waives_robots) == (date(2026, 11, 20), True)
    assert str(permission) == "given by Surat 12/R/2026 on 2026-11-20, robots.txt waived"


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ('{"republika": {"by": "Sari", "on": "kemarin"}}', r"republika\.on: .*valid date.*'kemarin'"),
        ('{"republika": {"on": "2026-11-20"}}', r"republika\.by: Field required"),
        ('{"republika": {"by": "Sari", "on": "2026-11-20", "robots": 1}}', r"republika\.robots: Extra inputs"),
        ('{"republika": "ya"}', r"republika: "),
        ('{"republika": ', "it is not valid JSON"),
        ("permissions.toml", "neither a JSON object nor the absolute path of a TOML file"),
        ("/tidak/ada.toml", "the file could not be read: No such file"),
    ],
)
def test_a_wrong_permission_is_named(state: pytest.MonkeyPatch, stated: str, words: str) -> None:
    state.setenv("KLIPING_PERMISSIONS", stated)
    with pytest.raises(SettingsError, match=rf"^wrong settings: KLIPING_PERMISSIONS: .*{words}"):
        crawl()


def test_a_file_that_is_not_toml_is_named(state: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "permissions.toml"
    file.write_text("republika: ya")
    state.setenv("KLIPING_PERMISSIONS", str(file))
    with pytest.raises(SettingsError, match=r"KLIPING_PERMISSIONS: .*the file is not valid TOML"):
        crawl()
