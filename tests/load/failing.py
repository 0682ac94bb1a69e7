"""The control: a program that fails at every request but the question whether it is there."""

from collections.abc import Callable, Iterable
from typing import Any


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] != "/healthz":
        raise ValueError("nobody expected this")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok"]
