"""The form for several sites: a crawl for each one that is chosen."""

import pytest

from dags.chosen_sites import SITES, commands
from dags.defaults import CRAWL_PARAMS
from dags.operators.failures import NeedsSomebody


def planned(*sites: str, **params: object) -> list[list[str]]:
    return commands.function(params={"sites": list(sites), **dict.fromkeys(CRAWL_PARAMS), **params})


def test_each_chosen_site_is_a_crawl() -> None:
    assert planned("katadata", "voi") == [["crawl", "katadata"], ["crawl", "voi"]]


def test_a_form_without_a_choice_is_refused() -> None:
    with pytest.raises(NeedsSomebody, match="Choose one site at least"):
        planned()


def test_one_url_is_of_one_site() -> None:
    url = "https://voi.id/teknologi/1/satu"
    assert planned("voi", url=url) == [["crawl", "voi"]]
    with pytest.raises(NeedsSomebody, match="One URL is of one site"):
        planned("voi", "katadata", url=url)


def test_sites_that_need_permission_are_not_offered() -> None:
    assert "voi" in SITES
    assert "tirto" not in SITES
