"""A key as a phone would have it, without the phone: it signs what a browser hands it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url as text_of

PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40


@dataclass
class SoftKey:
    """One credential of a site; `flags` may leave out that its owner was verified."""

    origin: str = "http://localhost"
    flags: int = PRESENT | VERIFIED
    uses: int = 0
    credential: bytes = b"a key of the tests"
    _private: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any]) -> str:
        """What the browser sends of a new key, as JSON."""
        numbers = self._private.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        made = bytes(16) + len(self.credential).to_bytes(2) + self.credential + cbor2.dumps(public)
        data = self._data(options["rp"]["id"], self.flags | HAS_KEY) + made
        attestation = {"fmt": "none", "attStmt": {}, "authData": data}
        client = self._client("webauthn.create", options["challenge"])
        return self._told(
            clientDataJSON=text_of(client), attestationObject=text_of(cbor2.dumps(attestation))
        )

    def get(self, options: dict[str, Any]) -> str:
        """What the browser sends of a signature, as JSON."""
        data = self._data(options["rpId"], self.flags)
        client = self._client("webauthn.get", options["challenge"])
        signed = self._private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._told(
            clientDataJSON=text_of(client),
            authenticatorData=text_of(data),
            signature=text_of(signed),
        )

    def _data(self, host: str, flags: int) -> bytes:
        self.uses += 1
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.uses.to_bytes(4)

    def _client(self, act: str, challenge: str) -> bytes:
        facts = {"type": act, "challenge": challenge, "origin": self.origin}
        return json.dumps(facts | {"crossOrigin": False}).encode()

    def _told(self, **response: str) -> str:
        id_ = text_of(self.credential)
        return json.dumps(
            {"id": id_, "rawId": id_, "type": "public-key", "response": response}
            | {"clientExtensionResults": {}}
        )
