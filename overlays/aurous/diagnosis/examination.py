"""The checks, from what is configured to what the API responds; each stands on those before it."""

from __future__ import annotations

import hashlib
import os
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aurous import _check
from aurous._config import API_KEY, BASE_URL, DEFAULT_BASE_URL, Config, Timeout, configure
from aurous._engine.caller import SyncCaller
from aurous._engine.client_state import ClientState
from aurous._engine.effects import Flow, Send
from aurous._engine.requests import build_request
from aurous._engine.response_errors import ErrorFactory
from aurous._engine.responses import ResponseParser
from aurous._errors import AurousError, ConfigurationError
from aurous._http.certificates import bundle, context_of
from aurous._http.connection import Connection, Route
from aurous._http.failures import Failure, failure_of
from aurous._http.limits import Limits
from aurous._http.pools import ProcessPools
from aurous._http.proxies import Proxy, choose
from aurous._http.resolver import resolve
from aurous._http.sockets import BLOCKING
from aurous._http.steps import run
from aurous._http.wire import Response
from aurous._rate_limits import http_date
from aurous._secret import Secret, shown
from aurous._text import one_line
from aurous.diagnosis import words
from aurous.diagnosis.report import Check, Diagnosis, State
from aurous_api.operations import CallOptions
from aurous_api.resources.models import LIST

if TYPE_CHECKING:
    from aurous import AsyncAurous, Aurous

Finding = tuple[State, str, str]
"""The state, what was found, and what to do about it."""

TIMEOUT: Final = 10.0
_MOST_BYTES: Final = 16 * 1024 * 1024
_LONGEST: Final = 600
_KEY_LENGTH: Final = len("al_live_") + 64
_SKEW: Final = 30.0
"""Seconds by which clocks may differ before it is worth a word."""


def diagnose(
    client: Aurous | AsyncAurous | None = None,
    *,
    timeout: float = TIMEOUT,
    on_check: Callable[[Check], object] | None = None,
) -> Diagnosis:
    """Look at what stands between this program and the API: key, address, proxy, certificates, name, connection.

    Then the list of models is asked for (`GET /v1/models`), once, which costs no credits. What fails is told in words,
    with what to do about it; no error is raised. `print(diagnose())` gives a text for a support ticket, and so does
    `aurous doctor` on a command line. It blocks: in a coroutine, `await asyncio.to_thread(diagnose)`.

    Args:
        client: The client, of either kind, whose configuration is looked at; by default that of the environment.
        timeout: Longest time in seconds that the name, the connection and the request may each take.
        on_check: Called with each `Check` as soon as it is made.

    Returns:
        The checks in order; `is_well` where none failed.

    Raises:
        ConfigurationError: `timeout` is no time.

    Example:
        >>> diagnose().is_well
        True
    """
    limit = _check.seconds(timeout, source="timeout")
    examination = _Examination(None if client is None else client.config, limit)
    checks: list[Check] = []
    for check in examination.checks():
        checks.append(check)
        if on_check is not None:
            on_check(check)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Diagnosis(tuple(checks), words.program(), now, examination.request_id)


