"""What a takedown is of: also `kliping --help` knows the words, with nothing but the standard library."""

from enum import StrEnum


class Scope(StrEnum):
    """What a takedown is of."""

    ARTICLE = "article"
    PREFIX = "prefix"
    AUTHOR = "author"
    SITE = "site"
