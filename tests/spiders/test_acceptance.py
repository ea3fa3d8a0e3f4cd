"""What has to be seen of a site before it counts as verified."""

from datetime import date, datetime
from pathlib import Path

import pytest

from settings.clock import WIB
from spiders.acceptance import Verdict, judge, sign
from spiders.doctor import ARTICLE, Diagnosis, RobotsFinding, SampleFinding, SourceFinding
from spiders.site import Site

NOW = datetime(2026, 11, 29, 9, tzinfo=WIB)
SITE = Site(name="warta", title="Warta", home="https://warta.example/", article_url="/baca/")
FEED = SourceFinding("feed", "https://warta.example/feed", 200, items=20, articles=19, newest=NOW)
ROBOTS = RobotsFinding("https://warta.example")


def sample(number: int, verdict: str = ARTICLE, pages: int = 1) -> SampleFinding:
    return SampleFinding(f"https://warta.example/baca/{number}", verdict, pages=pages)


def verdicts(*samples: SampleFinding, **seen: object) -> dict[str, Verdict]:
    found: dict[str, object] = {"robots": (ROBOTS,), "sources": (FEED,), "samples": samples, **seen}
    acceptance = judge(SITE, Diagnosis("warta", "Warta", NOW, **found))  # type: ignore[arg-type]
    assert acceptance.may_be_signed == all(check.verdict is not Verdict.BAD for check in acceptance.checks)
    return {check.name.split()[0]: check.verdict for check in acceptance.checks}


def test_a_site_that_is_as_its_spider_thinks_may_be_signed() -> None:
    seen = verdicts(*(sample(number, pages=1 + (number == 3)) for number in range(10)))

    assert set(seen.values()) == {Verdict.GOOD}


def test_paging_that_was_not_met_is_left_to_whoever_signs() -> None:
    assert verdicts(*map(sample, range(10)))["paging"] is Verdict.UNSEEN


def test_a_gallery_among_ten_is_no_fault_and_three_are() -> None:
    assert verdicts(sample(0, "not_article"), *map(sample, range(1, 10)))["articles"] is Verdict.GOOD
    assert verdicts(*(sample(n, "not_article") for n in range(3)), *map(sample, range(7)))["articles"] is Verdict.BAD
    assert verdicts()["articles"] is Verdict.BAD, "nothing was seen at all"


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("robots.txt", {"robots": (RobotsFinding("https://warta.example", denied=("https://warta.example/feed",)),)}),
        ("feed", {"sources": (SourceFinding("feed", "https://warta.example/feed", 404, trouble="HTTP 404"),)}),
        ("feed", {"sources": (SourceFinding("feed", "https://warta.example/feed", 200, items=20),)}),
        ("expectations", {"failures": ("the newest article is of 2026-10-01, 59 days old",)}),
    ],
)
def test_what_is_wrong_bars_the_signature(name: str, seen: dict[str, object]) -> None:
    assert verdicts(*map(sample, range(10)), **seen)[name] is Verdict.BAD


def test_a_signature_states_the_day_in_the_sites_file_in_place_of_an_earlier_one(tmp_path: Path) -> None:
    file = tmp_path / "warta.py"
    head = 'class Warta(Site):\n    """Warta."""\n\n    name = "warta"\n'
    file.write_text(f'{head}    title = "Warta"\n', encoding="utf-8")
    sign(file, "warta", date(2026, 11, 1))
    sign(file, "warta", date(2026, 11, 29))

    signed = file.read_text(encoding="utf-8")
    assert signed == f'{head}    verified = "2026-11-29"\n    title = "Warta"\n'


def test_a_file_that_states_no_name_is_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "warta.py"
    file.write_text("# nothing\n", encoding="utf-8")

    with pytest.raises(ValueError, match='has no line name = "warta"'):
        sign(file, "warta", date(2026, 11, 29))
    assert file.read_text(encoding="utf-8") == "# nothing\n"
