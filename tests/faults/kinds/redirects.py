"""Redirects: none is followed off the origin, and no stranger sees the key."""

from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from faults.model import GOOD, Case, Kind, Outcome, Raises, Tls
from faults.responses import JSON, completion, head, message
from faults.steps import COMPLETIONS, MOVED, Plan, Request, Send, Step

Target = Callable[[Request], str | bytes]

_CODES = (301, 302, 303, 307, 308)
_FOLLOWED_WHY = "A 308 within the origin may be followed."
_ONCE_WHY = "A 308 within the origin may be followed, and that once."


def _port(origin: str) -> int:
    port = urlsplit(origin).port
    assert port is not None
    return port


def _redirect(status: int, *targets: Target, body: bytes = b"") -> Plan:
    """Return a plan: *status* with one `Location` for each of *targets*."""

    def plan(request: Request) -> Iterable[Step]:
        rows = tuple(("Location", target(request)) for target in targets)
        return (Send(message(body, status, rows, content_type="text/html" if body else None)),)

    return plan


def _same(request: Request) -> str:
    return f"{request.origin}{MOVED}{request.id}"


def _with_fragment(request: Request) -> str:
    return f"{_same(request)}#part"


def _relative(request: Request) -> str:
    return f"{MOVED}{request.id}"


def _up_and_over(request: Request) -> str:
    return f"../../../v1/moved/chat/completions/{request.id}"


def _other_port(request: Request) -> str:
    return f"{request.elsewhere}{MOVED}{request.id}"


def _other_host(request: Request) -> str:
    return f"http://localhost:{_port(request.origin)}{MOVED}{request.id}"


def _no_scheme(request: Request) -> str:
    return f"//127.0.0.1:{_port(request.elsewhere)}{MOVED}{request.id}"


def _user_info(request: Request) -> str:
    return f"http://user:secret@127.0.0.1:{_port(request.elsewhere)}{MOVED}{request.id}"


def _looks_like_ours(request: Request) -> str:
    return f"http://127.0.0.1:{_port(request.origin)}@127.0.0.1:{_port(request.elsewhere)}{MOVED}{request.id}"


def _backslashes(request: Request) -> str:
    return f"\\\\127.0.0.1:{_port(request.elsewhere)}{MOVED}{request.id}"


def _slash_backslash(request: Request) -> str:
    return f"/\\127.0.0.1:{_port(request.elsewhere)}{MOVED}{request.id}"


def _three_slashes(request: Request) -> str:
    return f"///127.0.0.1:{_port(request.elsewhere)}{MOVED}{request.id}"


def _other_scheme(request: Request) -> str:
    return f"https://127.0.0.1:{_port(request.origin)}{MOVED}{request.id}"


def _own_user_info(request: Request) -> str:
    return f"http://user:secret@127.0.0.1:{_port(request.origin)}{MOVED}{request.id}"


_LEAVES: tuple[tuple[str, str, Target], ...] = (
    ("other_port", "to another port", _other_port),
    ("other_host", "to another name of the host", _other_host),
    ("no_scheme", "to another port, without a scheme", _no_scheme),
    ("user_info", "to another port, with user and password", _user_info),
    ("stranger", "to another host", lambda request: f"https://elsewhere.invalid{MOVED}{request.id}"),
)

_NOWHERE: tuple[tuple[str, str, Target], ...] = (
    ("looks_like_ours", "to another port behind a user that looks like our host", _looks_like_ours),
    ("backslashes", "to another port behind two backslashes", _backslashes),
    ("slash_backslash", "to another port behind a slash and a backslash", _slash_backslash),
    ("three_slashes", "to another port behind three slashes", _three_slashes),
    ("other_scheme", "to https on the same port", _other_scheme),
    ("file", "to a file", lambda request: "file:///etc/passwd"),
    ("javascript", "to a script", lambda request: "javascript:alert(1)"),
    ("data", "to data in the address", lambda request: 'data:application/json,{"id":"x"}'),
    ("empty", "to nothing", lambda request: ""),
    ("bracket", "to an address with an unclosed bracket", lambda request: "http://[::1/v1"),
    ("odd_port", "to a port that does not exist", lambda request: "http://127.0.0.1:99999/v1"),
    ("word_port", "to a port that is a word", lambda request: "http://127.0.0.1:http/v1"),
    ("no_host", "to an address without a host", lambda request: "http:///v1"),
    ("binary", "to an address that is binary", lambda request: b"http://\xff\xfe\x80/v1"),
    ("long", "to an address of 60,000 characters", lambda request: f"{request.elsewhere}/{'x' * 60_000}"),
    ("quotes", "to an address with blanks and quotes", lambda request: f'{request.elsewhere}/ "<>{{}}'),
)


