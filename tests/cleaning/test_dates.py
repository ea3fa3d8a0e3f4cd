"""Dates as Indonesian pages print them, and as machines write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pipelines.cleaning.date_parsing import WIT, WITA, find_printed_dates, parse_machine_date
from settings.clock import WIB


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jum'at, 24 Juli 2026 | 07.08 WIB", datetime(2026, 7, 24, 7, 8, tzinfo=WIB)),
        ("Jumat, 24 Juli 2026 17:25 WIB", datetime(2026, 7, 24, 17, 25, tzinfo=WIB)),
        ("Jum’at, 24 Juli 2026 - 13:39 WITA", datetime(2026, 7, 24, 13, 39, tzinfo=WITA)),
        ("Kompas.com - 02/11/2023, 21:34 WIB", datetime(2023, 11, 2, 21, 34, tzinfo=WIB)),
        ("Kamis, 05/11/2015 10:08 WIB", datetime(2015, 11, 5, 10, 8, tzinfo=WIB)),
        ("Sabtu, 10 Des 2022 22:10 WIB", datetime(2022, 12, 10, 22, 10, tzinfo=WIB)),
        ("3 Agt 2026, 06.05 WIT", datetime(2026, 8, 3, 6, 5, tzinfo=WIT)),
        ("Minggu, 18 Juli 2021 – 18:52 WIB", datetime(2021, 7, 18, 18, 52, tzinfo=WIB)),
        ("on 16 Feb 2016 at 09:20 WIB", datetime(2016, 2, 16, 9, 20, tzinfo=WIB)),
        ("Budi Santoso, Jurnalis · Kamis 09 Juli 2020 07:26 WIB", datetime(2020, 7, 9, 7, 26, tzinfo=WIB)),
        ("24/7/2026 16:32", datetime(2026, 7, 24, 16, 32, tzinfo=WIB)),
        ("Terbit 24 Jul 2026 pukul 11.00 WIB", datetime(2026, 7, 24, 11, 0, tzinfo=WIB)),
        ("16 Nov 21 | 16:05", datetime(2021, 11, 16, 16, 5, tzinfo=WIB)),
        ("30 / 12 / 2021 01:37", datetime(2021, 12, 30, 1, 37, tzinfo=WIB)),
        ("Juni 15, 2021, 10:49 pm", datetime(2021, 6, 15, 22, 49, tzinfo=WIB)),
        ("05:30:00 | 18 Nov 2026", datetime(2026, 11, 18, 5, 30, tzinfo=WIB)),
        ("05.30 WITA, Rabu 18 November 2026", datetime(2026, 11, 18, 5, 30, tzinfo=WITA)),
        ("Dibaca 10:00 - 18 Nov 2026, 11:30 WIB", datetime(2026, 11, 18, 11, 30, tzinfo=WIB)),
        ("13 Pebruari 2017", datetime(2017, 2, 13, tzinfo=WIB)),
    ],
)
def test_printed(text: str, expected: datetime) -> None:
    assert [date.at() for date in find_printed_dates(text)] == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "24. Juli 2026 um 14:05 Uhr", "Fr 24.07.26 | 14:05", "24.7.2026 klo 14.05", "24. 7. 2026, 14:05",
        "Publié le 24 juillet 2026 à 14h05", "vendredi 24 juil. 2026 - 14 h 05", "24 de julio de 2026 a las 14:05",
        "24 de julio del 2026, 14:05", "24-jul-2026 14:05:00", "24 de julho de 2026 às 14h05",
        "24 luglio 2026 alle 14:05",
        "24 juli 2026 om 14:05", "24 lipca 2026, godz. 14:05", "24. července 2026 v 14:05", "24. júla 2026 o 14:05",
        "24. jul. 2026 kl. 14.05", "24. heinäkuuta 2026 klo 14.05", "2026. július 24. 14:05", "24 iulie 2026, 14:05",
        "24 Temmuz 2026 14:05", "24 июля 2026, 14:05", "24 липня 2026 14:05", "24 Ιουλίου 2026, 14:05",
        "2026 Jul 24, 14:05", "24 tháng 7 năm 2026 lúc 14:05", "2026年7月24日14:05", "2026年7月24日（金）午後2時05分",
        "2026년 7월 24일 오후 2:05", "王小明2026-07-24 14:05:00", "7/24/2026 14:05", "July 24, 2026 2:05 PM",
    ],
)  # fmt: skip
def test_printed_in_other_languages(text: str) -> None:
    (date,) = find_printed_dates(text)
    assert (date.local, date.has_time) == (datetime(2026, 7, 24, 14, 5), True)  # noqa: DTZ001 - as the page writes it


@pytest.mark.parametrize(
    "text", ["1er juillet 2026", "1º de julho de 2026", "1.7.2026", "1 липня 2026 р.", "2026 Jul 1", "01.07.2026"]
)
def test_a_first_of_the_month(text: str) -> None:
    (date,) = find_printed_dates(text)
    assert (date.local, date.has_time) == (datetime(2026, 7, 1), False)  # noqa: DTZ001 - as the page writes it


def test_of_points_the_month_comes_first_where_the_day_cannot() -> None:
    (date,) = find_printed_dates("12.16.2026")
    assert (date.local.month, date.local.day) == (12, 16)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("24 July 2026 14:05 CEST", 2), ("24.07.2026, 14:05 MESZ", 2), ("24 July 2026 14:05 BST", 1),
        ("July 24, 2026 14:05 IST", 5.5), ("2026-07-24 14:05 JST", 9), ("24.07.2026 um 14:05 ist es soweit", None),
    ],
)  # fmt: skip
def test_zones_of_other_countries(text: str, hours: float | None) -> None:
    (date,) = find_printed_dates(text)
    assert date.offset == (timezone(timedelta(hours=hours)) if hours is not None else None)


@pytest.mark.parametrize(
    "text",
    [
        "Windows 10 2024 64 bit",
        "versi 5.6.2020",
        "1.7.26",
        "12 orang 2026",
        "2026年7月",
        "31 Februari 2026",
        "Pada Juli 2026",
        "24 Juli",
        "versi 1.12.2026",
        "Pasal 5/11",
        "12 Mei 1900",
        "10.30 WIB",
        "99/99/2026",
    ],
)
def test_what_is_not_a_date_is_not_found(text: str) -> None:
    assert find_printed_dates(text) == []


def test_a_day_alone_has_no_time() -> None:
    (date,) = find_printed_dates("23 September 2021")
    assert not date.has_time


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-07-24T09:15:00+07:00", datetime(2026, 7, 24, 9, 15, tzinfo=WIB)),
        ("2026-07-24T09:15:00+0700", datetime(2026, 7, 24, 9, 15, tzinfo=WIB)),
        ("2026-07-24T12:40+07:00", datetime(2026, 7, 24, 12, 40, tzinfo=WIB)),
        ("2026-07-24T02:15:00Z", datetime(2026, 7, 24, 2, 15, tzinfo=UTC)),
        ("2015-11-05 T10:08:58Z", datetime(2015, 11, 5, 10, 8, 58, tzinfo=UTC)),
        ("2022-12-10T22-10-07Z", datetime(2022, 12, 10, 22, 10, 7, tzinfo=UTC)),
        ("2022/12/10 22:10:07", datetime(2022, 12, 10, 22, 10, 7, tzinfo=WIB)),
        ("2026-07-24 08:00:00.123", datetime(2026, 7, 24, 8, tzinfo=WIB)),
        ("Wed, 16 Jun 2021 17:04:00 GMT", datetime(2021, 6, 16, 17, 4, tzinfo=UTC)),
        ("Fri Jul 24 2026 09:15:00 GMT+0700 (Western Indonesia Time)", datetime(2026, 7, 24, 9, 15, tzinfo=WIB)),
        ("1670685007", datetime(2022, 12, 10, 15, 10, 7, tzinfo=UTC)),
        ("1670685007000", datetime(2022, 12, 10, 15, 10, 7, tzinfo=UTC)),
        ("2025-02-17T12:55:09-06:00", datetime(2025, 2, 17, 12, 55, 9, tzinfo=timezone(timedelta(hours=-6)))),
    ],
)
def test_machine_date(text: str, expected: datetime) -> None:
    date = parse_machine_date(text)
    assert date is not None
    assert date.at() == expected


@pytest.mark.parametrize(
    "text", ["", "kemarin", "0000-00-00", "2026-13-01", "1970-01-01T00:00:00Z", "24 Juli 2026 entah", "0"]
)
def test_anything_else_is_none(text: str) -> None:
    assert parse_machine_date(text) is None
