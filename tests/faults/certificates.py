"""Certificates made on the spot: good ones, and those that a client must refuse."""

import ssl
from datetime import UTC, datetime, timedelta
from functools import cache

import trustme

from faults.model import Tls


@cache
def _authority(name: str) -> trustme.CA:
    return trustme.CA(organization_name=name)


def _certificate(mode: Tls) -> trustme.LeafCert:
    """Return the certificate for *mode*; where the fault lies in the handshake it is a good one."""
    now = datetime.now(UTC)
    trusted = _authority("trusted")
    match mode:
        case "wrong_host":
            return trusted.issue_cert("elsewhere.invalid")
        case "expired":
            return trusted.issue_cert(
                "127.0.0.1", not_before=now - timedelta(days=9), not_after=now - timedelta(days=2)
            )
        case "not_yet_valid":
            return trusted.issue_cert(
                "127.0.0.1", not_before=now + timedelta(days=2), not_after=now + timedelta(days=9)
            )
        case "untrusted":
            return _authority("stranger").issue_cert("127.0.0.1")
        case _:
            return trusted.issue_cert("127.0.0.1", "localhost")


@cache
def server_context(mode: Tls) -> ssl.SSLContext:
    """Return what a server of this *mode* shows to its clients."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    _certificate(mode).configure_cert(context)
    return context


def configure(context: ssl.SSLContext) -> None:
    """Let a server's context show the good certificate."""
    _certificate("valid").configure_cert(context)


def authorities() -> bytes:
    """The certificate of the authority to trust, as PEM."""
    return _authority("trusted").cert_pem.bytes()


@cache
def client_context() -> ssl.SSLContext:
    """Return what a client needs to believe the server of mode `valid`, and none of the others."""
    context = ssl.create_default_context()
    _authority("trusted").configure_trust(context)
    return context
