"""Arguments, environment and defaults of a client; what is refused, and how; copies, pickles, proxies."""

import asyncio
import copy
import pickle
import subprocess
import sys
from typing import Any

import pytest

from aurous import AsyncAurous, Aurous, Clock, ConfigurationError, Pacer, RetryBudget, Timeout, standard_policy
from scripted import ID, KEY, KEY_BEGINS, MakesCaller, Script, caught, error, ok

CLIENTS = [Aurous, AsyncAurous]
OTHER_KEY = "al_live_" + "f" * 64


def brief(value: object) -> str:
    """The name of a parameter in a test's id; the same in every process, so without an address."""
    return repr(value).partition(" at 0x")[0][:30]


def base_url(client: Aurous | AsyncAurous) -> str:
    """Where a client would send a request, as its repr tells."""
    return repr(client).partition("base_url='")[2].partition("'")[0]


# --- The key ---


@pytest.mark.parametrize("client", CLIENTS)
def test_the_key_comes_from_the_argument_or_the_environment(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "AUROUS_API_KEY" in str(caught(client))
    assert "api_key" in str(caught(client))

    monkeypatch.setenv("AUROUS_API_KEY", OTHER_KEY)
    for made, key in (
        (client, OTHER_KEY),
        (lambda **options: client(KEY, **options), KEY),
        (lambda **options: client(api_key=KEY, **options), KEY),
    ):
        script = Script(ok())
        retrieved = made(transport=script).chat.completions.retrieve(ID)
        if client is AsyncAurous:
            asyncio.run(retrieved)
        assert script.requests[0].headers["x-api-key"] == key


@pytest.mark.parametrize(
    "key",
    [
        "",
        " ",
        "al_live_ 1",
        "al_live_1\n",
        "\tal_live_1",
        "al_live_é",
        "al_live_\x7f",
        "“al_live_1”",
        7,
        b"al_live_1",
        True,
        ["al_live_1"],
    ],
)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_key_that_cannot_be_sent_is_refused(client: Any, key: Any) -> None:
    failure = caught(client, key)
    assert isinstance(failure, ConfigurationError)
    assert "api_key" in str(failure)
    assert isinstance(caught(client("k", transport=Script(ok())).with_options, api_key=key), ConfigurationError)


@pytest.mark.parametrize("key", ["", " ", "al_live_1\n", "al_live_é"])
def test_a_key_of_the_environment_that_cannot_be_sent_is_named_by_its_variable(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUROUS_API_KEY", key)
    assert "AUROUS_API_KEY" in str(caught(Aurous))


@pytest.mark.parametrize("key", ["al_live_" + "0" * 64, "og_legacy", "x", "~!@#$%^&*()"])
def test_the_form_of_a_key_is_the_vendors_affair(call: MakesCaller, key: str) -> None:
    caller = call(ok()).with_options(api_key=key)
    caller.retrieve()
    assert caller.requests[0].headers["x-api-key"] == key


# --- The environment ---


def test_arguments_go_before_the_environment_and_that_before_defaults(
    call: MakesCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert base_url(call(ok()).client) == "https://api.aurous-labs.com"

    monkeypatch.setenv("AUROUS_BASE_URL", "https://api.preprod.aurous-labs.com/v1")
    monkeypatch.setenv("AUROUS_API_VERSION", "2026-05-15")
    caller = call(ok())
    caller.retrieve()
    call(ok(), base_url=None, api_version=None).retrieve()
    assert caller.requests[0].url.host == "api.preprod.aurous-labs.com"
    assert caller.requests[0].headers["aurous-version"] == "2026-05-15"

    caller = call(ok(), base_url="https://api.example", api_version="2026-08-04")
    caller.retrieve()
    assert caller.requests[0].url.host == "api.example"
    assert caller.requests[0].headers["aurous-version"] == "2026-08-04"


@pytest.mark.parametrize("variable", ["AUROUS_BASE_URL", "AUROUS_API_VERSION"])
def test_an_empty_variable_is_no_variable(call: MakesCaller, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "")
    caller = call(ok())
    caller.retrieve()
    assert caller.requests[0].url.host == "api.aurous-labs.com"
    assert "aurous-version" not in caller.requests[0].headers


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        *(
            ("AUROUS_BASE_URL", value)
            for value in (
                "api.aurous-labs.com",
                "ftp://x",
                "https://",
                "http://api.aurous-labs.com",
                " https://x",
                "https://x?y",
            )
        ),
        *(
            ("AUROUS_API_VERSION", value)
            for value in ("latest", "2026-5-15", "2026-05-15\n", "20260515", "２０２６-05-15")
        ),
    ],
)
def test_a_wrong_variable_is_named(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    failure = caught(Aurous, KEY)
    assert isinstance(failure, ConfigurationError)
    assert variable in str(failure)


# --- Options ---

WRONG: dict[str, list[Any]] = {
    "base_url": [
        "",
        " ",
        "api.aurous-labs.com",
        "//api.aurous-labs.com",
        "https://",
        "https:///v1",
        "https:api",
        "ftp://api.example",
        "file:///etc",
        "HTTPS",
        "http://api.aurous-labs.com",
        "http://10.0.0.1",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://[::2]",
        "https://api.example?x=1",
        "https://api.example#x",
        "https://api.example?",
        "https://api.example/#",
        "https://api.example:port",
        "https://api.example:99999",
        "https://[::1",
        "https://api.example/../x",
        "https://api.example\\x",
        "https://api example",
        "https://api.example\n",
        "https://münchen.example",
        *(
            "https://user:secret@api.example",
            "https://user@api.example",
            "https://:secret@api.example",
            "https://@api.example",
            7,
            b"https://x",
            True,
        ),
    ],
    "api_version": ["", "latest", "2026-5-15", "2026-05-15 ", "2026-05-15\n", "v1", 20260515, True],
    "timeout": [0, -1, -0.001, float("inf"), float("nan"), "60", True, [60], 10**400, -(10**400), 1j],
    "max_retries": [-1, 1.5, "2", True, float("inf")],
    "max_response_bytes": [0, -1, 1.5, "1", True],
    "max_connections": [0, -1, 1.5, "1", True],
    "on_drift": ["", "error", "WARN", 7, True, ["warn"]],
    "default_headers": [
        7,
        "X-A: b",
        [("X-A", "b")],
        {"X A": "b"},
        {"": "b"},
        {"X-A:": "b"},
        {"X-A\n": "b"},
        {"X-A": "b\n"},
        {"X-A": "b\r\nX-B: c"},
        {"X-A": "\x00"},
        {"X-A": " b"},
        {"X-A": "b "},
        {"X-A": "é"},
        {"X-A": 7},
        {"X-A": None},
        {"X-A": "b", "x-a": "c"},
        {7: "b"},
        {"X-Api-Key": "k"},
        {"x-API-key": "k"},
        {"Aurous-Version": "x"},
        {"Host": "x"},
        {"Content-Length": "0"},
        {"Transfer-Encoding": "chunked"},
        {"Connection": "close"},
        {"Accept-Encoding": "br"},
    ],
    "proxy": [
        "",
        "nowhere",
        "proxy.example:3128",
        "socks5://proxy.example",
        "http://",
        "http://[::1",
        "http://proxy:port",
        "http://proxy:0",
        7,
    ],
    "pacer": ["x", 7, Pacer],
    "retry_policy": ["standard", 7],
    "retry_budget": [10, "10", {"capacity": 10}],
    "clock": [7, "now", Clock],
    "ssl_context": [False, "ca.pem", 7],
    "on_request": ["print", 7],
    "on_response": ["print", 7],
    "on_retry": ["print", 7],
    "allow_insecure_http": ["no", 7, "false"],
    "transport": [7, "https", object()],
}


@pytest.mark.parametrize(
    ("option", "value"),
    [(option, value) for option, values in WRONG.items() for value in values],
    ids=brief,
)
def test_an_option_that_cannot_be_is_refused_by_name(call: MakesCaller, option: str, value: Any) -> None:
    caller = call(ok())
    for make in (call, caller.with_options):
        failure = caught(make, **{option: value})
        assert isinstance(failure, ConfigurationError)
        assert option in str(failure)
        assert str(failure).isprintable()
        assert len(str(failure)) < 400
    assert caller.retrieve().is_completed


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(
            (("base_url"), value)
            for value in (
                "http://localhost:1",
                "http://LOCALHOST",
                "http://api.localhost",
                "http://127.0.0.1",
                "http://127.8.9.1:80",
                "http://[::1]:1",
            )
        ),
        ("timeout", Timeout(total=1, connect=1, read=1)),
        ("timeout", 10**9),
        ("timeout", 1e-9),
        ("max_retries", 0),
        ("max_response_bytes", 1),
        ("max_connections", 1),
        ("default_headers", {}),
        ("default_headers", {"X-Empty": "", "x-tab": "a\tb", "!#$%&'*+-.^_`|~": "all signs"}),
        ("default_headers", {"Authorization": "Bearer other"}),
        ("retry_budget", RetryBudget(capacity=0)),
        ("proxy", "direct"),
        ("proxy", "http://user:secret@proxy.example:3128"),
        ("on_drift", print),
    ],
    ids=brief,
)
def test_an_option_that_can_be_is_taken(call: MakesCaller, option: str, value: Any) -> None:
    call(ok(), **{option: value})
    call(ok()).with_options(**{option: value})


