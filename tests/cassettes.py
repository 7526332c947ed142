"""Cassettes: recorded HTTP conversations under tests/cassettes/. What may be in them, how they are read and written.

A cassette is a file of vcrpy's format, and its `metadata` says where it comes from. Headers of requests *and* responses
get into it by allow-list only, and whatever looks like a secret is taken out of the rest. A body that is no text stands
there as `!!binary`, which vcrpy reads as well.

cassette_recording.py makes them, cassette_playing.py plays them, cassette_guard.py looks after what is in the library.
"""

import base64
import binascii
import copy
import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

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


FORM: Final = "multipart/form-data"
EVENT_STREAM: Final = "text/event-stream"


class CassetteError(Exception):
    """A cassette cannot be used or made. The message names it, the reason and the remedy."""


def events_of(stream: str) -> list[str]:
    """The data of each event of a stream, of one line each as the API documents them."""
    return re.findall("^data: ?(.*)$", stream, re.MULTILINE)


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
    """The headers of a request that are kept, by lower-case name: those that the contract documents, and its kind."""
    places = [
        place.value
        for _, item, operation in contract().operations()
        for place in contract().parameters(item, operation)
    ]
    return _by_lower_case(
        "Accept", "Content-Type", *(str(place["name"]) for place in places if place.get("in") == "header")
    )


@cache
def response_headers() -> Mapping[str, str]:
    """The headers of a response that are kept: the documented ones, its kind, and the time that hints refer to."""
    responses = (
        response
        for _, _, operation in contract().operations()
        for response in mapping(operation.value.get("responses")).values()
    )
    return _by_lower_case(
        "Content-Type",
        "Date",
        *(name for response in responses for name in mapping(contract().follow(response).get("headers"))),
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
    """The content of a cassette. A body is text, or bytes where it is none.

    Raises:
        CassetteError: The file cannot be read, is not YAML, or is no cassette.
    """
    document = read(path)
    data: dict[str, Any] = copy.deepcopy(document.data)
    binary = _binary_bodies(document.root)
    problems = [each for each in document.problems if each.pointer not in binary]
    if problems:
        raise CassetteError(f"{problems[0]} It is no readable cassette: {REMEDY}")
    # JSON Schema knows no bytes: an empty text stands for them while the form of the rest is looked at.
    for pointer in binary:
        _put(data, pointer, "")
    for error in Draft202012Validator(_FORMAT).iter_errors(data):
        at = "/".join(("#", *map(str, error.absolute_path)))
        origin = at.startswith("#/metadata") or error.message.startswith("'metadata'")
        what = "does not say where it comes from" if origin else "is no cassette"
        raise CassetteError(printable(f"{display_name(path)} {what} ({error.message:.120} at {at}): {REMEDY}"))
    for pointer, content in binary.items():
        _put(data, pointer, content)
    return data


_BODIES: Final = (("request", "body"), ("response", "body", "string"))


def _binary_bodies(root: Any) -> dict[str, bytes]:
    """The bodies that stand as `!!binary` in a document, given its root node, by where they stand."""
    found: dict[str, bytes] = {}
    interactions = _child(root, "interactions")
    for index, interaction in enumerate(interactions.value if getattr(interactions, "id", "") == "sequence" else ()):
        for steps in _BODIES:
            node = interaction
            for step in steps:
                node = _child(node, step)
            if getattr(node, "tag", "") == "tag:yaml.org,2002:binary":
                with suppress(binascii.Error):  # broken, and told as such by the reader
                    found["/".join(("#/interactions", str(index), *steps))] = base64.b64decode(node.value)
    return found


def _child(node: Any, name: str) -> Any:
    """The node under a key of another; None where there is none."""
    entries = node.value if getattr(node, "id", "") == "mapping" else ()
    return next((value for key, value in entries if key.value == name), None)


def _put(data: Any, pointer: str, value: object) -> None:
    *parents, last = pointer.split("/")[1:]
    for step in parents:
        data = data[int(step)] if isinstance(data, list) else data[step]
    data[last] = value


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
    # JSON reads best without the backslashes that quotes would need, and a stream line by line.
    return (
        LiteralScalarString(value)
        if key in ("string", "body") and re.match(r"[{\[]|data: ", value) and value.replace("\n", "").isprintable()
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
