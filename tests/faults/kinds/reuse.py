"""What a connection that is kept alive brings later: ends, strays, and other people's responses."""

from collections.abc import Iterable

from faults.model import GOOD, UNUSABLE, Case, Completion, Kind, Outcome, Raises
from faults.responses import STRANGER, Body, as_json, completion, document, envelope, good, head, message, render, reply
from faults.steps import Close, Next, Pause, Plan, Request, Reset, Send, Step

_STRAY = message(as_json(document(STRANGER)))
_STRAY_404 = message(as_json(envelope("resource_not_found", "not_found")), 404)
_TRIED_AGAIN = Completion(attempts=(1, 2))


def _then(*steps: Step, first: Plan = good) -> Plan:
    """Return a plan: what *first* does, then *steps*."""
    return lambda request: (*first(request), *steps)


def _together(stray: bytes, answer: Body = lambda request: message(completion(request))) -> Plan:
    """Return a plan: *response* and *stray* in one write."""
    return lambda request: (Send(render(answer, request) + stray),)


def _later(stray: bytes) -> Plan:
    """Return a plan: a good response, and *stray* shortly after."""
    return _then(Pause(0.02), Send(stray))


def _on_next(before: bytes, *last: Step) -> Plan:
    """Return a plan: a good response; the next request on the connection gets *before*, its own, and *last*."""

    def poisoned(request: Request) -> Iterable[Step]:
        return (Send(before), *good(request), *last)

    return _then(Next(poisoned))


def _case(
    name: str,
    title: str,
    plan: Plan,
    *expect: Outcome,
    next_call: tuple[Outcome, ...] = (GOOD,),
    reuse: bool | None = False,
) -> Case:
    return Case(name, title, Kind.REUSE, (plan,), expect or (GOOD,), then=(next_call, (GOOD,)), reuse=reuse)


_ENDS = (
    _case("kept_closed", "The server closes the connection after a good response without a word.", _then(Close())),
    _case("kept_reset", "The server resets the connection after a good response.", _then(Pause(0.02), Reset())),
    _case(
        "kept_closed_later",
        "The server closes the connection shortly after a good response.",
        _then(Pause(0.02), Close()),
    ),
    _case(
        "kept_closed_on_next",
        "The server closes the connection as the next request comes in.",
        _then(Next(lambda request: (Close(),))),
        next_call=(_TRIED_AGAIN,),
        reuse=None,
    ),
    _case(
        "kept_reset_on_next",
        "The server resets the connection as the next request comes in.",
        _then(Next(lambda request: (Reset(),))),
        next_call=(_TRIED_AGAIN,),
        reuse=None,
    ),
    _case(
        "kept_though_close_said",
        "A good response says Connection: close, and the server leaves the connection open.",
        reply(headers=(("Connection", "close"),)),
    ),
    _case(
        "kept_late_408",
        "A balancer ends the idle connection with a 408.",
        _later(head(408, (("Connection", "close"),))),
    ),
    _case(
        "kept_timeout_0",
        "A good response says Keep-Alive: timeout=0.",
        reply(headers=(("Keep-Alive", "timeout=0, max=0"),)),
        reuse=None,
    ),
)

_PIECES: tuple[tuple[str, str, bytes], ...] = (
    ("answer", "the response for another id", _STRAY),
    ("404", "an error that nobody asked for", _STRAY_404),
    ("part", "the first half of another response", _STRAY[: len(_STRAY) // 2]),
    ("head", "the head of another response", head(headers=(("Content-Length", "500"),))),
    ("bytes", "some bytes", b"\x00\xffleft over"),
    ("five", "five responses for another id", _STRAY * 5),
    ("interim", "an interim response", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
)

_STRAYS = tuple(
    case
    for name, what, stray in _PIECES
    for case in (
        _case(f"stray_{name}_with", f"Together with a good response comes {what}.", _together(stray)),
        _case(f"stray_{name}_later", f"Shortly after a good response comes {what}.", _later(stray)),
    )
)


def _off_by_one(request: Request) -> Iterable[Step]:
    """Respond well, but from the next request on send each the response to the one before it."""

    def behind(answer: bytes) -> Plan:
        def plan(later: Request) -> Iterable[Step]:
            return (Send(answer), Next(behind(message(completion(later)))))

        return plan

    return (*good(request), Next(behind(message(completion(request)))))


_CROSSED = (
    Case(
        "stray_newline_with",
        "Together with a good response comes an empty line.",
        Kind.REUSE,
        (_together(b"\r\n"),),
        (GOOD,),
    ),
    _case(
        "body_of_204",
        "A 204 has a body: a whole response for another id.",
        lambda request: (Send(head(204) + _STRAY),),
        Raises("APIResponseError", 204),
    ),
    _case(
        "body_of_204_sized",
        "A 204 has a Content-Length and a body.",
        lambda request: (Send(message(completion(request), 204)),),
        Raises("APIResponseError", 204),
    ),
    _case(
        "body_of_304",
        "A 304 has a body: a whole response for another id.",
        lambda request: (Send(head(304) + _STRAY),),
        Raises("APIResponseError", 304),
    ),
    _case(
        "stray_with_404",
        "Together with a documented 404 comes the response for another id.",
        _together(_STRAY, _STRAY_404),
        Raises("NotFoundError", 404),
    ),
    _case(
        "stray_with_empty_200",
        "An empty response is followed by the response for another id.",
        _together(_STRAY, message(b"")),
        UNUSABLE,
    ),
    _case(
        "answer_of_another_first",
        "The response for another id comes, and then the right one.",
        lambda request: (Send(_STRAY + message(completion(request))),),
        UNUSABLE,
    ),
    _case(
        "stray_on_next",
        "As the next request comes in, the response for another id is sent before its own.",
        _on_next(_STRAY),
        next_call=(_TRIED_AGAIN,),
        reuse=None,
    ),
    Case(
        "stray_404_on_next",
        "As the next request comes in, an error for another is sent before its own response.",
        Kind.REUSE,
        (_on_next(_STRAY_404),),
        (GOOD,),
        # An error names no id. Its own is left behind, and is told by its id when it comes too late to be seen.
        then=((Raises("NotFoundError", 404), _TRIED_AGAIN), (_TRIED_AGAIN,)),
    ),
    _case(
        "off_by_one",
        "From the second request on, a connection gives each the response to the one before.",
        _off_by_one,
        next_call=(_TRIED_AGAIN,),
        reuse=None,
    ),
)

CASES = (*_ENDS, *_STRAYS, *_CROSSED)
