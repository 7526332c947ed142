"""Faults before a request is read: refused, ignored and cut connections, and servers that speak first."""

from faults.model import BROKEN, LATE, MALFORMED, MALFORMED_WHY, RECOVERED, Accept, Case, Completion, Kind, Raises
from faults.responses import good
from faults.steps import Plan

_STALLED = Raises("APITimeoutError", attempts=(1, 2, 3))
_STALLED_WHY = "A connect or read limit inside the deadline may end an attempt early."
_SCRIPT: tuple[Plan, ...] = (good,)


def _once(name: str, title: str, accept: Accept) -> Case:
    return Case(name, title, Kind.CONNECTING, _SCRIPT, (RECOVERED,), accept=accept, accept_times=1)


CASES = (
    Case("refused", "Nobody listens on the port.", Kind.CONNECTING, _SCRIPT, (BROKEN,), then=(), accept="refuse"),
    Case(
        "accept_ignored",
        "Somebody listens, but never takes a connection.",
        Kind.CONNECTING,
        _SCRIPT,
        (_STALLED,),
        then=(),
        deadline=0.5,
        accept="ignore",
    ),
    Case(
        "accept_stalled",
        "The connection is taken, and then nothing happens.",
        Kind.CONNECTING,
        _SCRIPT,
        (_STALLED,),
        then=(),
        deadline=0.5,
        accept="stall",
    ),
    Case(
        "accept_closed",
        "Every connection is closed before the request is read.",
        Kind.CONNECTING,
        _SCRIPT,
        (BROKEN,),
        then=(),
        accept="close",
    ),
    _once("accept_closed_then_ok", "The first connection is closed before the request is read.", "close"),
    Case(
        "accept_reset",
        "Every connection is reset before the request is read.",
        Kind.CONNECTING,
        _SCRIPT,
        (BROKEN,),
        then=(),
        accept="reset",
    ),
    _once("accept_reset_then_ok", "The first connection is reset before the request is read.", "reset"),
    Case(
        "accept_stalled_then_ok",
        "The first connection is taken, and then nothing happens on it.",
        Kind.CONNECTING,
        _SCRIPT,
        (LATE, RECOVERED),
        "A read limit inside the deadline makes a second attempt; without one the deadline ends the call.",
        deadline=0.5,
        accept="stall",
        accept_times=1,
    ),
    Case(
        "accept_banner",
        "The port belongs to an SSH server.",
        Kind.CONNECTING,
        _SCRIPT,
        MALFORMED,
        MALFORMED_WHY,
        then=(),
        accept="banner",
    ),
    Case(
        "accept_stray",
        "The connection brings the response for another id before anything was asked.",
        Kind.CONNECTING,
        _SCRIPT,
        (Raises("APIResponseError"), Completion(attempts=(1, 2))),
        "The stranger's response is an error, or the connection is thrown away before it is used.",
        reuse=False,
        accept="stray",
        accept_times=1,
    ),
    Case(
        "accept_early_503",
        "A balancer without room sends 503 before it has read anything, and closes.",
        Kind.CONNECTING,
        _SCRIPT,
        (Raises("ServerError", 503, attempts=(3,)), BROKEN),
        "Closing with the request unread may reset the connection before the response is seen.",
        then=(),
        accept="early_503",
    ),
    _once("accept_early_503_then_ok", "A balancer without room sends 503 at once, and closes.", "early_503"),
    _once("accept_late_408", "A balancer takes the new connection for an idle one and sends 408.", "late_408"),
)
