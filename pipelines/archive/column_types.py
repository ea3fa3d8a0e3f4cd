"""Whether a column can take a value, told by its type alone: Arrow need not build an array to find out."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache

import pyarrow as pa

Fits = Callable[[object], bool]
"""Whether a value may stand in a column, or a struct or list in one. A null may stand anywhere."""


@cache
def fitting(kind: pa.DataType) -> Fits:
    """What tells the values that fit a type; times and days may be given in ISO 8601, as a journal holds them.

    Raises TypeError for a type that no column of ours has.
    """
    if pa.types.is_string(kind):
        return _is_text
    if pa.types.is_integer(kind):
        limit = 2 ** (kind.bit_width - 1)
        return lambda value: value is None or (type(value) is int and -limit <= value < limit)
    if pa.types.is_floating(kind):
        return lambda value: value is None or type(value) in (int, float)
    if pa.types.is_boolean(kind):
        return lambda value: value is None or type(value) is bool
    if pa.types.is_timestamp(kind):
        return _is_time
    if pa.types.is_date(kind):
        return _is_day
    if pa.types.is_list(kind):
        fits = fitting(kind.value_type)
        return lambda value: value is None or (isinstance(value, list | tuple) and all(map(fits, value)))
    if pa.types.is_struct(kind):
        within = {field.name: fitting(field.type) for field in kind}
        return lambda value: (
            value is None
            or (isinstance(value, Mapping) and all(fits(value.get(name)) for name, fits in within.items()))
        )
    raise TypeError(f"no column is of type {kind}")


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_day(value: object) -> bool:
    if isinstance(value, str):
        try:
            date.fromisoformat(value)
        except ValueError:
            return False
        return True
    return value is None or type(value) is date


def _is_time(value: object) -> bool:
    if isinstance(value, str):
        try:
            datetime.fromisoformat(value)
        except ValueError:
            return False
        return True
    return value is None or isinstance(value, datetime)
