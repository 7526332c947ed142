"""`Retry-After` and the rate-limit headers: sound ones, which are obeyed, and nonsense, which does no harm."""

import time
from collections.abc import Iterable, Sequence
from email.utils import formatdate

from faults.kinds.statuses import error_for
from faults.model import GOOD, RECOVERED, Case, Kind, Outcome, Raises
from faults.responses import Headers, as_json, envelope, good, message, reply
from faults.steps import Plan, Request, Send, Step

_OVERLONG_WHY = (
    "Read as a number it is beyond any bound and ends the call; else it is nonsense, and the client's own wait applies."
)
_GIVES_UP = Raises("RateLimitError", 429, retryable=True)


def _limited(headers: Headers, status: int = 429) -> Plan:
    """Return a plan: the documented error of *status* with these headers."""
    rows = tuple(headers)
    code = "too_many_requests" if status == 429 else "internal_error"
    type_ = "rate_limit" if status == 429 else "server_error"
    return lambda request: (Send(message(as_json(envelope(code, type_)), status, rows)),)


def _dated(seconds: float, *, skew: float = 0.0, form: str = "imf", status: int = 429) -> Plan:
    """Return a plan: `Retry-After` as a date so many *seconds* ahead of a server whose clock is *skew* seconds off."""

    def plan(request: Request) -> Iterable[Step]:
        now = time.time() + skew
        at = time.gmtime(now + seconds)
        text = {
            "imf": formatdate(now + seconds, usegmt=True),
            "rfc850": time.strftime("%A, %d-%b-%y %H:%M:%S GMT", at),
            "asctime": time.strftime("%a %b %d %H:%M:%S %Y", at),
            "iso": time.strftime("%Y-%m-%dT%H:%M:%SZ", at),
        }[form]
        body = as_json(envelope("too_many_requests", "rate_limit"))
        return (Send(message(body, status, (("Retry-After", text),), date=now)),)

    return plan


def _undated(seconds: float) -> Plan:
    """Return a plan: a 429 with nothing but `Retry-After`, a date so many *seconds* ahead."""

    def plan(request: Request) -> Iterable[Step]:
        at = formatdate(round(time.time()) + seconds, usegmt=True)  # in whole seconds: half of one off, at most
        lines = ("HTTP/1.1 429 Too Many Requests", "Content-Length: 0", f"Retry-After: {at}", "", "")
        return (Send("\r\n".join(lines).encode()),)

    return plan


def _reset(seconds: float, *, skew: float = 0.0, names: Sequence[str] = ("X-RateLimit-Reset",)) -> Plan:
    """Return a plan: a 429 whose buckets are full again in so many *seconds* by the server's clock."""

    def plan(request: Request) -> Iterable[Step]:
        now = time.time() + skew
        rows = [(name, str(round(now + seconds))) for name in names]
        remaining = [(name.replace("Reset", "Remaining"), "0") for name in names]
        body = as_json(envelope("too_many_requests", "rate_limit"))
        return (Send(message(body, 429, (*rows, *remaining), date=now)),)

    return plan


def _obeyed(name: str, title: str, plan: Plan, hint: float, why: str = "", *others: Outcome) -> Case:
    """A hint that the client waits for, then a good response."""
    return Case(f"hint_{name}", title, Kind.HINT, (plan, good), (RECOVERED, *others), why, hint=hint, deadline=120.0)


def _overlooked(name: str, title: str, plan: Plan, *others: Outcome, why: str = "") -> Case:
    """A hint that makes no sense: the client's own wait, then a good response."""
    return Case(f"hint_{name}", title, Kind.HINT, (plan, good), (RECOVERED, *others), why, deadline=120.0)


def _gives_up(name: str, title: str, plan: Plan, *others: Outcome, why: str = "", wait: float | None = None) -> Case:
    """A hint beyond the bound: the error at once, and a good response that is not fetched."""
    refusal = Raises("RateLimitError", 429, retryable=True, retry_after=wait)
    return Case(f"hint_{name}", title, Kind.HINT, (plan, good), (refusal, *others), why, deadline=120.0)


def _after(value: str | bytes, status: int = 429) -> Plan:
    return _limited((("Retry-After", value),), status)


