"""Response headers that are missing, strange or nosy: the response is good all the same."""

from collections.abc import Iterable

from faults.model import GOOD, Case, Kind, Raises
from faults.responses import Headers, completion, good, head, message, refusal, reply, wire
from faults.steps import Plan, Request, Send, Step


def _case(name: str, title: str, plan: Plan) -> Case:
    return Case(f"header_{name}", title, Kind.HEADERS, (plan,), (GOOD,))


def _with(*rows: tuple[str | bytes, str | bytes]) -> Plan:
    """Return a plan: a good response with these headers."""
    return reply(headers=rows)


def _only(request: Request) -> Iterable[Step]:
    """Response without any header but the length."""
    body = completion(request)
    return (
        Send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nContent-Type: application/json\r\n\r\n" % len(body) + body),
    )


def _spelled(change: str) -> Plan:
    """Return a plan: a good response whose header names are all in lower or upper case."""

    def plan(request: Request) -> Iterable[Step]:
        whole = message(completion(request), headers=(("X-RateLimit-Limit", "1200"), ("X-RateLimit-Remaining", "7")))
        block, _, body = whole.partition(b"\r\n\r\n")
        line, *rows = block.split(b"\r\n")
        pairs = [row.split(b":", 1) for row in rows]
        named = [(name.lower() if change == "lower" else name.upper()) + b":" + value for name, value in pairs]
        return (Send(b"\r\n".join([line, *named]) + b"\r\n\r\n" + body),)

    return plan


def _echo(request: Request) -> Iterable[Step]:
    """Repeat the key in every header that a client might show."""
    names = (
        "Aurous-Request-Id",
        "Aurous-Version",
        "X-Debug",
        "Aurous-Deprecated",
        "Server",
        "Set-Cookie",
        "X-RateLimit-Limit",
    )
    rows: Headers = tuple((name, f"key={request.key}") for name in names)
    return (Send(message(completion(request), headers=rows)),)


_RATE = (
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-RateLimit-TPM-Limit",
    "X-RateLimit-TPM-Remaining",
    "X-RateLimit-TPM-Reset",
)
_ODD_NUMBERS: tuple[tuple[str, str, str | bytes], ...] = (
    ("words", "words", "many"),
    ("negative", "negative", "-5"),
    ("float", "fractions", "1.5"),
    ("nan", "nan", "nan"),
    ("inf", "inf", "inf"),
    ("overlong", "5,000 digits long", "9" * 5000),
    ("empty", "empty", ""),
    ("superscript", "superscripts", b"\xb2"),
    ("list", "lists", "10, 20"),
    ("policy", "of another scheme", "100;w=60"),
)

_REQUEST_IDS: tuple[tuple[str, str, str | bytes], ...] = (
    ("empty", "empty", ""),
    ("long", "10 kB long", "r" * 10_000),
    ("binary", "binary", b"\xff\xfe\x80"),
    ("markup", "full of markup and quotes", "<b>'\"{}%s\\</b>"),
)

_DATES: tuple[tuple[str, str, str], ...] = (
    ("sound", "a date", "Tue, 04 Aug 2026 00:00:00 GMT"),
    ("garbled", "garbled", "soon"),
    ("empty", "empty", ""),
    ("beyond", "beyond all calendars", "Fri, 99 Jan 99999 00:00:00 GMT"),
    ("number", "a number", "9" * 30),
)

