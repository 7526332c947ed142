"""Looks for a key in everything that a call may leave behind."""

import logging
import pickle
import traceback
from collections.abc import Iterable, Iterator

from opentelemetry.sdk.trace import ReadableSpan


def of_outcome(outcome: object) -> Iterator[tuple[str, str]]:
    """What a result or an error shows of itself: place and text. The data of a result is not shown, but returned."""
    yield "repr", repr(outcome)
    yield "str", str(outcome)
    if isinstance(outcome, BaseException):
        yield "traceback", "".join(traceback.TracebackException.from_exception(outcome, capture_locals=True).format())
        as_dict = getattr(outcome, "as_dict", None)
        yield "as_dict", repr(as_dict()) if as_dict is not None else ""
        yield "attributes", repr(vars(outcome))
        yield "pickle", pickle.dumps(outcome).decode("latin-1")
    else:
        yield "meta", repr(getattr(getattr(outcome, "meta", None), "headers", None))


def of_records(records: Iterable[logging.LogRecord]) -> Iterator[tuple[str, str]]:
    """What log records show, formatted and raw."""
    for record in records:
        yield f"log {record.name}", f"{record.getMessage()} {record.args!r} {record.exc_info!r}"


def of_spans(spans: Iterable[ReadableSpan]) -> Iterator[tuple[str, str]]:
    """What spans show."""
    for span in spans:
        yield f"span {span.name}", span.to_json(indent=None)


def sightings(key: str, traces: Iterable[tuple[str, str]]) -> list[str]:
    """The places at which the key was seen, with what stands around it."""
    return [f"{place}: ...{text[max(0, text.index(key) - 80) :][:120]}..." for place, text in traces if key in text]
