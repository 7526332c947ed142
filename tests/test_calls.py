"""What a call sends, what it makes of the response, and which connection it uses; sync and async, in memory."""

import asyncio
import gzip
import json
import os
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from enum import Enum, StrEnum
from functools import partial
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import aurous
from aurous import (
    APIConnectionError,
    APIResponseError,
    AsyncAurous,
    Aurous,
    AurousError,
    ConfigurationError,
)
from scripted import (
    ID,
    KEY,
    KEY_BEGINS,
    MakesCaller,
    Reply,
    Script,
    Step,
    caught,
    completion,
    error,
    ok,
    reply,
    sync_caller,
)


class Scripts:
    """Makes transports, each with a script of its own that answers every request well."""

    def __init__(self) -> None:
        self.made: list[Script] = []

    def __call__(self) -> Script:
        self.made.append(Script(ok()))
        return self.made[-1]


def echo(request: httpx.Request) -> Reply:
    """The completion that the path asks for, as a server that decodes it gets to see it."""
    return reply({**completion(), "id": httpx.URL(str(request.url)).path.rpartition("/")[2]})


# --- The request ---


def test_a_retrieval_is_one_get_of_the_completion(call: MakesCaller) -> None:
    caller = call(ok())
    caller.retrieve()
    (request,) = caller.requests

    assert (request.method, str(request.url)) == ("GET", f"https://api.aurous-labs.com/v1/chat/completions/{ID}")
    assert request.read() == b""
    assert dict(request.headers) == {
        "host": "api.aurous-labs.com",
        "accept": "application/json",
        "accept-encoding": "gzip",
        "user-agent": f"aurous-python/{aurous.__version__}",
        "x-api-key": KEY,
    }


def test_the_version_is_asked_for_only_where_one_is_set(call: MakesCaller) -> None:
    caller = call(ok(), api_version="2026-05-15")
    caller.retrieve()
    caller.retrieve(api_version="2026-08-04")
    caller.with_options(api_version="2026-09-01").retrieve()
    assert [request.headers["aurous-version"] for request in caller.requests] == [
        "2026-05-15",
        "2026-08-04",
        "2026-09-01",
    ]


def test_extra_headers_go_before_default_headers_and_those_before_the_sdks(call: MakesCaller) -> None:
    caller = call(ok(), default_headers={"X-Team": "a", "X-Kept": "yes", "User-Agent": "mine"})
    caller.retrieve(extra_headers={"x-team": "b", "ACCEPT": "application/problem+json"})
    headers = caller.requests[0].headers

    assert headers.get_list("x-team") == ["b"]
    assert (headers["x-kept"], headers["user-agent"], headers["accept"]) == ("yes", "mine", "application/problem+json")
    caller.retrieve()
    assert caller.requests[1].headers["x-team"] == "a"


def test_extra_headers_go_with_each_attempt(call: MakesCaller) -> None:
    caller = call(error(503), ok())
    caller.retrieve(extra_headers={"X-Trace": "7"})
    assert [request.headers["x-trace"] for request in caller.requests] == ["7", "7"]


@pytest.mark.parametrize(
    ("base_url", "root"),
    [
        ("https://api.example", "https://api.example"),
        ("https://api.example/", "https://api.example"),
        ("https://api.example/v1", "https://api.example"),
        ("https://api.example/v1/", "https://api.example"),
        ("https://api.example/v1//", "https://api.example"),
        ("https://api.example/v10", "https://api.example/v10"),
        ("https://api.example/v1/v1", "https://api.example/v1"),
        ("https://api.example/gateway/aurous", "https://api.example/gateway/aurous"),
        ("https://api.example/gateway/v1/", "https://api.example/gateway"),
        ("https://api.example:8443/v1", "https://api.example:8443"),
        ("HTTPS://API.Example/v1", "https://api.example"),
        ("http://localhost:8080/v1", "http://localhost:8080"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/v1", "http://[::1]:8080"),
    ],
)
def test_base_url_is_taken_with_or_without_v1(call: MakesCaller, base_url: str, root: str) -> None:
    caller = call(ok(), base_url=base_url)
    caller.retrieve()
    (request,) = caller.requests
    assert str(request.url) == f"{root}/v1/chat/completions/{ID}"
    assert request.headers["host"].lower() == httpx.URL(root).netloc.decode()


# --- Ids ---

SEGMENT = "/v1/chat/completions/"


@given(id=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=300) | st.text(max_size=20))
@example(id="..")
@example(id=".")
@example(id="...")
@example(id="%2e%2e")
@example(id="a;b=c")
@example(id="a:b@c")
def test_an_id_is_one_segment_of_the_path_or_a_configuration_error(call: MakesCaller, id: str) -> None:
    caller = call(echo)
    try:
        result = caller.retrieve(id)
    except ConfigurationError as failure:
        assert caller.requests == []
        assert str(failure).isprintable()
        assert len(str(failure)) < 300
    else:
        (request,) = caller.requests
        path = request.url.raw_path.decode()
        assert path.startswith(SEGMENT)
        assert not set(path.removeprefix(SEGMENT)) & set("/?#\\")
        assert result.id == id


