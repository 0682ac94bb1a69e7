"""Unguessable links: 128 random bits or more, kept as hashes only."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any, TypeVar

import segno
from cryptography.fernet import Fernet, InvalidToken
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import ColumnElement, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from .base import Key, TokenHash, count_changed


class Access:
    """Columns of a table of links or keys by which somebody from outside comes in.

    Each ends by itself and can be ended. Its token is derived from the seed under the application's
    secret, so that pages and mails can show it again; the database finds it by its hash.
    """

    id: Mapped[Key]
    seed: Mapped[str] = mapped_column(String(64))
    token_hash: Mapped[TokenHash]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


AnyAccess = TypeVar("AnyAccess", bound=Access)


def give_token(
    access: Access, *, secret: str, purpose: str, lasts: timedelta, now: datetime
) -> None:
    """Give a new link or key the token of one purpose, good for so long."""
    access.seed = new_token()
    access.token_hash = token_hash(derived_token(secret, purpose, access.seed))
    access.expires_at = now + lasts


def opens(table: type[Access], *, now: datetime) -> ColumnElement[bool]:
    """Whether a link or key of the table lets in now."""
    return table.revoked_at.is_(None) & (table.expires_at > now)


def access_in_force(
    session: Session, table: type[AnyAccess], *whose: ColumnElement[bool], now: datetime
) -> AnyAccess | None:
    """The newest link or key that lets in now."""
    query = select(table).where(*whose, opens(table, now=now)).order_by(table.id.desc())
    return session.scalar(query.limit(1))


def end_access(
    session: Session, table: type[Access], *whose: ColumnElement[bool], now: datetime
) -> None:
    """End links or keys at once."""
    is_open = table.revoked_at.is_(None)
    count_changed(session, update(table).where(*whose, is_open).values(revoked_at=now))


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
