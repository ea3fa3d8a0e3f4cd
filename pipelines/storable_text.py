"""Text that every store can hold. JSON may state half a surrogate pair or NUL (RFC 8259, 8.2); UTF-8 has no form of the
one, and PostgreSQL none of the other.
"""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

UNSTORABLE = re.compile("[\ud800-\udfff\0]")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

T = TypeVar("T")


def storable(value: T) -> T:
    """The value with a replacement character for each that no store holds, in all text within it: in data classes,
    mappings, lists and tuples as well. The very same object where there is none.
    """
    changed: Any = value
    if isinstance(value, str):
        changed = UNSTORABLE.sub(REPLACEMENT, value)
    elif isinstance(value, Mapping):
        changed = {storable(name): storable(item) for name, item in value.items()}
    elif isinstance(value, list | tuple):
        changed = type(value)(map(storable, value))
    elif is_dataclass(value) and not isinstance(value, type):
        changed = replace(value, **{field.name: storable(getattr(value, field.name)) for field in fields(value)})
    return value if changed == value else changed