@pytest.mark.parametrize(
    ("option", "meant"),
    [
        ("timout", "did you mean timeout?"),
        ("max_retry", "did you mean max_retries?"),
        ("baseurl", "did you mean base_url?"),
        ("default_header", "did you mean default_headers?"),
        ("http_client", "transport="),
        ("default_query", "extra_query="),
        ("organization", "one team"),
        ("project", "one team"),
        ("webhook_secret", "not verified"),
        ("_strict_response_validation", 'on_drift="raise"'),
        ("key_from_environment", None),
        ("config", None),
    ],
)
def test_an_unknown_option_is_refused_and_the_one_meant_is_named(
    call: MakesCaller, option: str, meant: str | None
) -> None:
    for make in (call, call(ok()).with_options):
        failure = caught(make, **{option: 1})
        assert isinstance(failure, ConfigurationError)
        assert option in str(failure)
        assert (meant or "there is no option") in str(failure)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        *(({"timeout": value}, "timeout") for value in WRONG["timeout"]),
        *(({"max_retries": value}, "max_retries") for value in WRONG["max_retries"]),
        *(({"api_version": value}, "api_version") for value in WRONG["api_version"]),
        *(({"extra_headers": value}, "extra_headers") for value in WRONG["default_headers"]),
    ],
    ids=brief,
)
def test_options_of_a_call_are_checked_as_those_of_a_client(
    call: MakesCaller, options: dict[str, Any], named: str
) -> None:
    caller = call(ok())
    failure = caught(caller.retrieve, **options)
    assert isinstance(failure, ConfigurationError)
    assert named in str(failure)
    assert caller.requests == []