_SECONDS = (
    *(
        _obeyed(
            f"{seconds}_s_{status}",
            f"Retry-After asks for {seconds} s with a {status}.",
            _after(str(seconds), status),
            seconds,
        )
        for seconds, status in ((2, 429), (7, 429), (3, 503), (2, 500), (2, 502), (4, 408), (5, 529))
    ),
    _obeyed("blanks", "Retry-After has blanks around its number.", _after("  2  "), 2),
    _obeyed("lowercase", "Retry-After is spelt in lower case.", _limited((("retry-after", "2"),)), 2),
    _obeyed(
        "beats_reset",
        "Retry-After and X-RateLimit-Reset differ.",
        _limited((("Retry-After", "2"), ("X-RateLimit-Reset", "4102444800"))),
        2,
    ),
    _overlooked("0", "Retry-After asks for 0 s.", _after("0")),
    _gives_up("day", "Retry-After asks for a day.", _after("86400"), wait=86400),
    _gives_up("beyond_deadline", "Retry-After asks for more than is left of the deadline.", _after("1000"), wait=1000),
    _gives_up("19_digits", "Retry-After has 19 digits.", _after("9" * 19)),
    _gives_up("400_digits", "Retry-After has 400 digits.", _after("9" * 400), RECOVERED, why=_OVERLONG_WHY),
    _gives_up("5000_digits", "Retry-After has 5,000 digits.", _after("9" * 5000), RECOVERED, why=_OVERLONG_WHY),
    _gives_up("1e9", "Retry-After is 1e9.", _after("1e9"), RECOVERED, why=_OVERLONG_WHY),
    _gives_up("inf", "Retry-After is inf.", _after("inf"), RECOVERED, why=_OVERLONG_WHY),
    _overlooked("nan", "Retry-After is nan.", _after("nan")),
    _overlooked("negative", "Retry-After is negative.", _after("-5")),
    _overlooked("minus_inf", "Retry-After is -inf.", _after("-inf")),
    _overlooked("float", "Retry-After is 1.5.", _after("1.5")),
    _overlooked("words", "Retry-After is a word.", _after("soon")),
    _overlooked("unit", "Retry-After has a unit.", _after("2 seconds")),
    _overlooked("empty", "Retry-After is empty.", _after("")),
    _overlooked("comma", "Retry-After holds two numbers.", _after("1, 2")),
    _overlooked("twice", "Retry-After comes twice.", _limited((("Retry-After", "1"), ("Retry-After", "2")))),
    _overlooked("superscript", "Retry-After is a superscript two, a digit to careless code.", _after(b"\xb2")),
    _overlooked("arabic_digits", "Retry-After is in Arabic digits.", _after("\u0662".encode())),
    _overlooked("binary", "Retry-After is binary.", _after(b"\xff\xfe\x80")),
    _overlooked("underscore", "Retry-After is 1_0.", _after("1_0")),
)

_DATES = (
    _obeyed("date", "Retry-After is a date 3 s ahead.", _dated(3), 3),
    _obeyed("date_without_date", "Retry-After is a date 3 s ahead, and there is no Date to compare.", _undated(3), 3),
    _obeyed("date_rfc850", "Retry-After is a date 3 s ahead in the form of RFC 850.", _dated(3, form="rfc850"), 3),
    _obeyed("date_asctime", "Retry-After is a date 3 s ahead in the form of asctime.", _dated(3, form="asctime"), 3),
    _obeyed(
        "date_clock_behind", "Retry-After is a date 3 s ahead on a server an hour behind.", _dated(3, skew=-3600), 3
    ),
    _obeyed("date_clock_ahead", "Retry-After is a date 3 s ahead on a server an hour ahead.", _dated(3, skew=3600), 3),
    _obeyed(
        "date_clock_years_off", "Retry-After is a date 3 s ahead on a server in another year.", _dated(3, skew=-4e8), 3
    ),
    _overlooked("date_iso", "Retry-After is a date 3 s ahead in ISO 8601.", _dated(3, form="iso")),
    _overlooked("date_past", "Retry-After is a date an hour ago.", _dated(-3600)),
    _gives_up("date_tomorrow", "Retry-After is a date a day ahead.", _dated(86400), wait=86400),
    _gives_up("date_9999", "Retry-After is the last day of the year 9999.", _after("Fri, 31 Dec 9999 23:59:59 GMT")),
    _overlooked("date_impossible", "Retry-After is the 99th of Foo.", _after("Tue, 99 Foo 2026 99:99:99 GMT")),
    _overlooked(
        "date_odd_zone",
        "Retry-After is a date with an impossible zone.",
        _after("Fri, 31 Dec 2027 23:59:59 +9999"),
        _GIVES_UP,
        why="The zone may be overlooked, and then the date lies far ahead.",
    ),
    _overlooked("date_year_0", "Retry-After is a date in the year 0.", _after("Sat, 01 Jan 0000 00:00:00 GMT")),
    _overlooked(
        "date_cut",
        "Retry-After is the first half of a date.",
        _after("Fri, 31 Dec"),
        _GIVES_UP,
        why="A tolerant reader may complete the date, which then lies far ahead.",
    ),
    *(
        _overlooked(
            f"date_with_{name}_date",
            f"Retry-After is a date in 2100, and Date is {what}.",
            _limited((("Retry-After", "Fri, 01 Jan 2100 00:00:03 GMT"), ("Date", date))),
            _GIVES_UP,
            why="Without a Date to go by, the client's own clock says that it lies far ahead.",
        )
        for name, what, date in (
            ("garbled", "garbled", "yesterday"),
            ("empty", "empty", ""),
            ("odd", "beyond all calendars", "Fri, 99 Jan 99999 00:00:00 GMT"),
        )
    ),
)

