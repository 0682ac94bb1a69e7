"""Endpoint: the address at which a device's maker takes what is told to it, as the device named it.

Anybody may name one, so nothing that it names is trusted: only https, only public addresses, and
the connection goes to the address that was looked at (no second look-up, no redirect).
"""

import base64
import binascii
import http.client
import socket
import ssl
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

from ..core.refusal import N_, Invalid

LONGEST = 1000
SECONDS = 10.0


class EndpointRefused(Invalid):
    message = N_(
        "This browser gave an address at which we cannot tell you anything. Ask for a mail."
    )


def check_endpoint(endpoint: str) -> SplitResult:
    """The parts of an address to which we may speak. Raises EndpointRefused."""
    try:
        parts = urlsplit(endpoint)
        is_right = (
            len(endpoint) <= LONGEST
            and endpoint.isascii()
            and endpoint.isprintable()
            and " " not in endpoint
            and parts.scheme == "https"
            and "@" not in parts.netloc
            and parts.port in (None, 443)
            and is_public_name(parts.hostname or "")
        )
    except ValueError:
        is_right = False
    if not is_right:
        raise EndpointRefused(field="endpoint")
    return parts


def is_public_name(host: str) -> bool:
    """Whether a host is a name with a dot, or a public address."""
    try:
        return is_public(host)
    except ValueError:
        name = host.rstrip(".").rpartition(".")
        return bool(name[0]) and not name[2].isdigit() and name[2] not in ("local", "localhost")


def is_public(address: str) -> bool:
    """Whether an IP address belongs to one machine of the public network. Raises ValueError."""
    found = ip_address(address.partition("%")[0])
    return found.is_global and not found.is_multicast


def check_keys(p256dh: str, auth: str) -> None:
    """Whether a device's keys are a point of P-256 and 16 bytes (RFC 8291). Raises
    EndpointRefused."""
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), decoded(p256dh))
        is_right = len(decoded(auth)) == 16
    except (ValueError, binascii.Error):
        is_right = False
    if not is_right:
        raise EndpointRefused(field="endpoint")


def decoded(text: str) -> bytes:
    """The bytes of base64url text without its padding. Raises ValueError."""
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True)


def reach(parts: SplitResult) -> http.client.HTTPConnection:
    """A connection to an endpoint's machine. Raises EndpointRefused when any of its addresses is
    not public, OSError when there is none."""
    host = parts.hostname or ""
    found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    addresses = [str(info[4][0]) for info in found]
    if not all(is_public(address) for address in addresses):
        raise EndpointRefused(field="endpoint")
    connection = http.client.HTTPSConnection(host, timeout=SECONDS)
    connected = socket.create_connection((addresses[0], 443), timeout=SECONDS)
    try:
        connection.sock = ssl.create_default_context().wrap_socket(connected, server_hostname=host)
    except OSError:
        connected.close()
        raise
    return connection