@pytest.mark.parametrize("value", ["b\r\nX-Evil: 1", "b\nc", "b\x00c", "b\x0bc", "b\x85c", "b\u2028c"])
def test_no_header_value_injects_another(call: MakesCaller, value: str) -> None:
    for options in ({"extra_headers": {"X-A": value}}, {"extra_headers": {value: "b"}}):
        caller = call(ok())
        assert isinstance(caught(caller.retrieve, **options), ConfigurationError)
        assert caller.requests == []


@pytest.mark.parametrize("name", ["total", "connect", "read"])
@pytest.mark.parametrize("value", WRONG["timeout"], ids=brief)
def test_each_limit_of_a_timeout_is_checked(name: str, value: Any) -> None:
    failure = caught(Timeout, **{name: value})
    assert isinstance(failure, ConfigurationError)
    assert name in str(failure)


def test_a_timeout_is_a_deadline_with_limits_inside(call: MakesCaller) -> None:
    assert Timeout() == Timeout(total=60, connect=5, read=30)
    caller = call(ok(), timeout=Timeout(total=20, connect=2, read=3))
    caller.retrieve()
    caller.retrieve(timeout=1)
    caller.retrieve(timeout=Timeout(total=100, connect=90))
    limits = [request.extensions["timeout"] for request in caller.requests]
    assert (limits[0]["connect"], limits[0]["read"], limits[0]["pool"]) == (2, 3, 20)
    assert set(limits[1].values()) == {1}
    assert (limits[2]["connect"], limits[2]["read"], limits[2]["pool"]) == (90, 30, 100)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter2@api.example",
        "https://user:hunter2 @api.example",
        "https://user:hunter2@api.example:port",
        "https://user:hunter2@",
        "http://user:hunter2@api.example",
        "https://user:hunter2@api.example?x",
    ],
)
@pytest.mark.parametrize("option", ["base_url", "proxy"])
def test_a_password_in_a_url_is_not_shown(option: str, url: str) -> None:
    url = url.replace("https://", "socks5://").replace("http://", "socks5://") if option == "proxy" else url
    assert "hunter2" not in str(caught(Aurous, KEY, **{option: url}))


