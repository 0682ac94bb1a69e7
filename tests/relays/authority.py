"""A certificate authority of the tests, and a house that is reached over HTTPS alone."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Authority:
    """Who signs certificates; whoever trusts it trusts what it signed."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def file(self) -> Path:
        return self.folder / "authority.pem"

    def serve_as(self, host: str) -> ssl.SSLContext:
        """A server's side of HTTPS, with a certificate for one host."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        builder = _begun(host, key, self.certificate.subject)
        made = builder.add_extension(names, critical=False).add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
            critical=False,
        )
        certificate = made.sign(self.key, hashes.SHA256())
        both = self.folder / f"{host}.pem"
        private = key.private_bytes(
            PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        both.write_bytes(private + certificate.public_bytes(PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(both)
        return context


def new_authority(folder: Path) -> Authority:
    """Make an authority of its own, known to nobody yet."""
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = _begun("authority of the tests", key, _name("authority of the tests"))
    made = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    certificate = made.add_extension(usage, critical=True).sign(key, hashes.SHA256())
    authority = Authority(folder, key, certificate)
    authority.file.write_bytes(certificate.public_bytes(PEM))
    return authority


def _begun(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: x509.Name
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(_name(name)).issuer_name(issuer)
    numbered = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    dated = numbered.not_valid_before(now - timedelta(hours=1))
    return dated.not_valid_after(now + timedelta(days=1)).add_extension(
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
    )


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


class _Silent(WSGIRequestHandler):
    def log(self, *_args: object, **_kwargs: object) -> None:
        pass


@contextmanager
def reached_at(app: Flask, context: ssl.SSLContext | None) -> Iterator[int]:
    """Serve an application on a free port of this machine, over HTTPS if there is a context."""
    server = make_server("127.0.0.1", 0, app, True, 1, _Silent, ssl_context=context)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()