def _case(name: str, title: str, plan: Plan, *expect: Outcome, why: str = "", tls: Tls | None = None) -> Case:
    return Case(f"redirect_{name}", title, Kind.REDIRECT, (plan,), expect, why, tls=tls)


def _refused(status: int, *mentions: str) -> Raises:
    return Raises("APIResponseError", status, retryable=False, mentions=mentions)


_OFF_ORIGIN = tuple(
    _case(
        f"{status}_{name}",
        f"A {status} leads {where}.",
        _redirect(status, target),
        _refused(status, *(("elsewhere.invalid",) if name == "stranger" else ())),
    )
    for status in _CODES
    for name, where, target in _LEAVES
)

_ODD = tuple(
    _case(f"308_{name}", f"A 308 leads {where}.", _redirect(308, target), _refused(308))
    for name, where, target in _NOWHERE
)

_TLS = tuple(
    _case(
        f"{status}_downgrade",
        f"A {status} leads from https to http.",
        _redirect(status, _other_port),
        _refused(status),
        tls="valid",
    )
    for status in _CODES
)

_WITHIN = (
    *(
        _case(
            f"{status}_same_origin",
            f"A {status} leads to another path of the origin.",
            _redirect(status, _same),
            _refused(status),
        )
        for status in _CODES
        if status != 308
    ),
    *(
        _case(f"308_{name}", f"A 308 leads {where}.", _redirect(308, target), GOOD, _refused(308), why=_FOLLOWED_WHY)
        for name, where, target in (
            ("same_origin", "to another path of the origin", _same),
            ("relative", "to another path, without a host", _relative),
            ("up_and_over", "to another path, by way of its parents", _up_and_over),
            ("own_user_info", "to the origin, with user and password", _own_user_info),
            ("fragment", "to another path of the origin, with a fragment", _with_fragment),
        )
    ),
    _case(
        "308_with_body",
        "A 308 to another path of the origin has a page of HTML.",
        _redirect(308, _same, body=b"<html>Moved</html>"),
        GOOD,
        _refused(308),
        why=_FOLLOWED_WHY,
    ),
    _case(
        "308_loop",
        "A 308 leads to itself.",
        _redirect(308, lambda request: f"{COMPLETIONS}{request.id}"),
        Raises("APIResponseError", 308, attempts=(1, 2)),
        why=_ONCE_WHY,
    ),
    _case(
        "308_to_another_id",
        "A 308 leads to the completion of another id.",
        _redirect(308, lambda request: f"{MOVED}cmp_01HXMQ7Z3K8Y2STRANGER"),
        _refused(308),
        Raises("APIResponseError", 200),
        why=_FOLLOWED_WHY,
    ),
    _case(
        "308_two_locations",
        "A 308 has two Locations, one of them on another port.",
        _redirect(308, _same, _other_port),
        _refused(308),
        GOOD,
        why=_FOLLOWED_WHY,
    ),
    *(
        _case(f"{status}_no_location", f"A {status} does not say where it leads.", _redirect(status), _refused(status))
        for status in _CODES
    ),
)


def _chain(request: Request) -> Iterable[Step]:
    """Respond to each request for the id with a 308 to the next: they are followed at most once."""
    return _redirect(308, lambda later: f"{COMPLETIONS}{later.id}?hop={later.number + 1}")(request)


_CHAIN = _case("308_chain", "A 308 leads to a 308, and so on.", _chain, Raises("APIResponseError", 308), why=_ONCE_WHY)

_CREATED = _case(
    "201_with_location",
    "A 201 has a good body and a Location on another port.",
    lambda request: (
        Send(
            head(
                201,
                (
                    ("Content-Type", JSON),
                    ("Location", _other_port(request)),
                    ("Content-Length", str(len(completion(request)))),
                ),
            )
            + completion(request)
        ),
    ),
    GOOD,
)

CASES = (*_OFF_ORIGIN, *_ODD, *_TLS, *_WITHIN, _CHAIN, _CREATED)