@pytest.mark.parametrize("option", ["default_headers", "extra_headers"])
def test_the_value_of_a_header_is_not_shown(call: MakesCaller, option: str) -> None:
    headers = {"Authorization": "Bearer hunter2\n"}
    failure = (
        caught(call, default_headers=headers)
        if option == "default_headers"
        else caught(call(ok()).retrieve, extra_headers=headers)
    )
    assert "hunter2" not in str(failure)
    assert "Authorization" in str(failure)


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"X-A": 5}, "the value of X-A is int, not a string"),
        ({"X-A": "1", "x-a": "2"}, "X-A and x-a are the same header"),
    ],
)
def test_headers_that_cannot_be_say_why(call: MakesCaller, headers: dict[str, Any], reason: str) -> None:
    assert reason in str(caught(call, default_headers=headers))


# --- http ---


def test_http_beyond_this_machine_has_to_be_asked_for(call: MakesCaller) -> None:
    assert "allow_insecure_http" in str(caught(call, base_url="http://api.example"))
    caller = call(ok(), base_url="http://api.example", allow_insecure_http=True)
    assert caller.retrieve().is_completed
    assert caller.requests[0].url.scheme == "http"
    assert caller.with_options(timeout=1).retrieve().is_completed


def test_taking_the_permission_back_takes_the_address_with_it(call: MakesCaller) -> None:
    caller = call(ok(), base_url="http://api.example", allow_insecure_http=True)
    assert "base_url" in str(caught(caller.with_options, allow_insecure_http=False))
    assert caller.with_options(allow_insecure_http=False, base_url="https://api.example").retrieve().is_completed


# --- Proxies ---


