"""A certificate for one's own network, so that a phone's browser gives the page its microphone.

Comes in: the host and names it is for. Goes out: two PEM files in the user's cache, the key
readable by the owner only. No browser knows who signed it: each asks once.
"""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import os
import socket
from pathlib import Path

import platformdirs
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAYS = 365


def own_certificate(host: str, names: list[str], folder: Path | None = None) -> tuple[str, str]:
    """Make a certificate.

    Args:
        host: the address it is served at; an open one stands for all of this machine's.
        names: host names besides.
        folder: where to put it; None: the user's cache.

    Returns:
        Paths of the certificate and of its key.
    """
    place = folder or Path(platformdirs.user_cache_dir("visavis")) / "https"
    place.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Visavis on this machine")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(_names(host, names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, secret = place / "certificate.pem", place / "key.pem"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.unlink(missing_ok=True)
    descriptor = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ))  # fmt: skip
    return str(chain), str(secret)


def _names(host: str, names: list[str]) -> list[x509.GeneralName]:
    hosts = {"localhost", socket.gethostname(), *names}
    addresses = {"127.0.0.1", "::1", host}
    with contextlib.suppress(OSError):
        found = socket.getaddrinfo(socket.gethostname(), None)
        addresses |= {str(entry[4][0]).split("%")[0] for entry in found}
    known: list[x509.GeneralName] = [x509.DNSName(name) for name in sorted(hosts)]
    for text in sorted(addresses):
        try:
            known.append(x509.IPAddress(ipaddress.ip_address(text)))
        except ValueError:
            known.append(x509.DNSName(text))
    return known
