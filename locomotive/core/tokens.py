"""Unguessable links: 128 random bits or more, kept as hashes only."""

import base64
import hashlib
import hmac
import secrets
from typing import Any

import segno
from cryptography.fernet import Fernet, InvalidToken
from itsdangerous import BadData, URLSafeSerializer


def new_token() -> str:
    """A random token of 192 bits, fit for an address."""
    return secrets.token_urlsafe(24)


def derived_token(secret: str, purpose: str, key: str) -> str:
    """The token that belongs to `key` for one purpose: the same each time, 192 bits.

    HMAC-SHA-256 (RFC 2104) under the application's secret, so that a repeated send finds its
    own page again although the database holds the token's hash only.
    """
    digest = hmac.digest(secret.encode(), f"{purpose}:{key}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:24]).decode()


def seal(secret: str, purpose: str, content: Any) -> str:
    """JSON content, readable by its bearer and signed, for a field of a form."""
    return str(URLSafeSerializer(secret, salt=purpose).dumps(content))


def unseal(secret: str, purpose: str, text: str) -> Any:
    """What `seal` was given; None when it was not made with this secret for this purpose."""
    try:
        return URLSafeSerializer(secret, salt=purpose).loads(text)
    except BadData:
        return None


def encrypt(secret: str, purpose: str, text: str) -> str:
    """A text that only this application's secret makes readable again (Fernet: AES-128-CBC with
    HMAC-SHA-256), for a column."""
    return _lock(secret, purpose).encrypt(text.encode()).decode()


def decrypt(secret: str, purpose: str, text: str) -> str | None:
    """What `encrypt` was given; None when it was not made with this secret for this purpose."""
    try:
        return _lock(secret, purpose).decrypt(text.encode()).decode()
    except InvalidToken:
        return None


def _lock(secret: str, purpose: str) -> Fernet:
    key = hmac.digest(secret.encode(), f"encryption:{purpose}".encode(), "sha256")
    return Fernet(base64.urlsafe_b64encode(key))


def token_hash(token: str) -> str:
    """What the database keeps of a token (SHA-256, hexadecimal)."""
    return hashlib.sha256(token.encode()).hexdigest()


def qr_code(address: str) -> str:
    """The QR code of an address as inline SVG, without style attributes."""
    code = segno.make(address, error="m", micro=False)
    return str(code.svg_inline(border=1, omitsize=True, svgclass=None, lineclass=None))