@pytest.mark.parametrize(
    "id",
    [
        "",
        " ",
        ".",
        "..",
        "...",
        "a/b",
        "a/b?c#d",
        "../../v1/balance",
        "a\\b",
        "a?b",
        "a#b",
        "%2e%2e",
        "cmp_\n",
        "cmp_\r\nX: y",
        "cmp_\x00",
        "cmp_é",
        "cmp_ 1",
        " cmp_1",
        "c" * 10_000,
        None,
        7,
        True,
        b"cmp_1",
        ["cmp_1"],
    ],
    ids=lambda id: repr(id)[:20],
)
def test_an_id_that_could_lead_elsewhere_is_refused_before_a_byte_is_sent(call: MakesCaller, id: Any) -> None:
    caller = call(ok())
    for method in (caller.retrieve, caller.wait):
        failure = caught(method, id)
        assert isinstance(failure, ConfigurationError)
        assert "id" in str(failure)
        assert "cmp_" in str(failure), "the remedy"
        assert str(failure).isprintable()
        assert len(str(failure)) < 300
    assert caller.requests == []


def test_an_id_may_be_as_long_as_a_path_segment_reasonably_is(call: MakesCaller) -> None:
    assert call(echo).retrieve("c" * 256).id == "c" * 256
    assert isinstance(caught(call(echo).retrieve, "c" * 257), ConfigurationError)


class Mixed(str, Enum):  # noqa: UP042  # people have them
    FIRST = "cmp_1"


class Plain(StrEnum):
    FIRST = "cmp_1"


@pytest.mark.parametrize("id", [Mixed.FIRST, Plain.FIRST])
def test_a_string_of_another_class_is_its_text(call: MakesCaller, id: str) -> None:
    caller = call(echo)
    assert caller.retrieve(id).id == "cmp_1"
    assert caller.requests[0].url.path == f"{SEGMENT}cmp_1"


# --- Responses ---


@pytest.mark.parametrize("status", [200, 201, 202, 203])
def test_a_completion_is_a_completion_with_any_status_of_success(call: MakesCaller, status: int) -> None:
    assert call(reply(completion(), status=status)).retrieve().meta.status_code == status


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "text/html", "application/octet-stream; charset=x", "", "\xff"]
)
def test_what_counts_is_the_body_and_not_its_label(call: MakesCaller, content_type: str) -> None:
    body = json.dumps(completion()).encode()
    assert call(Reply(200, body, (("Content-Type", content_type),))).retrieve().is_completed


@pytest.mark.parametrize("found", ["cmp_other", "", ID + " ", ID.lower(), None, 7, True, {}, [ID]])
def test_the_answer_to_another_question_is_never_returned(call: MakesCaller, found: object) -> None:
    failure = caught(call(reply(completion() | {"id": found}, headers={"Aurous-Request-Id": "req_1"})).retrieve)
    assert isinstance(failure, APIResponseError)
    assert (failure.status_code, failure.request_id) == (200, "req_1")
    assert ID in str(failure)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "HTML"),
        (b"OK", "JSON"),
        (b"null", "null"),
        (b"[]", "array"),
        (b"7", "number"),
        (b'"text"', "string"),
        (b"true", "boolean"),
        (b"{}", "id"),
        (b'{"id": "\xff"}', "UTF-8"),
        (b"\xff\xfe{\x00}\x00", "UTF-8"),
        (b'{"id": 1, "id": 2}', "twice"),
        (b'{"id": NaN}', "NaN"),
        (b'{"a": ' * 50_000, "nested"),
    ],
)
def test_a_body_that_cannot_be_believed_says_why(call: MakesCaller, body: bytes, words: str) -> None:
    headers = (("Content-Type", "text/odd"), ("Aurous-Request-Id", "req_1"))
    failure = caught(call(Reply(200, body, headers)).retrieve)
    assert isinstance(failure, APIResponseError)
    assert (failure.status_code, failure.request_id) == (200, "req_1")
    assert words in str(failure)
    assert failure.body is not None
    assert len(failure.body) <= 2048


