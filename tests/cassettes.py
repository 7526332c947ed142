"""Cassettes: recorded HTTP conversations under tests/cassettes/. How they are read, made and played.

A cassette is a file of vcrpy's format, and its `metadata` says where it comes from. Headers of requests *and* answers
get into it by allow-list only, and whatever looks like a secret is taken out of the rest. cassette_guard.py looks after
what is in the library.
"""

import copy
import json
import re
import socket
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import Any, Final, NoReturn
from unittest import mock

from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString
from vcr import VCR  # type: ignore[import-untyped]
from vcr.cassette import Cassette  # type: ignore[import-untyped]
from vcr.persisters.filesystem import CassetteNotFoundError  # type: ignore[import-untyped]
from vcr.record_mode import RecordMode  # type: ignore[import-untyped]
from vcr.request import Request  # type: ignore[import-untyped]

from openapi.contract import Contract, mapping
from openapi.document import display_name, printable, read

LIBRARY: Final = Path(__file__).parent / "cassettes"
"""Where the cassettes are, as `subject/outcome.yaml`."""

REMOVED: Final = "[removed]"
"""What stands where something secret was."""

REMEDY: Final = "make it afresh with `nox -s record`"

SECRETS: Final[Mapping[str, re.Pattern[str]]] = {
    # Keys are known by their documented prefixes, whatever their length: a preview shows the first 14 characters.
    "an API key": re.compile(r"\bal_live_\w+|\bog_(?=\w*\d)\w{8,}"),
    "a bearer token": re.compile(r"\bbearer\s+[\w.~+/=-]{8,}", re.IGNORECASE),
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
}
"""What is secret wherever it stands."""


class CassetteError(Exception):
    """A cassette cannot be used or made. The message names it, the reason and the remedy."""


class NetworkClosedError(Exception):
    """Something tried to reach the network while a cassette was played."""


# --- What the contract says ---


@cache
def contract() -> Contract:
    """The contract, as the generated package carries it."""
    source = files("aurous_api") / "contract.json"
    return Contract(Path(str(source)), json.loads(source.read_text(encoding="utf-8")))


@cache
def api_servers() -> list[str]:
    """The addresses of the API. Cassettes give the first, production, whatever they were recorded from."""
    servers: Any = contract().data["servers"]
    return [server["url"] for server in servers]


@cache
def request_headers() -> Mapping[str, str]:
    """The headers of a request that are kept, by lower-case name: those that the contract documents."""
    places = [
        place.value
        for _, item, operation in contract().operations()
        for place in contract().parameters(item, operation)
    ]
    return _by_lower_case("Accept", *(str(place["name"]) for place in places if place.get("in") == "header"))


@cache
def response_headers() -> Mapping[str, str]:
    """The headers of an answer that are kept: the documented ones, its kind, and the time that hints refer to."""
    answers = (
        answer
        for _, _, operation in contract().operations()
        for answer in mapping(operation.value.get("responses")).values()
    )
    return _by_lower_case(
        "Content-Type",
        "Date",
        *(name for answer in answers for name in mapping(contract().follow(answer).get("headers"))),
    )


def _by_lower_case(*names: str) -> Mapping[str, str]:
    return {name.lower(): name for name in sorted(names)}


# --- The file ---

_STRING: Final = {"type": "string"}
_HEADERS: Final = {"type": "object", "additionalProperties": {"type": "array", "minItems": 1, "items": _STRING}}
_PROVENANCE: Final = ("shows", "recorded_from", "recorded_by", "contract", "address")