CASES = (
    _case("none", "There are no headers but the type and the length.", _only),
    _case("lower_case", "All header names are in lower case.", _spelled("lower")),
    _case("upper_case", "All header names are in upper case.", _spelled("upper")),
    _case(
        "set_cookie",
        "The response sets cookies, which must not come back.",
        _with(("Set-Cookie", "session=1; Path=/"), ("Set-Cookie", "track=2; Domain=127.0.0.1")),
    ),
    Case(
        "header_set_cookie_503",
        "A 503 sets a cookie, which must not come back with the next attempt.",
        Kind.HEADERS,
        (refusal(503, headers=(("Set-Cookie", "session=1; Path=/"),)), good),
        (type(GOOD)(attempts=(2,)),),
    ),
    _case("key_echoed", "The headers repeat the key that was sent.", _echo),
    *(
        _case(f"rates_{name}", f"The rate-limit headers are {what}.", _with(*((row, value) for row in _RATE)))
        for name, what, value in _ODD_NUMBERS
    ),
    _case(
        "rates_twice",
        "Each rate-limit header comes twice.",
        _with(*((row, str(number)) for number in (1, 2) for row in _RATE)),
    ),
    _case(
        "rates_plain",
        "The rate-limit headers come without X-.",
        _with(("RateLimit-Limit", "10"), ("RateLimit-Remaining", "9"), ("RateLimit-Reset", "4102444800")),
    ),
    *(
        _case(f"request_id_{name}", f"The request id is {what}.", _with(("Aurous-Request-Id", value)))
        for name, what, value in _REQUEST_IDS
    ),
    _case(
        "request_id_twice",
        "The request id comes twice.",
        _with(("Aurous-Request-Id", "req_1"), ("Aurous-Request-Id", "req_2")),
    ),
    *(
        _case(
            f"sunset_{name}",
            f"The route is deprecated, and its end is {what}.",
            _with(("Aurous-Deprecated", "route"), ("Sunset", value)),
        )
        for name, what, value in _DATES
    ),
    _case("deprecated_long", "What is deprecated is told in 4 kB.", _with(("Aurous-Deprecated", "x" * 4096))),
    *(_case(f"date_{name}", f"The Date is {what}.", _with(("Date", value))) for name, what, value in _DATES),
    _case("version_other", "The version applied is not the one asked for.", _with(("Aurous-Version", "2031-01-01"))),
    _case("version_garbled", "The version applied is no date.", _with(("Aurous-Version", "latest\x09!"))),
    _case("version_empty", "The version applied is empty.", _with(("Aurous-Version", ""))),
    _case("replayed", "The response says that it is a replay.", _with(("Aurous-Idempotent-Replayed", "true"))),
    _case(
        "hsts",
        "The response asks for https from now on, which is for browsers.",
        _with(("Strict-Transport-Security", "max-age=31536000")),
    ),
    _case(
        "alt_svc",
        "The response names another address to use, which must not be used.",
        _with(("Alt-Svc", 'h3="elsewhere.invalid:443"')),
    ),
    _case(
        "refresh",
        "The response asks to be fetched elsewhere, which must not be done.",
        _with(("Refresh", "0; url=https://elsewhere.invalid/")),
    ),
    _case(
        "location",
        "A good response has a Location, which must not be followed.",
        _with(("Location", "https://elsewhere.invalid/")),
    ),
    _case(
        "authenticate",
        "A good response asks for a login, which must not be tried.",
        _with(("WWW-Authenticate", 'Basic realm="x"')),
    ),
    _case("upgrade", "The response offers another protocol.", _with(("Upgrade", "h2c"), ("Connection", "Upgrade"))),
    _case(
        "vary",
        "The response has caching headers that contradict each other.",
        _with(("Cache-Control", "no-store, max-age=9999999999999"), ("Vary", "*"), ("Age", "-1"), ("Expires", "0")),
    ),
    _case(
        "many_cookies", "The server sets 40 cookies.", _with(*(("Set-Cookie", f"c{number}=x") for number in range(40)))
    ),
    _case("empty_name_value", "A header is empty.", _with(("X-Empty", ""))),
    Case(
        "header_401_login",
        "A 401 asks for a login, which must not be tried.",
        Kind.HEADERS,
        (
            refusal(
                401,
                "invalid_api_key",
                "authentication",
                (("WWW-Authenticate", "Negotiate"), ("WWW-Authenticate", 'Digest realm="x", nonce="y"')),
            ),
        ),
        (Raises("AuthenticationError", 401, code="invalid_api_key"),),
    ),
    Case(
        "header_407_proxy",
        "A 407 asks for a login at a proxy, which must not be tried.",
        Kind.HEADERS,
        (wire(head(407, (("Proxy-Authenticate", 'Basic realm="x"'), ("Content-Length", "0")))),),
        (Raises("APIStatusError", 407),),
    ),
)
