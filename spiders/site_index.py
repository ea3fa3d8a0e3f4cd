"""Which sites there are: each a file named after its site, imported when it is asked for.

A file that cannot be imported costs its own site and no other: whoever asks for all sites is given a `BrokenSite` in
its place, with file, line and error.
"""

import os
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from pipelines.cleaning.site_rules import SiteRules
from settings.crawl import crawl
from settings.scrapy import SPIDER_MODULES
from settings.storage import SettingsError
from spiders.site import Site

REAL, DEMO = SPIDER_MODULES
"""The packages of the real sites, and of the demo web's, which an installation lacks."""


class SiteError(Exception):
    """A site's file does not hold a site; the message names the file, the line and the error."""


@dataclass(frozen=True, slots=True)
class BrokenSite:
    """A site whose file cannot be imported. `error` names the file, the line and what is wrong."""

    name: str
    error: str


def site_files(packages: Iterable[str] = (REAL, DEMO)) -> dict[str, tuple[str, Path]]:
    """The sites of `packages` by name, in order: each the module that holds it, and its file. A package that is not
    installed has none.
    """
    found = {}
    for package in packages:
        for folder in _folders(package):
            found.update({path.stem: (f"{package}.{path.stem}", path) for path in Path(folder).glob("[!_]*.py")})
    return dict(sorted(found.items()))


def _folders(package: str) -> Iterable[str]:
    try:
        spec = find_spec(package)
    except ModuleNotFoundError:  # the package that it would be in is not there either
        return ()
    return (spec.submodule_search_locations or ()) if spec else ()


def site_named(name: str, packages: Iterable[str] = (REAL, DEMO)) -> Site:
    """The site `name`.

    Raises KeyError where there is none, SiteError where its file does not hold it.
    """
    return _site_in(*site_files(packages)[name])


@cache
def _site_in(module: str, path: Path) -> Site:
    name = path.stem
    try:
        sites = [_as_site(value, module) for value in vars(import_module(module)).values()]
        return next(site for site in sites if site is not None and site.name == name)
    except StopIteration:
        raise SiteError(f"{path} does not hold a site with name = {name!r}") from None
    except Exception as error:
        raise SiteError(f"{path}, line {_line_of(error, path)}: {type(error).__name__}: {error}") from error


def _as_site(value: object, module: str) -> Site | None:
    """The site that a name in a module stands for: an instance, or a class that the module itself defines."""
    if isinstance(value, type) and issubclass(value, Site) and value.__module__ == module and hasattr(value, "name"):
        return value()
    return value if isinstance(value, Site) else None


def _line_of(error: Exception, path: Path) -> int:
    """The line of the file at `path` on which `error` arose, 1 where none is to be seen."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno or 1
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return (lines or [1])[-1] or 1


def all_sites(packages: Iterable[str] = (REAL, DEMO)) -> Iterator[Site | BrokenSite]:
    """Every site, in the order of their names."""
    for name, (module, path) in site_files(packages).items():
        try:
            yield _site_in(module, path)
        except SiteError as error:
            yield BrokenSite(name, str(error))


def real_sites() -> list[Site]:
    """The sites in `spiders/sites`.

    Raises SiteError for one that is broken.
    """
    return [site_named(name, [REAL]) for name in site_files([REAL])]


def deployed_sites() -> Iterator[Site | BrokenSite]:
    """The sites of this deployment: the real ones, and the demo's where KLIPING_DEMO is 1, as `make up` has it."""
    return all_sites([REAL, DEMO] if os.environ.get("KLIPING_DEMO") == "1" else [REAL])


def rules_of(name: str) -> SiteRules:
    """The cleaning rules of the site `name`; of one that is known from WARC files only, its name, which tells its
    domain.

    Raises SiteError where the site's file does not hold it.
    """
    try:
        return site_named(name).cleaning_rules()
    except KeyError:
        return SiteRules(name=name, title=name.replace("_", "."))


def may_be_scheduled(site: Site) -> bool:
    """Whether a site needs no permission, or has one on record, and is not excluded.

    Wrong settings permit no site that needs it: every crawl says what is wrong with them.
    """
    try:
        if crawl().exclusion(site.home):
            return False
        return not site.permission_needed or site.name in crawl().permissions
    except SettingsError:
        return not site.permission_needed