def test_a_byte_order_mark_is_passed_over(call: MakesCaller) -> None:
    assert call(Reply(200, b"\xef\xbb\xbf" + ok().body)).retrieve().is_completed


# --- Encodings and bounds ---

ENCODED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "GZIP": gzip.compress,
    " gzip ": gzip.compress,
    "deflate": zlib.compress,
    "identity": bytes,
    "": bytes,
}


@pytest.mark.parametrize("encoding", ENCODED)
def test_a_compressed_body_is_read(call: MakesCaller, encoding: str) -> None:
    assert call(Reply(200, ENCODED[encoding](ok().body), (("Content-Encoding", encoding),))).retrieve().is_completed


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, br", "gzip, gzip, gzip", "x" * 5000, "\xff", KEY])
def test_a_body_in_an_encoding_that_was_not_asked_for_is_not_read(call: MakesCaller, encoding: str) -> None:
    failure = caught(
        call(Reply(200, ok().body, (("Content-Encoding", encoding), ("Aurous-Request-Id", "req_1")))).retrieve
    )
    assert isinstance(failure, APIResponseError)
    assert (failure.status_code, failure.request_id, len(failure.attempts)) == (200, "req_1", 1)
    assert str(failure).isprintable()
    assert len(str(failure)) < 500
    assert KEY_BEGINS not in str(failure)


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_body_is_bounded_before_and_after_decompression(call: MakesCaller, encoding: str) -> None:
    body = json.dumps(completion(padding="x" * 100_000)).encode()
    sent = Reply(200, ENCODED[encoding](body), (("Content-Encoding", encoding), ("Aurous-Request-Id", "req_1")))

    failure = caught(call(sent, max_response_bytes=50_000).retrieve)
    assert isinstance(failure, APIResponseError)
    assert (failure.status_code, failure.request_id) == (200, "req_1")
    assert "max_response_bytes" in str(failure)
    assert call(sent, max_response_bytes=len(body), on_drift="ignore").retrieve().is_completed
    assert isinstance(caught(call(sent, max_response_bytes=len(body) - 1).retrieve), APIResponseError)


def test_a_length_that_is_announced_is_believed_before_the_body_is_read(call: MakesCaller) -> None:
    for length in ("50001", "9" * 30):
        failure = caught(call(Reply(200, b"", (("Content-Length", length),)), max_response_bytes=50_000).retrieve)
        assert "max_response_bytes" in str(failure)


@pytest.mark.parametrize("most", [2**63, 10**30])
def test_a_bound_beyond_all_memory_is_no_bound(call: MakesCaller, most: int) -> None:
    zipped = Reply(200, gzip.compress(ok().body), (("Content-Encoding", "gzip"),))
    assert call(zipped, max_response_bytes=most).retrieve().is_completed


@given(
    status=st.integers(200, 599),
    body=st.binary(max_size=60),
    headers=st.lists(
        st.tuples(
            st.sampled_from(
                [
                    "Retry-After",
                    "Date",
                    "X-RateLimit-Limit",
                    "X-RateLimit-Remaining",
                    "X-RateLimit-Reset",
                    "X-RateLimit-TPM-Reset",
                    "Content-Encoding",
                    "Content-Type",
                    "Content-Length",
                    "Transfer-Encoding",
                    "Location",
                    "Set-Cookie",
                    "Aurous-Request-Id",
                    "Aurous-Version",
                    "Aurous-Deprecated",
                    "Sunset",
                    "Aurous-Idempotent-Replayed",
                ]
            )
            | st.binary(max_size=8),
            st.binary(max_size=30)
            | st.sampled_from(
                [b"gzip", b"deflate", b"5", b"//evil.example/", b"https://[", b"/x", b"\xff", b"a\nb", b"\x00"]
            ),
        ),
        max_size=6,
    ),
    believable=st.booleans(),
)
def test_whatever_comes_ends_in_a_completion_or_an_error_of_the_sdk(
    call: MakesCaller, status: int, body: bytes, headers: list[tuple[str | bytes, bytes]], believable: bool
) -> None:
    caller = call(Reply(status, ok().body if believable else body, headers))
    try:
        result = caller.retrieve()
    except AurousError as failure:
        assert str(failure).isprintable()
        assert json.dumps(failure.as_dict(), allow_nan=False)
    else:
        assert believable
        assert result.id == ID
        assert repr(result)
        assert result.meta.rate_limit is not None
        assert result.meta.request_id is None or isinstance(result.meta.request_id, str)