@pytest.mark.parametrize(
    "no_proxy",
    [
        "[::1]",
        "::1/128",
        "::1",
        "localhost\n127.0.0.1",
        "*.example",
        "**",
        ".",
        ",",
        " , ",
        "http://x",
        "10.0.0.0/8",
        "[::1",
        "\u00e9",
        "a b",
        "x" * 10_000,
        "*",
        "%",
        "\\",
    ],
)
@pytest.mark.parametrize(
    "https_proxy",
    [
        "http://proxy.example:3128",
        "proxy.example:3128",
        "",
        "http://",
        "socks5://proxy.example",
        "http://[::1",
        "::::",
        "http://proxy:port",
        "http://user:hunter2@proxy.example",
    ],
)
def test_odd_proxy_variables_do_not_fail_a_client_that_has_another_transport(
    call: MakesCaller,
    no_proxy: str,
    https_proxy: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name, value in {
        "NO_PROXY": no_proxy,
        "HTTPS_PROXY": https_proxy,
        "ALL_PROXY": https_proxy,
        "HTTP_PROXY": https_proxy,
    }.items():
        monkeypatch.setenv(name, value)
        monkeypatch.setenv(name.lower(), value)
    assert call(ok()).retrieve().is_completed
    assert "hunter2" not in caplog.text


# --- Clients do not change ---


@pytest.mark.parametrize("name", ["api_key", "base_url", "timeout", "chat", "config", "anything"])
def test_a_client_does_not_change(call: MakesCaller, name: str) -> None:
    client = call(ok()).client
    with pytest.raises(AttributeError, match="with_options"):
        setattr(client, name, 1)
    with pytest.raises(AttributeError):
        delattr(client, "chat")


def test_with_options_leaves_the_original_alone(call: MakesCaller) -> None:
    caller = call(error(503), timeout=5, max_retries=1, default_headers={"X-A": "a"})
    other = caller.with_options(
        timeout=9, max_retries=0, default_headers={"X-B": "b"}, base_url="https://api.example", api_key=OTHER_KEY
    )

    assert type(other.client) is type(caller.client)
    assert len(caught(caller.retrieve).attempts) == 2
    assert len(caught(other.retrieve).attempts) == 1
    first, last = caller.requests[0], caller.requests[-1]
    assert (first.headers["x-a"], "x-b" in first.headers, first.headers["x-api-key"], first.url.host) == (
        "a",
        False,
        KEY,
        "api.aurous-labs.com",
    )
    assert (last.headers["x-b"], "x-a" in last.headers, last.headers["x-api-key"], last.url.host) == (
        "b",
        False,
        OTHER_KEY,
        "api.example",
    )
    assert (first.extensions["timeout"]["pool"], last.extensions["timeout"]["pool"]) == (5, 9)


def test_with_options_keeps_what_is_not_named(call: MakesCaller) -> None:
    caller = call(
        ok(), timeout=5, api_version="2026-05-15", default_headers={"X-A": "a"}, base_url="https://api.example"
    )
    caller.with_options(max_retries=0).with_options().with_options(timeout=None, api_key=None, base_url=None).retrieve()
    (request,) = caller.requests
    assert (request.headers["x-a"], request.headers["aurous-version"], request.url.host) == (
        "a",
        "2026-05-15",
        "api.example",
    )
    assert (request.headers["x-api-key"], request.extensions["timeout"]["pool"]) == (KEY, 5)


def test_changing_the_headers_that_were_passed_changes_no_client(call: MakesCaller) -> None:
    headers = {"X-A": "a"}
    caller = call(ok(), default_headers=headers)
    headers["X-A"] = "changed\n"
    caller.retrieve()
    assert caller.requests[0].headers["x-a"] == "a"


# --- Pictures and pickles ---


def test_the_repr_shows_where_and_never_the_key(call: MakesCaller) -> None:
    client = call(
        ok(),
        api_version="2026-05-15",
        default_headers={"Authorization": "Bearer hunter2"},
        proxy="http://u:hunter2@p.example",
    ).client
    shown = [
        repr(client),
        str(client),
        repr(client.chat),
        repr(client.chat.completions),
        repr(client.config),
    ]
    for text in shown:
        assert KEY_BEGINS not in text
        assert "hunter2" not in text
    assert "https://api.aurous-labs.com" in repr(client)
    assert "2026-05-15" in repr(client)
    assert type(client).__name__ in repr(client)


@pytest.mark.parametrize("client", CLIENTS)
def test_copying_a_client_gives_the_client(client: Any) -> None:
    original = client(KEY, transport=Script(ok()))
    assert copy.copy(original) is original
    assert copy.deepcopy(original) is original
    assert copy.deepcopy([original])[0] is original


class Answers(Script):
    """A transport that another process can make."""

    def __init__(self) -> None:
        super().__init__(ok())


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_with_the_key_of_the_environment_travels_without_it(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUROUS_API_KEY", KEY)
    options: dict[str, Any] = {
        "base_url": "https://api.example",
        "api_version": "2026-05-15",
        "timeout": Timeout(total=7, connect=2),
        "max_retries": 4,
        "retry_policy": standard_policy,
        "retry_budget": RetryBudget(capacity=28),
        "on_drift": "ignore",
        "default_headers": {"X-A": "a"},
    }
    travelling = client(transport=Answers, **options)
    data = pickle.dumps(travelling)
    assert KEY_BEGINS.encode() not in data

    monkeypatch.setenv("AUROUS_API_KEY", OTHER_KEY)
    monkeypatch.setenv("AUROUS_BASE_URL", "https://elsewhere.example")
    arrived = pickle.loads(data)
    assert type(arrived) is client
    script = Script(error(503))
    there = arrived.with_options(
        transport=script, retry_policy=lambda failed: 0.0 if failed.number <= failed.max_retries else None
    )

    async def retrieve() -> Any:
        return await there.chat.completions.retrieve(ID)

    failure = caught(lambda: asyncio.run(retrieve()) if client is AsyncAurous else there.chat.completions.retrieve(ID))
    request = script.requests[0]
    assert (request.headers["x-api-key"], request.headers["x-a"], request.headers["aurous-version"]) == (
        OTHER_KEY,
        "a",
        "2026-05-15",
    )
    assert (request.url.host, request.extensions["timeout"]["connect"]) == ("api.example", 2)
    assert 2 < request.extensions["timeout"]["pool"] <= 7
    assert len(failure.attempts) == 3, "a budget of 28 pays for two of the four retries"


def test_a_client_that_arrives_where_there_is_no_key_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUROUS_API_KEY", KEY)
    data = pickle.dumps(Aurous(transport=Answers))
    monkeypatch.delenv("AUROUS_API_KEY")
    assert "AUROUS_API_KEY" in str(caught(pickle.loads, data))


@pytest.mark.parametrize("client", CLIENTS)
def test_any_other_client_refuses_to_travel_and_says_why(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "AUROUS_API_KEY" in str(caught(pickle.dumps, client(KEY, transport=Answers)))

    monkeypatch.setenv("AUROUS_API_KEY", KEY)
    travelling = client(transport=Answers)
    assert isinstance(caught(pickle.dumps, travelling.with_options(api_key=OTHER_KEY)), ConfigurationError)
    assert "transport" in str(caught(pickle.dumps, travelling.with_options(transport=Script(ok()))))


def test_a_client_travels_to_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUROUS_API_KEY", KEY)
    data = pickle.dumps(Aurous(base_url="http://localhost:1", max_retries=0))
    code = "import pickle, sys; print(repr(pickle.load(sys.stdin.buffer)))"
    done = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=True)
    assert done.stdout.decode().strip() == "Aurous(base_url='http://localhost:1')"
