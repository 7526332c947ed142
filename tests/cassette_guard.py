"""The guard over tests/cassettes/: what is wrong with a cassette, or with a folder of them.

A cassette is refused where it holds a secret, a header that is not on the allow-list, a request, a response or a body
that the contract does not know (but for the places where it says itself that it deviates), where it does not say where
it comes from, and where its text is not what scripts/record.py writes.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from cassette_contract import Document, body_deviations, described
from cassettes import (
    REMEDY,
    SECRETS,
    CassetteError,
    api_servers,
    events_of,
    load,
    render,
    request_headers,
    response_headers,
)
from openapi.document import display_name, printable


def problems(path: Path) -> list[str]:
    """What is wrong with a cassette; empty where nothing is. Each begins with the name of the file."""
    try:
        document = load(path)
    except CassetteError as error:
        return [str(error)]
    text = path.read_text(encoding="utf-8")
    return [printable(f"{display_name(path)}: {found}") for check in _CHECKS for found in check(document, text)]


def library_problems(library: Path, played: Collection[str]) -> list[str]:
    """What is wrong with a folder of cassettes. `played` has the names (`subject/outcome`) of those that tests play."""
    files = sorted(path for path in library.rglob("*") if not path.is_dir())
    cassettes = {path.relative_to(library).with_suffix("").as_posix(): path for path in files if path.suffix == ".yaml"}
    foreign = [f"{display_name(path)}: no cassette; remove it" for path in files if path.suffix != ".yaml"]
    unplayed = [
        f"{display_name(path)}: no test plays it; remove it" for name, path in cassettes.items() if name not in played
    ]
    missing = [
        f"{display_name(library / name)}.yaml: not there; {REMEDY}" for name in sorted(set(played) - set(cassettes))
    ]
    return [*foreign, *unplayed, *missing, *(problem for path in cassettes.values() for problem in problems(path))]


def deviations(document: Document) -> list[str]:
    """Where the bodies of a cassette leave the contract, as `/pointer: what`, each once."""
    return list(
        dict.fromkeys(found for interaction in document["interactions"] for found in body_deviations(interaction))
    )


# --- The checks ---


def _form(document: Document, text: str) -> Iterator[str]:
    # Closes every door at once: comments, trailing documents, odd spellings, second thoughts.
    if text != render(document):
        yield f"not in the form that scripts/record.py gives it, so it was edited by hand; {REMEDY}"


def _secrets(document: Document, text: str) -> Iterator[str]:
    candidates = dict.fromkeys([text, *_texts(document)])
    for what, pattern in SECRETS.items():
        if any(pattern.search(candidate) for candidate in candidates):
            yield f"holds {what}; if it is a real one, revoke it; {REMEDY}"


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value, the decoded ones included: YAML and JSON have escapes, and so have URLs and bytes."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if isinstance(value, Mapping):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    if isinstance(value, str):
        yield from (value, unquote(value))
        yield from _texts(_json(value)) if value[:1] in ("{", "[") else ()  # where it is none, there are no texts in it
        yield from _streamed(events_of(value))


def _streamed(events: list[str]) -> Iterator[str]:
    """The texts of a stream's events, and what those at the same place come to: a secret may be cut into pieces."""
    whole: dict[str, str] = {}
    for data in map(_json, events):
        yield from _texts(data)
        for place, text in _places(data):
            whole[place] = whole.get(place, "") + text
    yield from _texts(list(whole.values()))


def _places(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a JSON value, with the pointer of its place."""
    if isinstance(value, str):
        yield at, value
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in members:
        yield from _places(inner, f"{at}/{name}")


def _only_listed_headers(document: Document, _: str) -> Iterator[str]:
    for interaction in document["interactions"]:
        for side, allowed in (("request", request_headers()), ("response", response_headers())):
            for name in interaction[side]["headers"]:
                if name not in allowed.values():
                    yield f"the header {name} of a {side} is not on the allow-list; {REMEDY}"


def _known_conversation(document: Document, _: str) -> Iterator[str]:
    for interaction in document["interactions"]:
        request, status = interaction["request"], interaction["response"]["status"]["code"]
        line = f"{request['method']} {request['uri']}"
        known = described(request)
        if not request["uri"].startswith(f"{api_servers()[0]}/"):
            yield f"{line} is not to {api_servers()[0]}, where a client would look for it; {REMEDY}"
        elif known is None:
            yield f"{line} is no request that the contract knows; add it to the contract, or remove the file"
        else:
            for name in _unknown_parameters(known.query, request):
                yield f"{line} has a parameter {name} that the contract does not know; {REMEDY}"
            if known.response(status) is None:
                yield f"{status} is no response to {line} that the contract knows; add it there, or remove the file"


def _known_bodies(document: Document, _: str) -> Iterator[str]:
    said = document["metadata"].get("deviates", {}).get("where", [])
    found = deviations(document)
    for place in found:
        if place not in said:
            yield f"leaves the contract at {place}, and does not say so; correct the contract, or {REMEDY}"
    for place in said:
        if place not in found:
            yield f"says that it leaves the contract at {place}, and does not; {REMEDY}"


_CHECKS: Final[tuple[Callable[[Document, str], Iterator[str]], ...]] = (
    _form,
    _secrets,
    _only_listed_headers,
    _known_conversation,
    _known_bodies,
)


def _unknown_parameters(known: Collection[str], request: Document) -> list[str]:
    names = [name for name, _ in parse_qsl(urlsplit(request["uri"]).query, keep_blank_values=True)]
    return [name for name in dict.fromkeys(names) if name not in known]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
