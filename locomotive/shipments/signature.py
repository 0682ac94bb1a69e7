"""Signature: what two restaurants ask each other is signed with a key that the asked one gave.

An HMAC (of itsdangerous) over method, path, the body's SHA-256 and the time: nothing of a request
can be changed, and nothing sent later. Sent again meanwhile, it is the same request: each is named
by a key of its own in body or path.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from ..core.tokens import seal, token_hash, unseal

SCHEME, PURPOSE = "Locomotive", "ride request"
# How far two clocks may be from each other, and how long a request may be on its way.
VALID = timedelta(minutes=5)


@dataclass(frozen=True)
class Signed:
    """What of a request is signed."""

    method: str
    path: str
    body: bytes

    def facts(self) -> list[str]:
        return [self.method, self.path, sha256(self.body).hexdigest()]


def sign(request: Signed, key: str, *, now: datetime) -> str:
    """The Authorization header of a request; the key itself is not in it."""
    sealed = seal(key, PURPOSE, [*request.facts(), int(now.timestamp())])
    return f"{SCHEME} {token_hash(key)} {sealed}"


def key_hash(header: str) -> str:
    """The hash that names the key of a header; "" where there is none."""
    scheme, _space, rest = header.partition(" ")
    return rest.partition(" ")[0] if scheme == SCHEME else ""


def is_signed(request: Signed, header: str, key: str, *, now: datetime) -> bool:
    """Whether the header was made with this key, for this very request, just now."""
    facts = unseal(key, PURPOSE, header.rpartition(" ")[2])
    if not isinstance(facts, list) or facts[:-1] != request.facts():
        return False
    at = facts[-1]
    return isinstance(at, int) and abs(now.timestamp() - at) <= VALID.total_seconds()
