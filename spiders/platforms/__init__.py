"""Platforms that several sites share. What is known of a platform is stated once, here; a site states the rest.

A platform says beside its class how it is recognised (`Site.detected_by`), and nowhere else: a new one is a module in
this package.
"""

from importlib import import_module
from pkgutil import iter_modules

from spiders.site import Site


def platforms() -> list[type[Site]]:
    """All platforms: the special before the general, so that a page's first match tells its platform."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    found = [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Site) and value.__module__ == module.__name__
    ]
    return sorted(found, key=lambda platform: -len(platform.__mro__))


def platform_of(html: str) -> type[Site]:
    """The platform whose pages look like `html`, Site itself where none does."""
    marked = (platform for platform in platforms() if platform.detected_by and platform.detected_by.search(html))
    return next(marked, Site)
