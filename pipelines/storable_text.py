"""Text that every store can hold. JSON may state half a surrogate pair or NUL (RFC 8259, 8.2); UTF-8 has no form of the
one, and PostgreSQL none of the other.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from operator import is_
from typing import Any, TypeVar

UNSTORABLE = re.compile("[\ud800-\udfff\0]")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

T = TypeVar("T")


def storable(value: T) -> T:
    """The value with a replacement character for each that no store holds, in all text within it: in data classes,
    mappings, lists and tuples as well. The very same object where there is none.
    """
    found: Any = value
    if isinstance(found, str):
        return found if UNSTORABLE.search(found) is None else UNSTORABLE.sub(REPLACEMENT, found)  # type: ignore[return-value]
    if isinstance(found, Mapping):
        items = [each for item in found.items() for each in item]
        kept = _storable_each(items)
        return value if kept is items else dict(zip(kept[::2], kept[1::2], strict=True))  # type: ignore[return-value]
    if isinstance(found, list | tuple):
        kept = _storable_each(found)
        return value if kept is found else type(found)(kept)  # type: ignore[return-value]
    if is_dataclass(found) and not isinstance(found, type):
        names = [field.name for field in fields(found)]
        values = [getattr(found, name) for name in names]
        kept = _storable_each(values)
        return value if kept is values else replace(found, **dict(zip(names, kept, strict=True)))  # type: ignore[return-value]
    return value


def _storable_each(values: Sequence[Any]) -> Sequence[Any]:
    """The values, each of them storable: the very same sequence where they were."""
    kept = [storable(value) for value in values]
    return values if all(map(is_, kept, values)) else kept
