"""The tuples of columns as C's structs: what the translation writes and the extension fills."""

from __future__ import annotations

from typing import Any, get_type_hints

from routing.search.arrays import Facts, Manner, Memory, Plans, Seen, State, Wish

STRUCTS: tuple[type[Any], ...] = (Facts, State, Plans, Memory, Manner, Wish, Seen)
INTEGER, REAL, COLUMN = "int64_t", "double", "int64_t *"


def _fields_of(struct: type[Any]) -> tuple[tuple[str, Any], ...]:
    found: list[tuple[str, Any]] = []
    for name, hint in get_type_hints(struct).items():
        kind = hint if hint in STRUCTS else {int: INTEGER, float: REAL}.get(hint, COLUMN)
        found.append((name, kind))
        if name == "block":
            found.append(("cells", INTEGER))
    return tuple(found)


# The name and the kind of each field: INTEGER, REAL, COLUMN or another struct. A State's block is
# followed by the number of its `cells`.
FIELDS = {struct: _fields_of(struct) for struct in STRUCTS}
