"""Speech: one signed request to another restaurant, and its answer; by the worker alone."""

import http.client
import json
import ssl
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from ..core.refusal import N_
from ..shipments.partner import Partner, is_address, ride_key_of
from ..shipments.signature import Signed, sign

SECONDS = 10.0  # without a byte
MOST = 64_000  # bytes of an answer
BODY_TYPE = "application/json"


NO_ANSWER = N_("No answer. It is asked again.")
NO_SENSE = N_("Its service answers, but not to what is asked. It is asked again.")
NOT_THEIRS = N_(
    "Its certificate is not that of its address: nothing was said to it. Check the address with "
    "them."
)
IN_CLEAR = N_("Its address does not begin with https://: nothing was said to it.")


class Unheard(Exception):
    """No answer that says anything: it is asked again. `words` are for the office."""

    def __init__(self, words: str, detail: str = "") -> None:
        super().__init__(detail or words)
        self.words = words


@dataclass(frozen=True)
class Answer:
    """What the other restaurant said: HTTP status and facts."""

    status: int
    facts: dict[str, Any]

    @property
    def is_yes(self) -> bool:
        return 200 <= self.status < 300

    @property
    def words(self) -> str:
        """The sentence of its refusal."""
        return str(self.facts.get("detail") or self.facts.get("reason") or "")


def say(partner: Partner, request: Signed, *, secret: str, now: datetime) -> Answer:
    """Send one request to a restaurant. Raises Unheard."""
    key = ride_key_of(partner, secret=secret)
    headers = {"Authorization": sign(request, key, now=now), "Content-Type": BODY_TYPE}
    connection = _connected(partner.ride_url)
    try:
        connection.request(request.method, request.path, body=request.body, headers=headers)
        response = connection.getresponse()
        status, body = response.status, response.read(MOST)
    except ssl.SSLCertVerificationError as error:
        raise Unheard(NOT_THEIRS, error.verify_message) from error
    except (OSError, http.client.HTTPException) as error:
        raise Unheard(NO_ANSWER, type(error).__name__) from error
    finally:
        connection.close()
    return read_answer(status, body)


def _connected(address: str) -> http.client.HTTPConnection:
    if not is_address(address):
        raise Unheard(IN_CLEAR)
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, parts.port, timeout=SECONDS, context=context)
    return http.client.HTTPConnection(host, parts.port, timeout=SECONDS)


def read_answer(status: int, body: bytes) -> Answer:
    """An answer of the service itself. Raises Unheard for one of what stands before it, for one
    that asks to wait, and where the key is not known (any more)."""
    try:
        facts = json.loads(body)
    except ValueError:
        facts = None
    if status in (401, 403, 408, 429) or status >= 500 or not isinstance(facts, dict):
        raise Unheard(NO_SENSE, f"answered {status}")
    return Answer(status, facts)
