"""The table of faults with other HTTP stacks in place of the SDK's own, set up as `docs/transports.md` shows it.

What they make of a case is what the table says, or exactly what `faults/transports.py` says instead. Whatever that is:
no exception but those of the SDK, nobody else's response, the key with its origin, and no call beyond its deadline.
Cases of one kind share a server and run side by side; of some kinds a part is tried (`PASSED_ON`).
"""

import asyncio
import contextlib
import logging
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from itertools import groupby
from typing import Any

import pytest

import canary
from aurous import AsyncAurous, Aurous
from faults import certificates, transports
from faults.cases import BY_NAME, CASES, Case, Kind
from faults.server import FaultServer, serve
from faults.transports import LOSSES, STACKS
from faults.verdict import judge
from test_faults import SAMPLED, SkippingClock, tried

KEY = "al_live_" + "7" * 64  # of this module alone: another process may have had a port before
PACKAGES = {"httpx-aiohttp": "httpx_aiohttp", "pyreqwest": "pyreqwest", "pyreqwest, sync": "pyreqwest"}
EXTRAS = {"httpx_aiohttp": "aiohttp", "pyreqwest": "pyreqwest"}
AT_ONCE = 8
LIMIT = 8 * 1024 * 1024
GRACE = 2.0  # a call that hangs is looked for; cases side by side cost each other time
EVERY = 4
PASSED_ON = {Kind.STATUS, Kind.ERROR_BODY, Kind.UNUSABLE, Kind.DRIFT}
"""Kinds in which a stack has but to hand on a status and a body: one in `EVERY` of their cases is tried."""

Call = Callable[[str], Awaitable[object]]


def aiohttp_transport(tls: ssl.SSLContext | None) -> Any:
    from httpx_aiohttp import AiohttpTransport  # noqa: PLC0415

    # Without TLS it makes no difference, but for the time that reading certificates takes.
    return AiohttpTransport(verify=tls or certificates.client_context())


def reqwest(builder: Any, tls: ssl.SSLContext | None) -> Any:
    if tls is not None:
        named = zip(tls.get_ca_certs(), tls.get_ca_certs(binary_form=True), strict=True)
        ours = next(certificate for names, certificate in named if "trusted" in str(names["subject"]))
        builder = builder.add_root_certificate_der(ours)
    return builder.follow_redirects(False).no_proxy().gzip(False).deflate(False).build()


def reqwest_transport(tls: ssl.SSLContext | None) -> Any:
    from pyreqwest.client import ClientBuilder  # noqa: PLC0415
    from pyreqwest.compatibility.httpx import HttpxTransport  # noqa: PLC0415

    return HttpxTransport(reqwest(ClientBuilder(), tls))


def sync_reqwest_transport(tls: ssl.SSLContext | None) -> Any:
    from pyreqwest.client import SyncClientBuilder  # noqa: PLC0415
    from pyreqwest.compatibility.httpx import SyncHttpxTransport  # noqa: PLC0415

    return SyncHttpxTransport(reqwest(SyncClientBuilder(), tls))


MAKERS: dict[str, Callable[[ssl.SSLContext | None], Any]] = {
    "httpx-aiohttp": aiohttp_transport,
    "pyreqwest": reqwest_transport,
    "pyreqwest, sync": sync_reqwest_transport,
}