_BUCKETS = (
    _obeyed("reset", "X-RateLimit-Reset lies 3 s ahead.", _reset(3), 3),
    _obeyed(
        "reset_clock_behind", "X-RateLimit-Reset lies 3 s ahead on a server an hour behind.", _reset(3, skew=-3600), 3
    ),
    _overlooked(
        "reset_tokens",
        "X-RateLimit-TPM-Reset lies 3 s ahead, and no other hint is given.",
        _reset(3, names=("X-RateLimit-TPM-Reset",)),
    ),
    _overlooked("reset_plain", "RateLimit-Reset, without X-, lies 3 s ahead.", _reset(3, names=("RateLimit-Reset",))),
    _overlooked("reset_past", "X-RateLimit-Reset lies in the past.", _reset(-60)),
    _overlooked(
        "reset_far",
        "X-RateLimit-Reset lies a day ahead.",
        _reset(86400),
        _GIVES_UP,
        why="It says when the bucket is full, not when there is room: it may end the call, or be set aside.",
    ),
    *(
        _overlooked(
            f"reset_{name}",
            f"X-RateLimit-Reset is {what}.",
            _limited((("X-RateLimit-Reset", value),)),
            _GIVES_UP,
            why="Nonsense gives way to the client's own wait; a number beyond any bound may end the call.",
        )
        for name, what, value in (
            ("words", "a word", b"soon"),
            ("nan", "nan", b"nan"),
            ("inf", "inf", b"inf"),
            ("negative", "negative", b"-1"),
            ("overlong", "5,000 digits long", b"9" * 5000),
            ("empty", "empty", b""),
        )
    ),
)

_ELSEWHERE = (
    Case("hint_with_400", "Retry-After comes with a 400.", Kind.HINT, (_after("2", 400), good), (error_for(400),)),
    Case("hint_with_404", "Retry-After comes with a 404.", Kind.HINT, (_after("2", 404), good), (error_for(404),)),
    Case("hint_with_501", "Retry-After comes with a 501.", Kind.HINT, (_after("2", 501), good), (error_for(501),)),
    Case(
        "hint_with_200",
        "Retry-After comes with a good response.",
        Kind.HINT,
        (reply(headers=(("Retry-After", "2"),)),),
        (GOOD,),
    ),
    Case(
        "hint_that_stays",
        "Retry-After asks for 1 s, each time.",
        Kind.HINT,
        (_after("1"),),
        (error_for(429),),
        hint=1,
        deadline=120.0,
    ),
    Case(
        "hint_should_retry_no",
        "A 500 says x-should-retry: false, a header that is not documented.",
        Kind.HINT,
        (_limited((("x-should-retry", "false"),), 500), good),
        (RECOVERED,),
    ),
    Case(
        "hint_should_retry_yes",
        "A 400 says x-should-retry: true, a header that is not documented.",
        Kind.HINT,
        (_limited((("x-should-retry", "true"),), 400), good),
        (error_for(400),),
    ),
)

CASES = (*_SECONDS, *_DATES, *_BUCKETS, *_ELSEWHERE)
