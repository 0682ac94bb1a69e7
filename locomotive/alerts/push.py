"""Push: what is told to a device, so written that only it can read it (RFC 8291), and signed by us
(VAPID, RFC 8292)."""

import base64
from datetime import datetime
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from . import endpoint
from .subscription import Subscription

GONE = (404, 410)
SIGNED_FOR = 12 * 3600  # seconds; RFC 8292 allows 24 hours


class DeviceGone(Exception):
    """The device told its maker that it wants nothing more."""


class PushRefused(Exception):
    """The device's maker will never take this."""


class PushAway(Exception):
    """The device's maker takes nothing just now."""


def new_push_key() -> str:
    """A new private key of P-256, as LOCOMOTIVE_PUSH_KEY holds it: 43 characters."""
    number = generate_private_key(SECP256R1()).private_numbers().private_value
    return _text(number.to_bytes(32))


def public_key(key: str) -> str:
    """What a browser needs to know of our key to subscribe. Raises ValueError for no key."""
    signer = Vapid02.from_raw(key.encode())
    point = signer.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return _text(point)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def push(
    device: Subscription, told: bytes, *, key: str, contact: str, seconds: int, now: datetime
) -> None:
    """Hand what is told to the device's maker, who keeps it so many seconds for it.

    Raises DeviceGone, PushRefused, PushAway, EndpointRefused, OSError.
    """
    from pywebpush import WebPusher  # it loads a web client of its own: the worker alone needs it

    parts = endpoint.check_endpoint(device.endpoint)
    info = {"endpoint": device.endpoint, "keys": {"p256dh": device.p256dh, "auth": device.auth}}
    body = WebPusher(info).encode(told, content_encoding="aes128gcm")["body"]
    claims = {
        "aud": f"https://{parts.netloc}",
        "exp": int(now.timestamp()) + SIGNED_FOR,
        "sub": contact,
    }
    headers = Vapid02.from_raw(key.encode()).sign(claims)
    headers |= {
        "TTL": str(max(0, seconds)),
        "Urgency": "high",
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
    }
    path = urlsplit(device.endpoint)._replace(scheme="", netloc="", fragment="").geturl() or "/"
    connection = endpoint.reach(parts)
    try:
        connection.request("POST", path, body=body, headers=headers)
        status = connection.getresponse().status
    finally:
        connection.close()
    check_answer(status)


def check_answer(status: int) -> None:
    """Whether it was taken (RFC 8030, 5). Raises DeviceGone, PushAway, PushRefused."""
    if status in GONE:
        raise DeviceGone
    if status == 429 or status >= 500:
        raise PushAway(f"answered {status}")
    if not 200 <= status < 300:
        raise PushRefused(f"answered {status}")
