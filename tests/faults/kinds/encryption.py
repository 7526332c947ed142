"""TLS: certificates that must be refused, handshakes that fail, ends without a goodbye, and what holds without it."""

import dataclasses

from faults.kinds import baseline, broken, oversized, reuse, slow, statuses
from faults.model import BROKEN, GOOD, UNUSABLE, Case, Kind, Outcome, Raises, Tls
from faults.responses import JSON, completion, good, head, message, wire
from faults.steps import Close, Drop, Plan, Request, Reset

_SCRIPT: tuple[Plan, ...] = (good,)
_EITHER = Raises("APIConnectionError", attempts=(1, 3))
_EITHER_WHY = (
    "No connection came about, so it may be tried again; but what is not TLS now will hardly be TLS in a second."
)
_CUT_WHY = "Without a length a cut shows in the JSON alone: a broken connection, or a response that does not parse."


def _refused(name: Tls, title: str) -> Case:
    """A certificate that must not be believed: one attempt, no request."""
    refusal = Raises("APIConnectionError", retryable=False, mentions=("certificate",))
    return Case(f"tls_{name}", title, Kind.TLS, _SCRIPT, (refusal,), then=(), tls=name)


def _handshake(name: Tls, title: str, expect: Outcome, why: str = "", deadline: float = 20.0) -> Case:
    return Case(f"tls_{name}", title, Kind.TLS, _SCRIPT, (expect,), why, then=(), deadline=deadline, tls=name)


def _over_tls(name: str, title: str, plan: Plan, *expect: Outcome, why: str = "") -> Case:
    return Case(f"tls_{name}", title, Kind.TLS, (plan,), expect, why, tls="valid")


def _half(request: Request) -> bytes:
    whole = message(completion(request))
    return whole[: len(whole) - 100]


def _unsized(request: Request) -> bytes:
    return head(headers=(("Content-Type", JSON), ("Connection", "close"))) + completion(request)


_AGAIN = frozenset(
    {
        "ok_byte_by_byte",
        "closed_at_request_then_ok",
        "closed_at_mid_chunk",
        "reset_at_mid_body_then_ok",
        "stalled_at_request",
        "stalled_at_mid_body",
        "drip_body",
        "drip_interim",
        "drip_header_lines",
        "drip_chunks",
        "endless_chunks",
        "endless_headers",
        "bomb_gzip",
        "content_5_mb",
        "kept_closed",
        "kept_reset",
        "kept_closed_on_next",
        "stray_answer_with",
        "stray_answer_later",
        "stray_on_next",
        "off_by_one",
        "status_503_then_ok",
    }
)
"""Cases that go through other code of the HTTP library when the connection is encrypted."""

_PLAIN = (*baseline.CASES, *broken.CASES, *slow.CASES, *oversized.CASES, *reuse.CASES, *statuses.CASES)


def _encrypted(case: Case) -> Case:
    """Return the same case over TLS."""
    return dataclasses.replace(
        case, name=f"tls_{case.name}", title=f"Over TLS: {case.title}", kind=Kind.TLS, tls="valid"
    )


CASES = (
    _over_tls("valid", "A good response over TLS, from an authority that the client trusts.", good, GOOD),
    _refused("wrong_host", "The certificate is for another host."),
    _refused("expired", "The certificate has expired."),
    _refused("not_yet_valid", "The certificate is not valid yet."),
    _refused("untrusted", "The certificate is from an authority that the client does not know."),
    _handshake(
        "handshake_stall",
        "The server says nothing to the client's hello.",
        Raises("APITimeoutError", attempts=(1, 2, 3)),
        "A connect limit inside the deadline may end an attempt early.",
        deadline=0.5,
    ),
    _handshake("handshake_close", "The server hangs up on the client's hello.", BROKEN),
    _handshake("handshake_reset", "The server resets the connection on the client's hello.", BROKEN),
    _handshake("handshake_garbage", "The server answers the client's hello with garbage.", _EITHER, _EITHER_WHY),
    _handshake("handshake_alert", "The server refuses the handshake with a TLS alert.", _EITHER, _EITHER_WHY),
    _handshake("handshake_http", "The server speaks plain HTTP where TLS was expected.", _EITHER, _EITHER_WHY),
    _over_tls(
        "cut_by_close", "Over TLS, the connection is closed in the middle of the body.", wire(_half, Close()), BROKEN
    ),
    _over_tls(
        "cut_by_drop", "Over TLS, the connection ends without a goodbye in the body.", wire(_half, Drop()), BROKEN
    ),
    _over_tls(
        "cut_by_reset", "Over TLS, the connection is reset in the middle of the body.", wire(_half, Reset()), BROKEN
    ),
    _over_tls(
        "unsized_dropped",
        "Over TLS, a whole response without a length ends without a goodbye.",
        wire(_unsized, Drop()),
        GOOD,
        BROKEN,
        why="The JSON is whole, but the goodbye that would vouch for it is missing.",
    ),
    _over_tls(
        "unsized_cut",
        "Over TLS, a response without a length ends without a goodbye in the middle of the JSON.",
        wire(lambda request: _unsized(request)[:-100], Drop()),
        BROKEN,
        UNUSABLE,
        why=_CUT_WHY,
    ),
    *(_encrypted(case) for case in _PLAIN if case.name in _AGAIN),
)
