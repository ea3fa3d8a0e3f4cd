"""Sites are data in files: each is imported when it is asked for, and a broken one costs itself alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from spiders.site import Site
from spiders.site_index import BrokenSite, SiteError, all_sites, site_files, site_named

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """An empty package of sites, under a name of its own."""
    folder = tmp_path / f"situs_{request.node.name[-20:].replace('[', '_').replace(']', '_').replace('-', '_')}"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


def write_site(package: Path, name: str, *lines: str) -> None:
    body = "\n".join(
        f"    {line}" for line in lines or (f"name = '{name}'", "title = 'S'", "home = 'https://s.example/'")
    )
    (package / f"{name}.py").write_text(f"from spiders.site import Site\n\n\nclass Situs(Site):\n{body}\n")


def test_a_site_is_found_by_the_name_of_its_file(package: Path) -> None:
    write_site(package, "satu")
    assert site_named("satu", [package.name]).home == "https://s.example/"
    with pytest.raises(KeyError):
        site_named("dua", [package.name])


def test_a_package_that_is_not_installed_has_no_sites(package: Path) -> None:
    write_site(package, "satu")
    assert list(site_files([package.name, "tidak_ada.sites", "spiders.tidak_ada"])) == ["satu"]


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        (("name = 'rusak'", "delay = 1 / 0"), 6, "ZeroDivisionError: division by zero"),
        (("name = 'rusak'", "delay = = 1"), 6, "SyntaxError: invalid syntax"),
        (("name = 'rusak'", "feed = ['https://s.example/feed']"), 4, "TypeError: Situs states feed, which is not an"),
        (("name = 'lain'",), None, "does not hold a site with name = 'rusak'"),
    ],
)
def test_a_broken_file_costs_its_own_site_and_names_file_and_line(
    package: Path, lines: tuple[str, ...], line: int | None, words: str
) -> None:
    write_site(package, "baik")
    write_site(package, "rusak", *lines)
    good, broken = all_sites([package.name])
    assert isinstance(good, Site)
    assert isinstance(broken, BrokenSite)
    assert broken.name == "rusak"
    assert str(package / "rusak.py") + (f", line {line}: " if line else " ") + words in broken.error
    with pytest.raises(SiteError, match=r"rusak\.py"):
        site_named("rusak", [package.name])


def test_looking_at_all_sites_loads_neither_scrapy_nor_an_extractor_nor_a_reader_of_sources() -> None:
    code = (
        "import sys; from spiders.site_index import deployed_sites; assert len(list(deployed_sites())) > 40;"
        "heavy = ('scrapy', 'trafilatura', 'feedparser', 'sqlalchemy', 'numpy');"
        "print([name for name in heavy if name in sys.modules])"
    )
    process = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert process.stdout.strip() == "[]"


def test_a_site_known_by_its_pages_alone_is_an_instance() -> None:
    site = Site(name="contoh", title="Contoh", home="https://contoh.example/", article_url=r"/berita/")
    assert (
        site.urls.article("http://www.contoh.example/berita/satu?utm_source=x") == "https://contoh.example/berita/satu"
    )
    with pytest.raises(TypeError, match="Site states feed, which is not an attribute of a site"):
        Site(name="contoh", feed=["https://contoh.example/feed"])
