"""Cleaning: turns an Indonesian news page into an `Article`, or into the reason why it is not one.

`clean` and `clean_pages` are loaded on first use: the process of a crawl needs only the site rules and the worker, and
only the worker's children need the extractors.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.cleaning.cleaner import clean, clean_pages

__all__ = ["clean", "clean_pages"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pipelines.cleaning import cleaner

    return getattr(cleaner, name)
