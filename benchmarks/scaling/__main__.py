"""`make bench-scaling`: the tables of docs/scaling.md."""

import argparse
import statistics
from collections.abc import Iterator, Sequence

from benchmarks.scaling.needs import Need, Prices, Units, needs, years_until
from benchmarks.scaling.week import SLOTS_A_WORKER, Trouble, Week, simulate

SITES = (50, 100, 200, 400)
"""As many as have a file here, doubled three times."""

ARCHIVE_YEARS = 10
HUNDRED_MILLION = 100e6
"""Articles, to which the most sites are reckoned on."""

SLOTS = (4, 8, 12, 16, 24)
USUAL_SLOTS = 12
"""The fewest at which runs wait for nothing."""

WEEK_SEED = 1
"""Any: the page's tables are to come out the same for everybody."""

TROUBLES = {
    "none": Trouble(losses_a_worker_a_day=0, refusals_a_day=0),
    "as above": Trouble(),
    "ten times as often": Trouble(losses_a_worker_a_day=1, refusals_a_day=20),
}


def tables(sites: Sequence[int] = SITES, slots: Sequence[int] = SLOTS) -> Iterator[str]:
    """The lines of the page's tables: what many sites need, what it costs, and weeks of the most of them."""
    units, prices, most = Units(), Prices.read(), sites[-1]
    cases = [(count, float(ARCHIVE_YEARS)) for count in sites] + [(most, years_until(HUNDRED_MILLION, most))]
    found = [(count, years, needs(count, years, units, prices)) for count, years in cases]
    yield "| sites | years | articles | CPU hours a day: runs, pages, Airflow | requests a day | bucket | index |"
    yield "|---|---|---|---|---|---|---|"
    yield from (_need_row(count, years, need) for count, years, need in found)
    yield ""
    yield "| of sites | years | storage | requests | cores | index | a month |"
    yield "|---|---|---|---|---|---|---|"
    yield from (_price_row(count, years, need) for count, years, need in found)
    yield ""
    yield "| slots | workers | their memory | busy | a run waits, median, 95 % | lag, median, 95 % | fetched again |"
    yield "|---|---|---|---|---|---|---|"
    yield from (_slots_row(count, simulate(most, count, WEEK_SEED, Trouble()), units) for count in slots)
    yield ""
    yield "| troubles | a run waits, median, 95 % | lag, median, 95 %, most | fetched again | not yet in the bucket |"
    yield "|---|---|---|---|---|"
    yield from (
        _trouble_row(name, simulate(most, USUAL_SLOTS, WEEK_SEED, trouble)) for name, trouble in TROUBLES.items()
    )


def _need_row(sites: int, years: float, need: Need) -> str:
    hours = ", ".join(f"{seconds / 3600:.1f}" for seconds in need.cpu_seconds.values())
    total, requests = sum(need.cpu_seconds.values()) / 3600, need.reads_a_day + need.writes_a_day
    return (
        f"| {sites} | {years:.0f} | {need.articles / 1e6:.1f} million | {total:.1f}: {hours} | "
        f"{requests:,.0f} | {need.bucket_bytes / 1e12:.2f} TB | {need.index_bytes / 1e9:.1f} GB |"
    )


def _price_row(sites: int, years: float, need: Need) -> str:
    parts = " | ".join(f"${usd:,.0f}" for usd in need.usd.values())
    return f"| {sites} | {years:.0f} | {parts} | ${sum(need.usd.values()):,.0f} |"


def _slots_row(slots: int, week: Week, units: Units) -> str:
    memory = slots * units.crawl_megabytes / 1000
    return (
        f"| {slots} | {max(1, slots // SLOTS_A_WORKER)} | {memory:.1f} GB | {week.busy:.0%} | {_seconds(week.waits)} | "
        f"{_hours(week.lags)} | {week.fetched_again:,} |"
    )


def _trouble_row(name: str, week: Week) -> str:
    return (
        f"| {name} | {_seconds(week.waits)} | {_hours(week.lags)}, {max(week.lags):.1f} h | {week.fetched_again:,} | "
        f"{week.outstanding:,} of {week.published:,} |"
    )


def _seconds(values: Sequence[float]) -> str:
    median, late = _median_and_late(values)
    return f"{median:.0f} s, {late:.0f} s"


def _hours(values: Sequence[float]) -> str:
    median, late = _median_and_late(values)
    return f"{median:.2f} h, {late:.2f} h"


def _median_and_late(values: Sequence[float]) -> tuple[float, float]:
    parts = statistics.quantiles(values, n=20)
    return parts[9], parts[18]


def main() -> None:
    parser = argparse.ArgumentParser(description="Reckon and simulate what many sites need.")
    parser.add_argument("--sites", type=int, nargs="+", default=SITES)
    parser.add_argument("--slots", type=int, nargs="+", default=SLOTS)
    options = parser.parse_args()
    for line in tables(options.sites, options.slots):
        print(line)


if __name__ == "__main__":
    main()