# --- Redirects ---


def moved(location: str | None, status: int = 308) -> Reply:
    return Reply(status, headers=() if location is None else (("Location", location),))


@pytest.mark.parametrize(
    "location",
    [
        "/v1/legacy",
        "https://api.aurous-labs.com/v1/legacy",
        "legacy",
        "?x=1",
        "HTTPS://API.AUROUS-LABS.COM/v1/legacy",
        "//api.aurous-labs.com/v1/legacy",
    ],
)
def test_a_308_within_the_origin_is_followed_once_with_everything_that_was_sent(
    call: MakesCaller, location: str
) -> None:
    caller = call(moved(location), ok())
    assert caller.retrieve(extra_headers={"X-Trace": "7"}).is_completed
    first, second = caller.requests
    assert dict(second.headers) == dict(first.headers)
    assert (second.method, second.url.host) == ("GET", "api.aurous-labs.com")
    assert caller.clock.slept == []

    caller = call(moved(location), moved(location), ok())
    assert caught(caller.retrieve).status_code == 308
    assert len(caller.requests) == 2


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/v1",
        "//evil.example/v1",
        "http://api.aurous-labs.com/v1",
        "https://api.aurous-labs.com:8443/v1",
        "https://api.aurous-labs.com@evil.example/",
        "https://evil.example\\@api.aurous-labs.com/",
        "https://api.aurous-labs.com.evil.example",
        "https://user:pw@api.aurous-labs.com/v1",
        "https://[",
        "\\\\evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "ftp://x",
        "",
        "https://evil.example#@api.aurous-labs.com",
        "https://api.aurous-labs.com:x/",
        "\t//evil.example",
        "https:evil.example",
        "///evil.example",
        None,
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_takes_the_key_elsewhere(call: MakesCaller, location: str | None, status: int) -> None:
    caller = call(moved(location, status), ok())
    failure = caught(caller.retrieve)
    assert isinstance(failure, APIResponseError)
    assert failure.status_code == status
    assert len(caller.requests) == 1


@given(
    location=st.text(st.characters(max_codepoint=255), max_size=30)
    | st.text("/\\.:@?#[]ahtps", max_size=15).map("https:".__add__)
)
def test_whatever_the_location_the_key_stays_with_its_origin(location: str) -> None:
    caller = sync_caller(Reply(308, headers=((b"Location", location.encode("latin-1")),)), ok())
    try:
        caller.retrieve()
    except AurousError as failure:
        assert str(failure).isprintable()
    for request in caller.requests:
        assert (request.url.scheme, request.url.host, request.url.port) == ("https", "api.aurous-labs.com", None)


@pytest.mark.parametrize("status", [301, 302, 303, 307])
def test_other_redirects_are_errors_even_within_the_origin(call: MakesCaller, status: int) -> None:
    caller = call(moved("/v1/legacy", status), ok())
    assert caught(caller.retrieve).status_code == status
    assert len(caller.requests) == 1


def test_cookies_are_not_kept(call: MakesCaller) -> None:
    caller = call(ok(headers={"Set-Cookie": "session=1"}), ok())
    caller.retrieve()
    caller.retrieve()
    assert "cookie" not in caller.requests[1].headers


# --- Operations that may not be repeated ---


@pytest.mark.parametrize(
    "failure", [httpx.ReadTimeout("silence"), httpx.RemoteProtocolError("gone"), httpx.WriteError("gone"), error(503)]
)
def test_what_a_server_may_have_carried_out_is_not_asked_for_twice(call: MakesCaller, failure: Any) -> None:
    caller = call(failure, ok())
    refused = caught(caller.post)
    assert refused.retryable
    assert "no retry: the server may have carried out this POST" in str(refused)
    assert len(caller.requests) == 1


@pytest.mark.parametrize("failure", [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), error(429)])
def test_what_was_certainly_not_carried_out_is_sent_again(call: MakesCaller, failure: Any) -> None:
    caller = call(failure, ok())
    assert caller.post().value["id"] == ID
    assert len(caller.requests) == 2


# --- Clients and their transports ---


def test_a_sync_client_is_a_context_manager_that_closes() -> None:
    script = Script(ok())
    with Aurous(KEY, transport=script) as client:
        assert isinstance(client, Aurous)
        client.chat.completions.retrieve(ID)
    assert script.closed == 1


