"""Which proxy leads to the API."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from aurous import _check

_logger = logging.getLogger("aurous")


def proxy_for(base_url: str, proxy: str | None) -> str | None:
    """The proxy to use: the one given, or `HTTPS_PROXY` of the environment unless `NO_PROXY` excepts the host.

    The environment is asked for https only: over plain http a proxy would read the key. What it holds never fails a
    client: a value that is no URL is passed over, with a warning in the log.
    """
    if proxy is not None:
        return None if proxy == "direct" else proxy
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if parts.scheme != "https" or _check.is_loopback(host):
        return None
    found = getproxies().get("https") or getproxies().get("all")
    if not found or proxy_bypass(host):
        return None
    found = found.strip()
    found = found if "://" in found else f"http://{found}"
    if _check.is_proxy_url(found):
        return found
    _logger.warning(
        "HTTPS_PROXY of the environment is no URL of an HTTP proxy and is passed over; connections are made directly"
    )
    return None
