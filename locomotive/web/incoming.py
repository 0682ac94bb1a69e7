"""Incoming: what a request says, without the characters that no database keeps."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

# PostgreSQL stores no NUL, and half of a surrogate pair is no UTF-8.
NEVER_STORED = re.compile("[\x00\ud800-\udfff]")
REPLACEMENT = "\ufffd"


def storable(sent: Any) -> Any:
    """The same text, list or dictionary, with a sign of replacement for what cannot be stored."""
    if isinstance(sent, str):
        return NEVER_STORED.sub(REPLACEMENT, sent)
    if isinstance(sent, list):
        return [storable(one) for one in sent]
    if isinstance(sent, dict):
        return {storable(name): storable(value) for name, value in sent.items()}
    return sent


class Sent(ImmutableMultiDict[str, Any]):
    """The fields of a form or of an address, each text storable."""

    def __init__(
        self, mapping: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None
    ) -> None:
        pairs = MultiDict(mapping).items(multi=True)
        super().__init__([(storable(name), storable(value)) for name, value in pairs])


class Incoming(Request):
    """A request whose texts can be stored, wherever they stand in it."""

    parameter_storage_class = Sent

    def get_json(self, *args: Any, **kwargs: Any) -> Any:
        """The JSON that was sent."""
        return storable(super().get_json(*args, **kwargs))