@contextlib.asynccontextmanager
async def client_of(stack: str, **options: Any) -> AsyncIterator[Call]:
    """A client on a stack; gives what retrieves with it."""
    if stack != "pyreqwest, sync":
        async with AsyncAurous(KEY, **options) as client:
            yield client.chat.completions.retrieve
        return
    with Aurous(KEY, **options) as sync_client:
        yield lambda asked: asyncio.to_thread(sync_client.chat.completions.retrieve, asked)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one call came to."""

    asked: str
    outcome: object
    attempts: int | None
    took: float


async def seen(case: Case, server: FaultServer, call: Call) -> list[Seen]:
    """Run a case: its call, and those that follow."""
    calls: list[Seen] = []
    for name in (case, *([BY_NAME["ok"]] * len(case.then))):
        asked = server.fresh_id(name)
        started = time.monotonic()
        outcome = await tried(call, asked)
        took = time.monotonic() - started
        await asyncio.to_thread(server.settle, asked)
        countable = name is case and case.tls is None and case.accept == "serve"
        calls.append(Seen(asked, outcome, server.attempts(asked) if countable else None, took))
    return calls


def misjudged(case: Case, calls: list[Seen]) -> list[str]:
    """What of it is not as the case says."""
    expected = (case.expect, *case.then)
    return [
        problem
        for expect, one in zip(expected, calls, strict=False)
        for problem in judge(expect, one.asked, one.outcome, attempts=one.attempts)
    ]


async def complaints(stack: str, case: Case, server: FaultServer) -> list[str]:
    """Run a case on a stack. Returns what is wrong with what it came to."""
    loss = next((loss for loss in LOSSES[stack] if case.name in loss.cases), None)
    here = loss(case) if loss else case
    clock = SkippingClock()
    options: dict[str, Any] = {
        "base_url": server.base_url,
        "transport": partial(MAKERS[stack], server.ssl_context),
        "timeout": here.deadline,
        "max_response_bytes": LIMIT,
        "clock": clock,
    }
    async with client_of(stack, **options) as call:
        calls = await seen(here, server, call)
    wrong = misjudged(here, calls)
    wrong += [f"took {one.took:.2f} s of {here.deadline}" for one in calls if one.took > here.deadline + GRACE]
    if case.hint is not None and clock.slept != pytest.approx([case.hint] * len(clock.slept), abs=1):
        wrong.append(f"waited {clock.slept} in place of {case.hint}")
    if loss and loss.certain and not misjudged(case, calls):
        wrong.append("it comes to what the table says: strike it from faults/transports.py")
    wrong += canary.sightings(KEY, (trace for one in calls for trace in canary.of_outcome(one.outcome)))
    return [f"{case.name}: {problem}" for problem in wrong]


def misdirected(server: FaultServer) -> list[str]:
    """What the servers saw that nobody may send; the key, above all, anywhere else."""
    strayed = [f"the key went elsewhere: {request}" for request in server.elsewhere_requests if request.key == KEY]
    return [*strayed, *server.unwelcome(KEY), *server.errors]


async def run(stack: str, cases: Iterable[Case], at_once: int) -> list[str]:
    """Run cases that can share a server, side by side."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2 * at_once))
    room = asyncio.Semaphore(at_once)
    listed = list(cases)
    with serve(listed[0]) as server:

        async def one(case: Case) -> list[str]:
            async with room:
                return await complaints(stack, case, server)

        found = await asyncio.gather(*map(one, listed))
        return [*(problem for problems in found for problem in problems), *misdirected(server)]


def selected(stack: str, kind: Kind) -> list[Case]:
    """The cases of a kind that are tried."""
    told = {name for loss in LOSSES[stack] for name in loss.cases}
    cases = [case for case in CASES if case.kind is kind]
    step = EVERY if kind in PASSED_ON else 1
    return [case for number, case in enumerate(cases) if number % step == 0 or case.name in told]


def shared(case: Case) -> tuple[object, ...]:
    """What cases have in common that can share a server."""
    own = case.name if case.accept != "serve" else ""
    return case.kind, case.tls, own


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=[] if number % SAMPLED == 0 else pytest.mark.whole) for number, kind in enumerate(Kind)],
)
@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_does_as_the_table_says_or_as_is_told(stack: str, kind: Kind, caplog: pytest.LogCaptureFixture) -> None:
    package = PACKAGES[stack]
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed: it comes with aurous[{EXTRAS[package]}]")
    cases = sorted(selected(stack, kind), key=lambda case: str(shared(case)))
    at_once = 1 if kind is Kind.OVERSIZED else AT_ONCE  # floods take all the processor that there is
    with caplog.at_level(logging.DEBUG):
        groups = [asyncio.run(run(stack, group, at_once)) for _, group in groupby(cases, shared)]
    assert not [problem for group in groups for problem in group]
    assert not canary.sightings(KEY, canary.of_records(caplog.records))


@pytest.mark.parametrize("stack", STACKS)
def test_what_is_told_is_told_of_cases_of_the_table(stack: str) -> None:
    told = [name for loss in LOSSES[stack] for name in loss.cases]
    assert len(told) == len(set(told))
    assert set(told) <= set(BY_NAME)


def test_the_page_tells_what_is_given_up() -> None:
    text = transports.PAGE.read_text("utf-8")
    assert text == transports.put_into(text), "run: python tests/faults/transports.py"