def test_an_async_client_is_a_context_manager_that_closes() -> None:
    script = Script(ok())

    async def use() -> None:
        async with AsyncAurous(KEY, transport=script) as client:
            assert isinstance(client, AsyncAurous)
            await client.chat.completions.retrieve(ID)

    asyncio.run(use())
    assert script.closed == 1


def test_closing_an_unused_or_closed_client_is_nothing() -> None:
    make = Scripts()
    client = Aurous(KEY, transport=make)
    client.close()
    client.chat.completions.retrieve(ID)
    client.close()
    client.close()
    asynchronous = AsyncAurous(KEY, transport=make)

    async def close_twice() -> None:
        await asynchronous.close()
        await asynchronous.close()

    asyncio.run(close_twice())
    assert [script.closed for script in make.made] == [1]


def test_a_closed_client_makes_new_connections_when_it_is_used_again() -> None:
    make = Scripts()
    client = Aurous(KEY, transport=make)
    for _ in range(3):
        client.chat.completions.retrieve(ID)
        client.chat.completions.retrieve(ID)
        client.close()
    assert [(len(script.requests), script.closed) for script in make.made] == [(2, 1)] * 3


def test_each_event_loop_gets_a_transport_of_its_own() -> None:
    make = Scripts()
    client = AsyncAurous(KEY, transport=make)

    async def use() -> None:
        await asyncio.gather(*(client.chat.completions.retrieve(ID) for _ in range(5)))
        await client.with_options(max_retries=0).chat.completions.retrieve(ID)

    asyncio.run(use())
    asyncio.run(use())
    assert [len(script.requests) for script in make.made] == [6, 6]


def test_closing_closes_the_transport_of_the_running_loop_only() -> None:
    make = Scripts()
    client = AsyncAurous(KEY, transport=make)

    async def use() -> None:
        await client.chat.completions.retrieve(ID)

    async def use_and_close() -> None:
        await client.chat.completions.retrieve(ID)
        await client.close()

    first = asyncio.new_event_loop()
    try:
        first.run_until_complete(use())
        asyncio.run(use_and_close())
        assert [script.closed for script in make.made] == [0, 1]
        first.run_until_complete(use())
    finally:
        first.close()
    assert [len(script.requests) for script in make.made] == [2, 1]


class Made(Script):
    """A transport class is a function that makes one."""

    def __init__(self) -> None:
        super().__init__(ok())


@pytest.mark.parametrize(
    "given_as",
    [Made, Made(), partial(Made), httpx.MockTransport(lambda request: httpx.Response(200, content=ok().body))],
)
def test_a_transport_is_given_itself_or_by_what_makes_it(given_as: Any) -> None:
    assert Aurous(KEY, transport=given_as).chat.completions.retrieve(ID).is_completed
    assert asyncio.run(AsyncAurous(KEY, transport=given_as).chat.completions.retrieve(ID)).is_completed


@pytest.mark.parametrize("transport", [7, "https", object(), {}, httpx.Client])
def test_what_is_no_transport_is_refused(call: MakesCaller, transport: Any) -> None:
    if transport is httpx.Client:  # a class, so it may make one; that it does not shows in the first call
        assert isinstance(caught(call(transport=transport).retrieve), AurousError)
    else:
        assert "transport" in str(caught(call, transport=transport))


def test_a_transport_of_the_other_kind_is_refused() -> None:
    with httpx.HTTPTransport() as transport:
        assert "handle_async_request" in str(caught(AsyncAurous, KEY, transport=transport))
    assert "handle_request" in str(caught(Aurous, KEY, transport=httpx.AsyncHTTPTransport()))


def test_copies_share_connections_unless_their_options_say_otherwise(call: MakesCaller) -> None:
    make = Scripts()
    client = Aurous(KEY, transport=make)
    copies = [
        client,
        client.with_options(
            timeout=1, max_retries=0, api_key=KEY[:-1] + "1", on_drift="raise", api_version="2026-05-15"
        ),
    ]
    copies += [
        client.with_options(base_url="https://api.preprod.aurous-labs.com"),
        client.with_options(transport=partial(make)),
    ]
    for copy in copies:
        copy.chat.completions.retrieve(ID)
    assert [len(script.requests) for script in make.made] == [2, 1, 1]
    client.close()
    assert [script.closed for script in make.made] == [1, 0, 0]


