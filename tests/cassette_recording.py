"""Recording: what is said over httpx, scrubbed of what does not belong into a file."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from vcr import VCR  # type: ignore[import-untyped]
from vcr.persisters.filesystem import CassetteNotFoundError  # type: ignore[import-untyped]
from vcr.record_mode import RecordMode  # type: ignore[import-untyped]
from vcr.request import Request  # type: ignore[import-untyped]

from cassettes import FORM, REMOVED, SECRETS, api_servers, request_headers, response_headers

_CONTROL: Final = re.compile(r"[^\t\n\r -\x7e\xa0-\U0010ffff]")
_BOUNDARY: Final = re.compile(rf"{FORM}; *boundary=([^;]+)")


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
        headers = self._headers(request.headers, request_headers())
        body: Any = request.body or b""
        # The boundary of a form is drawn by chance, and everything has to come out the same every time.
        boundary = _BOUNDARY.search(headers.get("Content-Type", [""])[0])
        if boundary:
            body = body.replace(boundary[1].encode(), b"boundary")
            headers["Content-Type"] = [f"{FORM}; boundary=boundary"]
        return Request(request.method, self.clean(uri), self._body(body), headers)

    def response(self, response: dict[str, Any]) -> dict[str, Any]:
        """The response as it is kept. vcrpy has decompressed its body by then."""
        headers = self._headers(response["headers"], response_headers())
        # The reason phrase says nothing, and Python 3.13 words that of 422 in a new way.
        status = {"code": response["status"]["code"], "message": ""}
        return {"status": status, "headers": headers, "body": {"string": self._body(response["body"]["string"])}}

    def _body(self, body: bytes) -> bytes:
        try:
            return self.clean(body.decode()).encode()
        except UnicodeDecodeError:
            # Within other bytes, a pattern would find what is none. What is known to be secret is taken out anyway.
            for secret in filter(None, self.secrets):
                body = body.replace(secret.encode(), REMOVED.encode())
            return body

    def clean(self, text: str) -> str:
        """The text without secrets."""
        for secret in filter(None, self.secrets):
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
            body = _text_or_bytes(request.body)
            asked = {"method": request.method, "uri": request.uri, "headers": headers, "body": body}
            said = {"string": _text_or_bytes(response["body"]["string"])}
            self.interactions.append({"request": asked, "response": {**response, "body": said}})


def _text_or_bytes(body: bytes) -> str | bytes:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return body
    return body if _CONTROL.search(text) else text


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
