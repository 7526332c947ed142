"""Which certificate authorities are trusted."""

from __future__ import annotations

import os
import ssl
from typing import NamedTuple

from aurous._errors import ConfigurationError


class Bundle(NamedTuple):
    """Where the certificates of authorities are."""

    source: str
    file: str | None = None
    directory: str | None = None


def bundle() -> Bundle:
    """The authorities of `SSL_CERT_FILE` or `SSL_CERT_DIR`, or else those of certifi."""
    if file := os.environ.get("SSL_CERT_FILE"):
        return Bundle("SSL_CERT_FILE", file)
    if directory := os.environ.get("SSL_CERT_DIR"):
        return Bundle("SSL_CERT_DIR", directory=directory)
    import certifi  # noqa: PLC0415

    return Bundle("certifi", certifi.where())


def default_context() -> ssl.SSLContext:
    """A context that trusts the authorities of the `bundle`.

    Raises:
        ConfigurationError: They cannot be read.
    """
    trusted = bundle()
    try:
        context = ssl.create_default_context(cafile=trusted.file, capath=trusted.directory)
    except OSError as error:
        raise ConfigurationError(
            f"the certificates to trust cannot be read ({error.strerror or error}); "
            "check SSL_CERT_FILE and SSL_CERT_DIR"
        ) from None
    context.set_alpn_protocols(["http/1.1"])
    return context


def context_of(given: ssl.SSLContext | None) -> ssl.SSLContext:
    """The caller's context, or the default one."""
    return default_context() if given is None else given
