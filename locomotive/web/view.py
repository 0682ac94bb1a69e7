"""What every view uses: what a request says, settings, a row or 404, one answered form, numbers of
rows in addresses."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask, Request, abort, current_app, request
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.routing import IntegerConverter, Map
from werkzeug.wrappers import Response

from ..core.base import Base
from ..core.clock import clock, day_of
from ..core.db import db, write_tx
from ..core.mark import is_first_send
from ..core.refusal import Refusal
from ..core.settings import Settings
from ..core.tokens import seal, unseal
from .fields import REPLACEMENT, Form, show_refusal

Page = Response | str | tuple[str, int]
Row = TypeVar("Row", bound=Base)
STATIC = Path(__file__).parents[1] / "static"
ONCE = _("This was sent already: nothing was done twice.")
LARGEST_KEY = 2**31 - 1  # PostgreSQL's integer


class KeyConverter(IntegerConverter):
    """The number of a row in an address: `<key:order_id>`; a larger one is no page."""

    def __init__(self, addresses: Map) -> None:
        super().__init__(addresses, max=LARGEST_KEY)


# PostgreSQL stores no NUL, and half of a surrogate pair is no UTF-8.
NEVER_STORED = re.compile("[\x00\ud800-\udfff]")


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


@contextmanager
def _read_body() -> Iterator[None]:
    """A body that breaks off, or is cut into nonsense, is its sender's fault. gunicorn says so by
    an OSError without a number, where our own disk's would have one, or with the code of 400."""
    try:
        yield
    except Exception as error:
        is_broken_off = isinstance(error, OSError) and error.errno is None
        if is_broken_off or getattr(error, "code", None) == BadRequest.code:
            raise BadRequest from error
        raise


class Incoming(Request):
    """A request whose texts can be stored, wherever they stand in it."""

    parameter_storage_class = Sent

    def _load_form_data(self) -> None:
        with _read_body():
            super()._load_form_data()

    def get_data(self, *args: Any, **kwargs: Any) -> Any:
        """The body as it was sent."""
        with _read_body():
            return super().get_data(*args, **kwargs)

    def get_json(self, *args: Any, **kwargs: Any) -> Any:
        """The JSON that was sent."""
        return storable(super().get_json(*args, **kwargs))


def settings() -> Settings:
    """The application's settings."""
    found: Settings = current_app.extensions["settings"]
    return found


def found(table: type[Row], key: int) -> Row:
    """The row of an address; one that does not exist is a page that does not exist."""
    return db.session.get(table, key) or abort(404)


def day_or_404(text: str | None) -> date:
    """A day of an address or a form; anything else is a page that does not exist."""
    return day_of(text or "") or abort(404)


def sealed(facts: dict[str, Any]) -> str:
    """What a part of a page shows, signed, for its field `shown`; see `shown_facts`."""
    return seal(settings().secret_key, "shown", facts)


def shown_facts() -> dict[str, Any]:
    """What the page that was sent had shown, all its parts together; nothing when one of them
    is forged, or none came."""
    parts = [unseal(settings().secret_key, "shown", text) for text in request.form.getlist("shown")]
    return {} if None in parts else {key: part[key] for part in parts for key in part}


def is_first(session: Session) -> bool:
    """Whether the form is sent for the first time: a second touch must not act twice. Asked inside
    the transaction that acts; its page carries `ui.once()`."""
    return is_first_send(session, request.form.get("key", ""), now=clock.now())


@contextmanager
def answered(form: Form) -> Iterator[Session]:
    """One write transaction for what a form asks; a refusal is shown at the field it names.

    The view looks at `form.errors` afterwards; `form.code` is that of the answer.
    """
    with refused_at(form), write_tx() as session:
        yield session


@contextmanager
def refused_at(form: Form) -> Iterator[None]:
    """Show a refusal at the form's field that it names, whatever is refused outside a write."""
    try:
        yield
    except Refusal as refusal:
        form.code = show_refusal(form, refusal)


def fingerprint_static(app: Flask) -> None:
    """Let each address of a static file carry a fingerprint of its content, so that a browser
    keeps the file for good and asks anew when it changed."""

    @app.url_defaults
    def add_fingerprint(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values:
            values.setdefault("v", file_fingerprint(values["filename"]))

    @app.after_request
    def read_whole(response: Response) -> Response:
        # Compression would leave the file open; kept by browsers, it is seldom asked for.
        is_file = response.direct_passthrough and response.status_code == 200
        if is_file and response.mimetype in app.config["COMPRESS_MIMETYPES"]:
            response.direct_passthrough = False
            response.get_data()
            response.close()
        return response


def is_this_version(filename: str, fingerprint: str | None) -> bool:
    """Whether a static file is the one that an address with this fingerprint means."""
    return bool(fingerprint) and fingerprint == file_fingerprint(filename)


def file_fingerprint(filename: str) -> str:
    """Ten digits of the SHA-256 of a static file as it is now; empty where there is none."""
    path = STATIC / filename
    return _fingerprint(path, path.stat().st_mtime_ns) if path.is_file() else ""


@cache
def _fingerprint(path: Path, _written: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]