def test_threads_may_share_a_client() -> None:
    script = Script(echo)
    client = Aurous(KEY, transport=script)
    wrong: list[object] = []

    def work(number: int) -> None:
        for turn in range(20):
            id = f"cmp_{number}_{turn}"
            if client.chat.completions.retrieve(id).id != id:
                wrong.append(id)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (wrong, len(script.requests)) == ([], 160)


def test_tasks_may_share_a_client() -> None:
    client = AsyncAurous(KEY, transport=Script(echo))

    async def work() -> list[str]:
        ids = [f"cmp_{number}" for number in range(50)]
        found = await asyncio.gather(*(client.chat.completions.retrieve(id) for id in ids))
        return [id for id, result in zip(ids, found, strict=True) if result.id != id]

    assert asyncio.run(work()) == []


FORK = """
import os, sys
import httpx
import aurous

class Transport(httpx.BaseTransport):
    made = 0
    def __init__(self):
        Transport.made += 1
        self.home = os.getpid()
    def handle_request(self, request):
        assert os.getpid() == self.home, "another process's transport"
        id = request.url.path.rpartition("/")[2]
        return httpx.Response(200, json={"id": id, "status": "completed"})

def child(work):
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        work()
    except aurous.ConfigurationError as error:
        os._exit(7 if "process" in str(error) and "function" in str(error) else 8)
    except BaseException:
        os._exit(9)
    os._exit(0)

key = "al_live_" + "0" * 64
by_function = aurous.Aurous(key, transport=Transport, on_drift="ignore")
by_instance = aurous.Aurous(key, transport=Transport(), on_drift="ignore")
outcomes = []
for client in (by_function, by_instance):
    client.chat.completions.retrieve("cmp_1")
    outcomes.append(child(lambda: client.chat.completions.retrieve("cmp_2")))
    outcomes.append(child(client.close))
    client.chat.completions.retrieve("cmp_3")
print(outcomes, Transport.made)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_makes_its_own_transport_or_is_told_that_it_cannot() -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", FORK], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[0, 0, 7, 0] 2", "")


RECORDED = """
import asyncio, functools, sys
import httpx

def response(request):
    return httpx.Response(200, json={"id": request.url.path.rpartition("/")[2]})

def stand_before():
    original, original_async = httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request

    @functools.wraps(original)
    def handle_request(transport, request):
        return response(request)

    @functools.wraps(original_async)
    async def handle_async_request(transport, request):
        return response(request)

    httpx.HTTPTransport.handle_request = handle_request
    httpx.AsyncHTTPTransport.handle_async_request = handle_async_request

if sys.argv[1] == "first":
    stand_before()
from aurous import AsyncAurous, Aurous
options = {"base_url": "http://127.0.0.1:9", "max_retries": 0, "on_drift": "ignore"}
client, other = Aurous("al_live_x", **options), AsyncAurous("al_live_x", **options)
if sys.argv[1] == "later":
    stand_before()
print(client.chat.completions.retrieve("cmp_1").id, asyncio.run(other.chat.completions.retrieve("cmp_2")).id)
"""


@pytest.mark.parametrize("when", ["first", "later"])
def test_a_recorder_in_the_place_of_httpx_sees_the_requests(when: str) -> None:
    done = subprocess.run([sys.executable, "-c", RECORDED, when], capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == (["cmp_1", "cmp_2"], "")


def test_a_transport_that_fails_to_be_made_fails_the_call_and_not_the_client(call: MakesCaller) -> None:
    calls: list[int] = []

    def make() -> Script:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("no sockets left")
        return Script(ok())

    caller = call(transport=make)
    with pytest.raises((OSError, AurousError)):
        caller.retrieve()
    assert caller.retrieve().is_completed


def test_the_client_is_usable_after_any_failure(call: MakesCaller) -> None:
    steps: list[Step] = [
        httpx.ReadError("reset"),
        Reply(200, b"<html>"),
        Reply(200, b""),
        error(401),
        Reply(302),
        ValueError("a bug"),
        ok(),
    ]
    caller = call(*steps, max_retries=0)
    for _ in steps[:-1]:
        caught(caller.retrieve)
    assert caller.retrieve().is_completed


def test_a_failure_below_is_told_in_its_words(call: MakesCaller) -> None:
    failure = caught(call(httpx.ConnectError("[Errno 111] Connection refused\nsecond line")).retrieve)
    assert isinstance(failure, APIConnectionError)
    assert "Connection refused" in str(failure)
    assert str(failure).isprintable()