class _Examination:
    """What is known so far. A check that fails raises, or says so; those that need it are then left out."""

    def __init__(self, config: Config | None, timeout: float) -> None:
        self._given = config
        self._timeout = timeout
        self._secret = Secret() if config is None else config.api_key
        self._base_url = ""
        self._proxy: Proxy | None = None
        self._context: ssl.SSLContext | None = None
        self._response: Response | None = None
        self._asked_version: str | None = None
        self._now = time.time

    def checks(self) -> Iterator[Check]:
        """Look at one thing after the other."""
        failed: set[str] = set()
        steps = (
            ("key", self._key, ()),
            ("address", self._address, ()),
            ("proxy", self._choose_proxy, ("address",)),
            ("certificates", self._trust, ("address", "proxy")),
            ("name", self._resolve, ("address", "proxy")),
            ("connection", self._connect, ("address", "proxy", "certificates", "name")),
            ("answer", self._ask, ("key", "address", "proxy", "certificates", "name", "connection")),
            ("version", self._compare_versions, ()),
            ("clock", self._compare_clocks, ()),
        )
        for name, look, needs in steps:
            lacking = next((need for need in needs if need in failed), None)
            found = (
                self._found(look) if lacking is None else _skipped(f"not tried, as the check of the {lacking} failed")
            )
            failed |= {name} if found[0] == "failed" else set()
            yield Check(name, found[0], self._clean(found[1]), self._clean(found[2]))

    @property
    def request_id(self) -> str | None:
        """Of the request that was made."""
        return (self._clean(self._headers.get("aurous-request-id", "")) or None) if self._response else None

    def _found(self, look: Callable[[], Finding]) -> Finding:
        try:
            return look()
        except AurousError as error:
            return _refused(error)

    def _clean(self, text: str) -> str:
        text = text if self._given is not None else words.in_a_shell(text)
        return one_line(shown(self._secret.mask(text)), _LONGEST)

    # --- What is configured ---

    def _key(self) -> Finding:
        source = f"{API_KEY} of the environment"
        if self._given is not None and not self._given.key_from_environment:
            source = "given as api_key="
        elif self._given is None:
            if API_KEY not in os.environ:
                advice = f"set it to a key of your team: export {API_KEY}=al_live_..."
                return "failed", f"{API_KEY} is not set", advice
            self._secret = _check.api_key(os.environ[API_KEY])
            if self._secret.problem is not None:
                problem, _, to_do = self._secret.problem.partition("; ")
                return "failed", f"{API_KEY} {problem}", to_do
        key = self._secret.reveal()
        # Two people can compare it, and it tells no character of the key.
        described = f"{source}: {len(key)} characters, SHA-256 {hashlib.sha256(key.encode()).hexdigest()[:8]}..."
        if key.startswith("og_") or (key.startswith("al_live_") and len(key) == _KEY_LENGTH):
            return _ok(described)
        return "warning", f"{described}, where a key is al_live_ and 64 hex digits", "copy it again if it is refused"

    def _address(self) -> Finding:
        if self._given is not None:
            self._base_url = self._given.base_url
            return _ok(f"{self._base_url}, of the client")
        named = os.environ.get(BASE_URL)
        self._base_url = _check.base_url(named, allow_http=False, source=BASE_URL) if named else DEFAULT_BASE_URL
        return _ok(f"{self._base_url}, {f'from {BASE_URL}' if named else 'the default'}")

    def _choose_proxy(self) -> Finding:
        self._proxy, reason = choose(self._base_url, None if self._given is None else self._given.proxy)
        return _ok(f"none: {reason}" if self._proxy is None else f"{words.place(self._proxy)}, {reason}")

    def _trust(self) -> Finding:
        if urlsplit(self._base_url).scheme != "https" and not (self._proxy and self._proxy.is_secure):
            return _skipped("plain http has none")
        given = None if self._given is None else self._given.ssl_context
        self._context = context_of(given)
        trusted = bundle()
        count = len(self._context.get_ca_certs())
        if given is not None:
            return _ok(f"those of ssl_context= are trusted, {count} authorities")
        if trusted.directory is not None:
            return _ok(f"those in {trusted.directory} are trusted ({trusted.source})")
        return _ok(f"{count} authorities are trusted, of {trusted.file} ({trusted.source})")

    # --- The way there ---

    def _resolve(self) -> Finding:
        if self._has_transport:
            return _skipped("requests go over what was given as transport=")
        host = self._proxy.host if self._proxy else (urlsplit(self._base_url).hostname or "").rstrip(".")
        try:
            addresses = [str(each[4][0]) for each in resolve(host, 443, self._timeout)]
        except Exception as error:  # noqa: BLE001  # also what a stand-in for the resolver raises
            named = f"the proxy {host}" if self._proxy else host
            what = f"HTTPS_PROXY and {BASE_URL}" if self._proxy else BASE_URL
            return "failed", f"{named} has no address ({error})", f"check {what}, the network, and its name servers"
        unique = list(dict.fromkeys(addresses))
        if unique == [host]:
            return _ok(f"{host} is an address")
        return _ok(f"{host}: {', '.join(unique[:4])}{', ...' if unique[4:] else ''}")

    @property
    def _has_transport(self) -> bool:
        return self._given is not None and self._given.transport is not None

    @property
    def _has_asynchronous_transport(self) -> bool:
        transport = None if self._given is None else self._given.transport
        return hasattr(transport, "handle_async_request") and not hasattr(transport, "handle_request")

    def _connect(self) -> Finding:
        if self._has_transport:
            return _skipped("requests go over what was given as transport=")
        connection = Connection(Route(self._base_url, self._context, self._proxy, 1), BLOCKING, 0)
        began = time.monotonic()
        try:
            stream = run(connection.open(Limits(self._timeout, self._timeout, self._timeout)))
            return _ok(f"made in {words.span(time.monotonic() - began)}{words.tls(stream.tls)}")
        except Exception as error:  # noqa: BLE001  # whatever it is, it is told
            failure = failure_of(error, time.monotonic() - began, self._secret)
            return "failed", failure.reason, words.advice(failure, self._proxy)
        finally:
            connection.close()

    # --- The response ---

    def _ask(self) -> Finding:
        if self._has_asynchronous_transport:
            return _skipped("the transport= is asynchronous, and this is not")
        limits = {"timeout": Timeout(self._timeout, self._timeout, self._timeout)}
        config = configure(limits) if self._given is None else self._given.changed(limits)
        self._asked_version, self._now = config.api_version, config.clock.time
        pools = ProcessPools(config)
        try:
            outcome, error = SyncCaller(config, pools, ClientState(config)).run(_asking(config))
        finally:
            if not self._has_transport:  # that is the caller's
                pools.close()
        if isinstance(outcome, Failure):
            advice = "check that the address is that of the API; if it is, try again later"
            if not outcome.timed_out:
                return "failed", outcome.reason, advice
            return "failed", f"it was connected, and no whole response came within {self._timeout:g} s", advice
        self._response = outcome
        if outcome.status_code == HTTPStatus.NOT_FOUND:
            advice = "check base_url: the list of models is not found there"
            return "failed", _refused(error)[1] if error else "404", advice
        if error is not None:
            return _refused(error)
        id_ = f", request id {self.request_id}" if self.request_id else ""
        return _ok(f"{outcome.status_code} in {words.span(outcome.elapsed)}{id_}")

    @property
    def _headers(self) -> Mapping[str, str]:
        return self._response.headers if self._response is not None else {}

    def _compare_versions(self) -> Finding:
        asked, applied = self._asked_version, self._headers.get("aurous-version")
        if self._response is None:
            return _skipped("there was no response")
        if applied is None:
            advice = "check that the address is that of the API, which tells its version with each response"
            return "warning", "the response does not tell which version was applied", advice
        if asked is None and self._response.status_code == HTTPStatus.UNAUTHORIZED:
            return _ok(f"{applied}, as none is asked for; the key was refused, and the team may have another default")
        if asked is None:
            return _ok(f"{applied}, the default of the team, as none is asked for")
        if asked == applied:
            return _ok(f"{applied}, as asked for")
        advice = "see https://docs.aurous-labs.com for the versions that there are"
        return "warning", f"{asked} was asked for, and {applied} applied", advice

    def _compare_clocks(self) -> Finding:
        sent = http_date(self._headers.get("date"))
        if self._response is None or sent is None:
            return _skipped("there was no response" if self._response is None else "the response has no date")
        skew = self._now() - sent
        if abs(skew) <= _SKEW:
            return _ok("this machine and the server agree")
        told = f"this machine is {words.span(abs(skew))} {'ahead of' if skew > 0 else 'behind'} the server"
        return "warning", told, "set the clock, by NTP for example: certificates and links expire by it"


def _asking(config: Config) -> Flow[tuple[Response | Failure, AurousError | None]]:
    """One request for the list of models: what came, and the error that it amounts to."""
    request = build_request(LIST, (), dict.fromkeys(each.name for each in LIST.query), CallOptions(), config)
    outcome: Response | Failure = yield Send(request, config.timeout.total, config.timeout, _MOST_BYTES)
    if isinstance(outcome, Failure):
        return outcome, None
    parsed = ResponseParser(LIST, None, ErrorFactory(config.api_key, config.clock), request).parse(outcome, 0.0)
    return outcome, parsed if isinstance(parsed, AurousError) else None


def _ok(found: str) -> Finding:
    return "ok", found, ""


def _skipped(why: str) -> Finding:
    return "skipped", why, ""


def _refused(error: AurousError) -> Finding:
    """An error in place of a finding: its message says what, and what to do."""
    found, _, to_do = error.message.partition(". To do: ")
    if not to_do and isinstance(error, ConfigurationError):
        to_do = "correct that setting, or leave it out"
    return "failed", found, to_do