def _object(required: Sequence[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


_FORMAT: Final = _object(
    ("metadata", "interactions", "version"),
    metadata=_object(
        _PROVENANCE,
        **dict.fromkeys(_PROVENANCE, _STRING),
        deviates=_object(("why", "where"), why=_STRING, where={"type": "array", "minItems": 1, "items": _STRING}),
    ),
    interactions={
        "type": "array",
        "minItems": 1,
        "items": _object(
            ("request", "response"),
            request=_object(
                ("method", "uri", "headers", "body"), method=_STRING, uri=_STRING, headers=_HEADERS, body=_STRING
            ),
            response=_object(
                ("status", "headers", "body"),
                status=_object(("code", "message"), code={"type": "integer"}, message=_STRING),
                headers=_HEADERS,
                body=_object(("string",), string=_STRING),
            ),
        ),
    },
    version={"const": 1},
)


def load(path: Path) -> dict[str, Any]:
    """The content of a cassette.

    Raises:
        CassetteError: The file cannot be read, is not YAML, or is no cassette.
    """
    document = read(path)
    if document.problems:
        raise CassetteError(f"{document.problems[0]} It is no readable cassette: {REMEDY}")
    for error in Draft202012Validator(_FORMAT).iter_errors(document.data):
        at = "/".join(("#", *map(str, error.absolute_path)))
        origin = at.startswith("#/metadata") or error.message.startswith("'metadata'")
        what = "does not say where it comes from" if origin else "is no cassette"
        raise CassetteError(printable(f"{display_name(path)} {what} ({error.message:.120} at {at}): {REMEDY}"))
    return dict(document.data)


def render(document: Mapping[str, Any]) -> str:
    """The text of a cassette: the one form that it has."""
    yaml = YAML()
    yaml.width = 1 << 20  # nothing is folded: a body is one line, as it was sent
    stream = StringIO()
    yaml.dump(_styled(document), stream)  # pyright: ignore[reportUnknownMemberType]
    return stream.getvalue()


def _styled(value: Any, key: str = "") -> Any:
    if isinstance(value, Mapping):
        return {name: _styled(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_styled(inner) for inner in value]
    if not isinstance(value, str):
        return value
    # JSON reads best without the backslashes that quotes would need.
    return (
        LiteralScalarString(value)
        if key == "string" and re.match(r"[{\[]", value) and value.isprintable()
        else DoubleQuotedScalarString(value)
    )


def store(text: str, path: Path) -> None:
    """Write a cassette, whole or not at all.

    Raises:
        CassetteError: It cannot be written; what was there before is untouched.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".recording-") as scratch:
            fresh = Path(scratch, path.name)
            fresh.write_bytes(text.encode())
            fresh.replace(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CassetteError(
            f"{display_name(path)} cannot be written ({reason}): see that its folder is writable"
        ) from None


# --- Recording ---


@dataclass(frozen=True)
class Scrubber:
    """Takes out of a conversation what does not belong into a file.

    Args:
        address: Where the conversation takes place; production's address goes in its place.
        secrets: Texts to remove wherever they stand, the key first of all.
    """

    address: str
    secrets: tuple[str, ...] = ()

    def request(self, request: Request) -> Request:
        """The request as it is kept."""
        path = request.uri.removeprefix(self.address)
        uri = request.uri if path == request.uri else api_servers()[0] + path
        return Request(request.method, self.clean(uri), b"", self._headers(request.headers, request_headers()))

    def response(self, response: dict[str, Any]) -> dict[str, Any]:
        """The answer as it is kept. vcrpy has decompressed its body by then."""
        body = self.clean(response["body"]["string"].decode("utf-8", "backslashreplace"))
        headers = self._headers(response["headers"], response_headers())
        # The reason phrase says nothing, and Python 3.13 words that of 422 in a new way.
        status = {"code": response["status"]["code"], "message": ""}
        return {"status": status, "headers": headers, "body": {"string": body.encode()}}

    def clean(self, text: str) -> str:
        """The text without secrets."""
        for secret in self.secrets:
            text = text.replace(secret, REMOVED)
        for pattern in SECRETS.values():
            text = pattern.sub(REMOVED, text)
        return text

    def _headers(self, headers: Mapping[str, str | list[str]], allowed: Mapping[str, str]) -> dict[str, list[str]]:
        kept = {allowed[name.lower()]: values for name, values in headers.items() if name.lower() in allowed}
        lists = {name: [values] if isinstance(values, str) else values for name, values in sorted(kept.items())}
        return {name: [self.clean(value) for value in values] for name, values in lists.items()}


class Recorder:
    """A persister of vcrpy that has nothing to begin with and keeps what is recorded."""

    def __init__(self) -> None:
        self.interactions: list[dict[str, Any]] = []
        """What was said, scrubbed; there once the recording is over."""

    def load_cassette(self, path: object, serializer: object) -> NoReturn:
        """Have no cassette."""
        raise CassetteNotFoundError

    def save_cassette(self, path: object, cassette: Mapping[str, list[Any]], serializer: object) -> None:
        """Keep what was recorded."""
        for request, response in zip(cassette["requests"], cassette["responses"], strict=True):
            headers = {name: [value] for name, value in request.headers.items()}
            asked = {"method": request.method, "uri": request.uri, "headers": headers, "body": ""}
            body = response["body"]["string"].decode()
            self.interactions.append({"request": asked, "response": {**response, "body": {"string": body}}})


@contextmanager
def recording(scrubber: Scrubber) -> Iterator[Recorder]:
    """Record what is said over httpx."""
    recorder = Recorder()
    vcr = VCR(
        record_mode=RecordMode.ALL,
        before_record_request=scrubber.request,
        before_record_response=scrubber.response,
        decode_compressed_response=True,
    )
    vcr.register_persister(recorder)
    with vcr.use_cassette("in memory"):
        yield recorder


# --- Playing ---


class _Reader:
    """A persister of vcrpy that reads strictly and never writes."""

    def load_cassette(self, path: str | Path, serializer: object) -> tuple[list[Request], list[dict[str, Any]]]:
        interactions = copy.deepcopy(load(Path(path))["interactions"])
        for interaction in interactions:
            body = interaction["response"]["body"]
            body["string"] = body["string"].encode()
        return [Request(**interaction["request"]) for interaction in interactions], [
            each["response"] for each in interactions
        ]

    def save_cassette(self, path: object, cassette: object, serializer: object) -> NoReturn:
        raise CassetteError(f"{path} is only to be played, and was about to be written")


@contextmanager
def playing(path: Path) -> Iterator[Cassette]:
    """Answer what is said over httpx from a cassette, with the network closed.

    Each answer is given once, in order, to a request with the same method, address and kept headers.

    Raises:
        CassetteError: The cassette cannot be read.
    """
    vcr = VCR(record_mode=RecordMode.NONE, match_on=("method", "uri", "kept headers"))
    vcr.before_record_request = Scrubber(api_servers()[0]).request
    vcr.register_persister(_Reader())
    vcr.register_matcher("kept headers", _same_headers)
    with network_closed(), vcr.use_cassette(path) as cassette:
        yield cassette


def _same_headers(one: Request, other: Request) -> bool:
    return dict(one.headers) == dict(other.headers)


@contextmanager
def network_closed() -> Iterator[list[str]]:
    """Let every attempt to reach the network fail, loopback included. The list gathers what was to be reached."""
    refused: list[str] = []

    def refuse(*destination: object, **_: object) -> NoReturn:
        refused.append(repr(destination))
        raise NetworkClosedError("the network is closed while a cassette is played")

    with (
        mock.patch.object(socket.socket, "connect", refuse),
        mock.patch.object(socket.socket, "connect_ex", refuse),
        mock.patch.object(socket, "getaddrinfo", refuse),
    ):
        yield refused
