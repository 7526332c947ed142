"""What other HTTP stacks make of a case, where they differ from the table for reasons inside them.

`tests/test_transports.py` holds each stack to exactly this: a case that is not here comes to what the table says, and
one that is here comes to what is said here, and to nothing that the table would take. The table of
`docs/transports.md` is made from it: `python tests/faults/transports.py` writes it.
"""

import dataclasses
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from faults.model import BROKEN, GOOD, LATE, Case, Completion, Outcome, Raises

PAGE = Path(__file__).parents[2] / "docs" / "transports.md"
BEGIN = "<!-- what is given up: written by `python tests/faults/transports.py`, do not edit -->\n"
END = "<!-- end of what is given up -->\n"

STACKS = {"httpx-aiohttp": "httpx-aiohttp", "pyreqwest": "pyreqwest", "pyreqwest, sync": "pyreqwest"}
"""The stacks that are tried, and what stands for them in the page."""

Then = tuple[tuple[Outcome, ...], ...]


@dataclass(frozen=True, slots=True)
class Loss:
    """What some cases come to instead.

    Attributes:
        cases: Their names.
        what: What happens, and what the call then comes to, in one sentence.
        why: Why, in one sentence.
        expect: The honest outcomes, in place of the table's; empty leaves those.
        then: Those of the calls that follow; empty leaves those of the table.
        certain: Whether it is always so. If not, what the table says is taken as well.
        deadline: The `timeout` to try it with, where only a deadline ends what the table ends sooner.
    """

    cases: tuple[str, ...]
    what: str
    why: str
    expect: tuple[Outcome, ...] = ()
    then: Then = ()
    certain: bool = True
    deadline: float | None = None

    def __call__(self, case: Case) -> Case:
        """The case as it is to be tried and judged."""
        expect, then = self.expect or case.expect, self.then or case.then
        if not self.certain:
            expect = (*expect, *case.expect)
            then = tuple((*ours, *others) for ours, others in zip(then, case.then, strict=True))
        return dataclasses.replace(
            case,
            expect=expect,
            then=then,
            deadline=case.deadline if self.deadline is None else self.deadline,
        )


_WRONG: tuple[Outcome, ...] = (Raises("APIResponseError", 200),)
_NOT_FOUND: tuple[Outcome, ...] = (Raises("NotFoundError", 404),)
_LATE: tuple[Outcome, ...] = (LATE,)
_GOOD: tuple[Outcome, ...] = (GOOD,)

_SENT_AGAIN = (
    *(
        f"{how}_at_{where}"
        for how in ("closed", "reset")
        for where in ("request", "mid_status_line", "status_line", "mid_headers", "interim")
    ),
    "line_empty_lines",
)

_OFF_BY_ONE = Loss(
    ("off_by_one", "tls_off_by_one"),
    "A connection gives each request the response to the one before: every call on it is an `APIResponseError`, until "
    "the client is closed.",
    "The SDK cannot tell another stack to give a connection up.",
    then=((Raises("APIResponseError", 200), Completion(attempts=(1, 2))), _WRONG),
)

_CROSSED = (
    Loss(
        ("stray_on_next", "stray_404_on_next", "tls_stray_on_next"),
        "A stray response comes before that to a call: later calls on the connection may be an `APIResponseError` too.",
        "The true response is left on the connection, and may come too late to be noticed.",
        then=((Raises("APIResponseError", 200),), _WRONG),
        certain=False,
    ),
    Loss(
        ("accept_stray",),
        "A connection brings a stray response before anything was asked: two calls may be an `APIResponseError`.",
        "The true response is left on the connection, and may come too late to be noticed.",
        then=(_WRONG,),
        certain=False,
    ),
)

