"""Which certificate authorities are trusted."""

from __future__ import annotations

import os
import ssl

from aurous._errors import ConfigurationError


def default_context() -> ssl.SSLContext:
    """A context that trusts the authorities of `SSL_CERT_FILE` or `SSL_CERT_DIR`, or else those of certifi.

    Raises:
        ConfigurationError: They cannot be read.
    """
    file, directory = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    try:
        if file or directory:
            context = ssl.create_default_context(cafile=file or None, capath=None if file else directory)
        else:
            import certifi  # noqa: PLC0415

            context = ssl.create_default_context(cafile=certifi.where())
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
