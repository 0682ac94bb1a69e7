"""Reading JSON's plain objects: each reader returns the value or names the field that is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

LARGEST = 2**31 - 1  # beyond it sums of a day's legs could overflow 64 bits
_MISSING = object()

Matrix = tuple[tuple[int | None, ...], ...]


def at(field: str, key: str | int) -> str:
    """Return the path of `key` inside `field`, as in ``stops[3].time_window``."""
    if isinstance(key, int):
        return f"{field}[{key}]"
    return f"{field}.{key}" if field else key


def mapping(raw: object, field: str) -> Mapping[str, Any]:
    """Return `raw` as an object with named members."""
    if not isinstance(raw, Mapping):
        raise ValueError(f"{field} must be an object")
    return raw


def whole(raw: object, field: str, least: int = 0) -> int:
    """Return `raw` as an integer from `least` to LARGEST; 3.0 passes, NaN and 3.5 do not."""
    if isinstance(raw, bool) or not (isinstance(raw, int | float) or hasattr(raw, "__index__")):
        raise ValueError(f"{field} must be a whole number")
    if isinstance(raw, float) and not raw.is_integer():
        raise ValueError(f"{field} must be a whole number, not {raw}")
    value = int(raw)
    if value < least:
        shown = f", but is {value}" if value > -LARGEST else ""
        raise ValueError(f"{field} must not be below {least}{shown}")
    if value > LARGEST:
        raise ValueError(f"{field} must not be above {LARGEST}")
    return int(value)


def decimal(raw: object, field: str, most: float) -> float:
    """Return `raw` as a number from 0 to `most`; NaN does not pass."""
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise ValueError(f"{field} must be a number")
    if not 0 <= raw <= most:
        raise ValueError(f"{field} must lie between 0 and {most:g}")
    return float(raw)


def integer(
    data: Mapping[str, Any], key: str, field: str, *, least: int = 0, default: object = _MISSING
) -> int:
    """Return the member `key` as an integer."""
    return whole(_member(data, key, field, default), at(field, key), least)


def limit(data: Mapping[str, Any], key: str, field: str) -> int | None:
    """Return the member `key` as an integer, or None where it is null or absent."""
    raw = data.get(key)
    return None if raw is None else whole(raw, at(field, key))


def text(data: Mapping[str, Any], key: str, field: str) -> str:
    """Return the member `key` as a text that is not empty."""
    raw = _member(data, key, field, _MISSING)
    if not isinstance(raw, str) or not raw:
        raise ValueError(f"{at(field, key)} must be a text that is not empty")
    return writable(raw, at(field, key))


def writable(raw: str, field: str) -> str:
    """Return `raw` if it can be written; half of a surrogate pair cannot."""
    try:
        raw.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{field} holds half a character (a lone surrogate)") from None
    return raw


def member(data: Mapping[str, Any], key: str, allowed: Sequence[str], field: str) -> Any:
    """Return the member `key`, one of the words in `allowed`."""
    raw = _member(data, key, field, _MISSING)
    if raw not in allowed:
        raise ValueError(f"{at(field, key)} must be one of {', '.join(allowed)}")
    return raw


def each(data: Mapping[str, Any], key: str, field: str) -> Iterator[tuple[str, Any]]:
    """Yield the path and the value of every element of the list `key`."""
    raw = _member(data, key, field, _MISSING)
    if not isinstance(raw, list | tuple):
        raise ValueError(f"{at(field, key)} must be a list")
    for index, value in enumerate(raw):
        yield at(at(field, key), index), value


def integers(
    data: Mapping[str, Any], key: str, field: str, *, default: object = _MISSING
) -> tuple[int, ...]:
    """Return the member `key` as a tuple of integers."""
    raw = _member(data, key, field, default)
    return tuple(whole(value, path) for path, value in each({key: raw}, key, field))


def window(data: Mapping[str, Any], key: str, field: str) -> tuple[int, int]:
    """Return the member `key` as (start, end) in seconds, the end no earlier than the start."""
    values = integers(data, key, field)
    path = at(field, key)
    if len(values) != 2:
        raise ValueError(f"{path} must hold a start and an end")
    if values[1] < values[0]:
        raise ValueError(f"{path} ends at {values[1]}, before it starts at {values[0]}")
    return values[0], values[1]


class _Checked(tuple[tuple[int | None, ...], ...]):
    """A matrix that is known to be one: problems made of a problem do not check it anew."""


def matrix(raw: object, field: str) -> Matrix:
    """Return `raw`, nested lists or an array, as a square matrix; None is a leg nobody can ride."""
    if isinstance(raw, _Checked):
        return raw
    rows: Any = raw.tolist() if hasattr(raw, "tolist") else raw
    if not isinstance(rows, list | tuple) or not rows:
        raise ValueError(f"{field} must be a square matrix with the depot in row 0")
    for index, row in enumerate(rows):
        if not isinstance(row, list | tuple) or len(row) != len(rows):
            raise ValueError(f"{at(field, index)} must hold {len(rows)} values, as there are rows")
    return _Checked(_row(row, at(field, index)) for index, row in enumerate(rows))


def _row(row: Sequence[object], field: str) -> tuple[int | None, ...]:
    if all(v is None or (type(v) is int and 0 <= v <= LARGEST) for v in row):
        return tuple(row)  # type: ignore[arg-type]  # the usual case, a million times a second
    values = enumerate(row)
    return tuple(None if v is None else whole(v, at(field, column)) for column, v in values)


def _member(data: Mapping[str, Any], key: str, field: str, default: object) -> Any:
    value = data.get(key, default)
    if value is _MISSING:
        raise ValueError(f"{at(field, key)} is missing")
    return value


def check_window(values: Sequence[int], field: str) -> None:
    """Raise ValueError when a window of moments makes no sense."""
    read_window = {"time_window": values}
    try:
        window(read_window, "time_window", "")
    except ValueError as wrong:
        raise ValueError(str(wrong).replace("time_window", field)) from None


def check_load(load: Sequence[int], field: str, dimensions: int) -> None:
    """Raise ValueError unless a load holds a whole number for each dimension."""
    if len(load) != dimensions:
        raise ValueError(f"{field} must hold {dimensions} numbers, one for each load dimension")
    for index, value in enumerate(load):
        whole(value, at(field, index))


def check_ids(ids: Sequence[str], field: str) -> None:
    """Raise ValueError for an id that is no text, is empty, or stands there twice."""
    for index, name in enumerate(ids):
        if not isinstance(name, str) or not name:
            raise ValueError(f"{field}[{index}].id must be a text that is not empty")
    seen: set[str] = set()
    for index, name in enumerate(ids):
        if name in seen:
            raise ValueError(f"{field}[{index}].id repeats {name!r}")
        seen.add(name)


def carries(capacity: Sequence[int], load: Sequence[int]) -> bool:
    """Return whether a vehicle of this capacity can carry the load."""
    return all(amount <= room for amount, room in zip(load, capacity, strict=True))


def check_amounts(part: object, field: str, names: Iterable[str]) -> None:
    """Raise ValueError when one of the named amounts is given and is no whole number."""
    for name in names:
        value = getattr(part, name)
        if value is not None:
            whole(value, at(field, name))
