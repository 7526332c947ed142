"""Playing: cassettes respond in place of the network, which is closed."""

import copy
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock

from vcr import VCR  # type: ignore[import-untyped]
from vcr.cassette import Cassette  # type: ignore[import-untyped]
from vcr.record_mode import RecordMode  # type: ignore[import-untyped]
from vcr.request import Request  # type: ignore[import-untyped]

from cassette_recording import Scrubber
from cassettes import CassetteError, api_servers, load


class NetworkClosedError(Exception):
    """Something tried to reach the network while a cassette was played."""


class _Reader:
    """A persister of vcrpy that reads strictly and never writes."""

    def load_cassette(self, path: str | Path, serializer: object) -> tuple[list[Request], list[dict[str, Any]]]:
        interactions = copy.deepcopy(load(Path(path))["interactions"])
        for interaction in interactions:
            body = interaction["response"]["body"]
            body["string"] = body["string"] if isinstance(body["string"], bytes) else body["string"].encode()
        return [Request(**interaction["request"]) for interaction in interactions], [
            each["response"] for each in interactions
        ]

    def save_cassette(self, path: object, cassette: object, serializer: object) -> NoReturn:
        raise CassetteError(f"{path} is only to be played, and was about to be written")


@contextmanager
def playing(path: Path) -> Iterator[Cassette]:
    """Respond to what is said over httpx from a cassette, with the network closed.

    Each response is given once, in order, to a request with the same method, address, kept headers and body.

    Raises:
        CassetteError: The cassette cannot be read.
    """
    vcr = VCR(record_mode=RecordMode.NONE, match_on=("method", "uri", "kept headers", "kept body"))
    vcr.before_record_request = Scrubber(api_servers()[0]).request
    vcr.register_persister(_Reader())
    vcr.register_matcher("kept headers", _same_headers)
    vcr.register_matcher("kept body", _same_body)
    with network_closed(), vcr.use_cassette(path) as cassette:
        yield cassette


def _same_headers(one: Request, other: Request) -> bool:
    return dict(one.headers) == dict(other.headers)


def _same_body(one: Request, other: Request) -> bool:
    return (one.body or b"") == (other.body or b"")


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