_AIOHTTP = (
    Loss(
        _SENT_AGAIN,
        "The connection breaks before the head of the response is whole: up to six requests are sent, not three.",
        "aiohttp sends a GET once more by itself.",
        (Raises("APIConnectionError", attempts=(6,), retryable=True),),
    ),
    Loss(
        ("mixed_503_reset_429", "mixed_429_503_reset"),
        "The same among other failures: one more request is sent, and `attempts` does not show it.",
        "aiohttp sends a GET once more by itself.",
        (Completion(attempts=(4,)),),
    ),
    Loss(
        ("stray_answer_later", "stray_five_later", "tls_stray_answer_later"),
        "A stray response comes on an idle connection: the next call is an `APIResponseError`, and so may be every "
        "call on that connection, until the client is closed.",
        "aiohttp does not look at idle connections.",
        then=(_WRONG, (*_WRONG, GOOD)),
        certain=False,
    ),
    Loss(
        ("stray_404_later",),
        "A stray 404 comes on an idle connection: the next call is a `NotFoundError`, which is not meant for it, and "
        "then it is as above.",
        "aiohttp does not look at idle connections, and an error names no id.",
        then=(_NOT_FOUND, (*_WRONG, GOOD)),
    ),
    Loss(
        ("stray_part_later", "stray_head_later", "kept_late_408"),
        "A part of a stray response comes on an idle connection: the next call waits for the rest until its deadline.",
        "aiohttp does not look at idle connections.",
        then=(_LATE, _GOOD),
        deadline=1.0,
    ),
    _OFF_BY_ONE,
    *_CROSSED,
    Loss(
        ("length_too_short_by_extra", "chunks_then_more", "stray_bytes_with", "body_of_204_sized"),
        "Bytes that are no HTTP come together with a response: it is lost, and the call is an `APIConnectionError`.",
        "aiohttp parses what came as a whole.",
        (BROKEN,),
    ),
    Loss(
        ("chunk_trailers",),
        "A `Content-Length` stands among the trailers: the call is an `APIConnectionError`.",
        "aiohttp takes trailers for headers here.",
        (BROKEN,),
    ),
    Loss(
        ("redirect_308_long", "header_request_id_long"),
        "A header is longer than 8,190 bytes: the call is an `APIConnectionError`.",
        "aiohttp has this limit; `max_field_size` of its session moves it.",
        (BROKEN,),
    ),
    Loss(
        ("line_odd_reason",),
        "The reason in the status line is no UTF-8: the call is an `APIConnectionError`, without a retry.",
        "httpx-aiohttp cannot pass it on.",
        (Raises("APIConnectionError", retryable=False),),
    ),
    Loss(
        ("reset_at_end_without_length",),
        "A body without a length is whole, and then the connection is reset: the call is a completion at once.",
        "aiohttp takes the reset for the end.",
        (GOOD,),
    ),
    Loss(
        ("endless_extension",),
        "The extension of a chunk never ends: the call reads on until its deadline.",
        "aiohttp has no limit there, and keeps none of it.",
        (LATE,),
        deadline=0.5,
    ),
)

_BEYOND_ASCII = Loss(
    (
        "row_latin_1",
        "row_utf_8",
        "row_binary",
        "hint_superscript",
        "hint_arabic_digits",
        "hint_binary",
        "redirect_308_binary",
        "header_rates_superscript",
        "header_request_id_binary",
    ),
    "A header of the response is not ASCII: the call is an `APIConnectionError`, without a retry.",
    "pyreqwest cannot pass it on.",
    (Raises("APIConnectionError", retryable=False),),
)

_OFTEN = (
    Loss(
        ("drip_folds",),
        "A folded header comes piece by piece: the call may be an `APIConnectionError` ahead of its deadline.",
        "pyreqwest refuses folded headers.",
        (
            Raises("APIConnectionError", attempts=(1, 2, 3), retryable=True),
            Raises("APITimeoutError", attempts=(1, 2, 3)),
        ),
        certain=False,
    ),
    Loss(
        ("stray_answer_later", "stray_five_later", "tls_stray_answer_later"),
        "A stray response comes on an idle connection right before a call: that may be an `APIResponseError`.",
        "pyreqwest may not have noticed it yet.",
        then=(_WRONG, (*_WRONG, GOOD)),
        certain=False,
    ),
    Loss(
        ("stray_404_later",),
        "A stray 404 comes on an idle connection right before a call: that may be a `NotFoundError`.",
        "pyreqwest may not have noticed it yet.",
        then=(_NOT_FOUND, (*_WRONG, GOOD)),
        certain=False,
    ),
    Loss(
        ("stray_part_later", "stray_head_later", "kept_late_408"),
        "A part of a stray response comes on an idle connection right before a call: that may wait for the rest until "
        "its deadline.",
        "pyreqwest may not have noticed it yet.",
        then=(_LATE, _GOOD),
        certain=False,
        deadline=1.0,
    ),
)

_PYREQWEST = (*_OFTEN, _OFF_BY_ONE, *_CROSSED, _BEYOND_ASCII)

LOSSES: dict[str, tuple[Loss, ...]] = {
    "httpx-aiohttp": _AIOHTTP,
    "pyreqwest": _PYREQWEST,
    "pyreqwest, sync": _PYREQWEST,
}
"""By stack."""


def rendered() -> str:
    """The table of the page."""
    rows = [
        f"| {name} | {loss.what} | {loss.why} |" for name in dict.fromkeys(STACKS.values()) for loss in LOSSES[name]
    ]
    return "\n".join(["", "| transport | what happens | why |", "| --- | --- | --- |", *rows, "", ""])


def put_into(text: str) -> str:
    """Return the text of the page with the table in its place."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} has no place for the table: {BEGIN!r} and {END!r} stand around it")
    return before + begin + rendered() + end + after


if __name__ == "__main__":
    PAGE.write_text(put_into(PAGE.read_text("utf-8")), encoding="utf-8")
