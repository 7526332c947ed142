"""One failure after another: each attempt is judged by itself."""

from collections.abc import Iterable

from faults.kinds.statuses import error_for
from faults.model import BROKEN, UNUSABLE, Case, Completion, Kind, Outcome, Raises
from faults.responses import CHUNKED, HTML, chunk, completion, good, head, message, refusal, reply, wire
from faults.steps import Close, Plan, Request, Reset, Send, Step

_RECOVERED = Completion(attempts=(3,))


def _truncated(request: Request) -> bytes:
    body = completion(request)
    return message(body[:-50], length=len(body))


def _hinted(request: Request) -> Iterable[Step]:
    return (Send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), *_BUSY(request))


_RESET = wire(b"", Reset())
_CUT = wire(_truncated, Close())
_BUSY = refusal(503)
_HTML = reply(HTML, content_type="text/html")


def _mixed(name: str, title: str, expect: Outcome, *script: Plan) -> Case:
    return Case(f"mixed_{name}", title, Kind.MIXED, script, (expect,))


def _last(raises: Raises, attempts: int) -> Raises:
    """Return the same outcome, reached at the attempt of this number."""
    return Raises(raises.error, raises.status, (attempts,), retryable=raises.retryable)


CASES = (
    _mixed("503_503_ok", "Two responses of 503, then a good one.", _RECOVERED, _BUSY, _BUSY, good),
    _mixed("503_reset_ok", "A 503, a reset, then a good response.", _RECOVERED, _BUSY, _RESET, good),
    _mixed("cut_429_ok", "A truncated response, a 429, then a good response.", _RECOVERED, _CUT, refusal(429), good),
    _mixed("429_400", "A 429, then a 400.", _last(error_for(400), 2), refusal(429), refusal(400), good),
    _mixed("500_401", "A 500, then a 401.", _last(error_for(401), 2), refusal(500), refusal(401), good),
    _mixed("reset_404", "A reset, then a 404.", _last(error_for(404), 2), _RESET, refusal(404), good),
    _mixed("reset_html", "A reset, then a page of HTML.", Raises("APIResponseError", 200, (2,)), _RESET, _HTML, good),
    _mixed("503_reset_429", "A 503, a reset, then a 429 at last.", error_for(429), _BUSY, _RESET, refusal(429), good),
    _mixed("429_503_reset", "A 429, a 503, then a reset at last.", BROKEN, refusal(429), _BUSY, _RESET, good),
    _mixed(
        "three_then_ok",
        "Three responses of 503, and a good one that comes too late.",
        error_for(503),
        _BUSY,
        _BUSY,
        _BUSY,
        good,
    ),
    _mixed(
        "good_then_cut",
        "Good data in chunks that are cut, thrice, and a good response that comes too late.",
        BROKEN,
        *[wire(lambda request: head(headers=CHUNKED) + chunk(completion(request)), Close())] * 3,
        good,
    ),
    _mixed("hints_503_ok", "Early hints and a 503, a cut response, then a good one.", _RECOVERED, _hinted, _CUT, good),
    _mixed("html_ok", "A page of HTML, then a good response that is not fetched.", UNUSABLE, _HTML, good),
)
