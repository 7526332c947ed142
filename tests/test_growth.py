"""A resource that nobody planned for arrives whole, by an edit of the contract alone: typed, documented, callable."""

import copy
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import generate
from lint import load
from unplanned import add_unplanned

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = (
    "api_version: str | None = None, timeout: float | Timeout | None = None, max_retries: int | None = None, "
    "extra_headers: Mapping[str, str] | None = None, extra_query: Mapping[str, object] | None = None, "
    "extra_body: Mapping[str, object] | None = None"
)
PART = "ThingPart | ThingPartParam | Mapping[str, Any]"


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a package generated, as any other, from the contract with the resource added to it."""
    folder = tmp_path_factory.mktemp("grown")
    data: Any = copy.deepcopy(load(ROOT / "openapi.yaml").data)
    add_unplanned(data)
    contract = folder / "openapi.yaml"
    contract.write_text(json.dumps(data, indent=1), encoding="utf-8")  # JSON is YAML
    with generate.fresh_package(generate.Source(contract=contract), "aurous_api") as package:
        shutil.copytree(package, folder / "aurous_api")
    return folder


def run(script: str, grown: Path) -> Any:
    """What a script prints as JSON, in a process of its own that has the grown package and the SDK on it."""
    command = [sys.executable, "-I", "-B", "-c", script, str(grown), str(ROOT / "overlays")]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


INSPECT = """
import inspect, json, sys
sys.path[:0] = sys.argv[1:]
from aurous_api import params
from aurous_api.resources import AsyncResources, Resources, resource_class

def written(function):
    signature, parts = inspect.signature(function), []
    for parameter in list(signature.parameters.values())[1:]:
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in parts:
            parts.append("*")
        default = "" if parameter.default is parameter.empty else f" = {parameter.default}"
        parts.append(f"{parameter.name}: {parameter.annotation}{default}")
    return f"({', '.join(parts)}) -> {signature.return_annotation}"

def methods(cls):
    return {name: member for name, member in vars(cls).items() if inspect.isfunction(member)}

found = {}
for path in ("things", "things.parts"):
    for kind in ("", "async "):
        for name, method in methods(resource_class(path, asynchronous=bool(kind))).items():
            assert inspect.iscoroutinefunction(method) is bool(kind)
            found[f"{kind}{path}.{name}"] = [written(method), inspect.getdoc(method)]
twins = {name: getattr(params, name).__annotations__ for name in params.__all__ if name.startswith("Thing")}
twins = {name: {field: getattr(hint, "__forward_arg__", hint) for field, hint in fields.items()}
         for name, fields in twins.items()}
tops = [inspect.getdoc(cls.things) for cls in (Resources, AsyncResources)]
print(json.dumps({"methods": found, "twins": twins, "tops": tops}, default=str))
"""


@pytest.fixture(scope="module")
def seen(grown: Path) -> Any:
    """What `help()` and a type checker see of the grown package."""
    return run(INSPECT, grown)


SIGNATURES = {
    "things.list": (
        "(*, color: Sequence[ThingColor | Literal['dark red', 'red']] | None = None, archived: bool | None = None, "
        "made_since: datetime.datetime | str | None = None, url: str | None = None, timeout_: float | None = None, "
        f"cursor: str | None = None, x_trace: str | None = None, {OPTIONS}) -> Page[Thing]"
    ),
    "things.create": (
        f"(*, name: str, content: str | {PART} | Sequence[{PART}], "
        "owner: ThingOwner | ThingOwnerParam | Mapping[str, Any] | None = None, "
        "color: ThingColor | Literal['dark red', 'red'] | None = None, "
        "mood: ThingMood | Literal['calm'] | str | None = None, note: str | None | Unset = UNSET, "
        f"labels: Mapping[str, str] | None = None, dry_run: bool | None = None, {OPTIONS}, "
        "idempotency_key: str | None = None) -> Thing"
    ),
    "things.retrieve": f"(id: str, *, {OPTIONS}) -> Thing",
    "things.update": (
        "(id: str, *, name: str | None = None, made_on: datetime.date | str | None = None, "
        "level: ThingLevel | Literal[1, 2] | None = None, "
        f"tint: ThingColor | Literal['dark red', 'red'] | None | Unset = UNSET, {OPTIONS}) -> Thing"
    ),
    "things.delete": f"(id: str, *, {OPTIONS}) -> OpenValue",
    "things.parts.list": f"(id: UUID | str, *, {OPTIONS}) -> ItemList[ThingPart]",
    "things.upload_picture": (
        f"(id: str, *, file: FileInput, about: {PART} | None = None, primary: bool | None = None, {OPTIONS}) "
        "-> OpenValue"
    ),
    "things.picture": f"(id: str, *, {OPTIONS}) -> BinaryContent",
    "things.rows": f"(row: int, *, {OPTIONS}) -> ItemList[builtins.list[float]]",
    "things.find": f"(name: ThingColor | Literal['dark red', 'red'], *, {OPTIONS}) -> ThingOwner",
    "things.type": f"(*, {OPTIONS}) -> Thing | ThingOwner",
    "things.set": f"(name: bool, *, body: Sequence[str] | None = None, {OPTIONS}) -> OpenValue",
}


@pytest.mark.parametrize("method", SIGNATURES)
def test_a_method_takes_and_returns_what_the_contract_says_on_both_clients(seen: Any, method: str) -> None:
    wanted = SIGNATURES[method]
    assert seen["methods"][method][0] == wanted.replace('"', "'")
    assert seen["methods"][f"async {method}"][0] == wanted.replace(" -> Page", " -> AsyncPage")


@pytest.mark.parametrize(
    ("method", "words"),
    [
        (
            "things.list",
            [
                "List the things (`GET /v1/things`).",
                "Returns the things of the team, page by page.",
                "- Those that are archived come last.",
                "    color: Only things of these colors.",
                "    made_since: Only newer ones.",
                "    timeout_: How long the server looks.",
                "    x_trace: Named in the log.",
                "    timeout: Deadline of the whole call",
                "Returns:\n    A page of things.",
                "    RateLimitError: 429: Too many.",
            ],
        ),
        (
            "things.create",
            [
                "    content: Words, a part, or several.",
                "    owner: Whose it is.",
                "    note: Null removes it.",
                "    idempotency_key: Names this request",
                "    ConflictError: 409: There is one by that name.",
            ],
        ),
        ("things.retrieve", ["Deprecated:", "    id: The id of the thing."]),
        ("things.delete", ["Returns:\n    Gone."]),
    ],
)
def test_the_documentation_of_a_method_is_the_text_of_the_contract(seen: Any, method: str, words: list[str]) -> None:
    for said in (seen["methods"][method][1], seen["methods"][f"async {method}"][1]):
        assert [word for word in words if word not in said] == []
    assert seen["tops"] == ["Things of all kinds."] * 2


def test_plain_dicts_are_typed_by_twins_of_the_models_that_are_sent(seen: Any) -> None:
    twins = seen["twins"]
    assert twins["ThingOwnerParam"] == {"email": "str", "parts": f"Sequence[{PART}]"}
    assert twins["ThingPartParam"].keys() == {"size", "a-b"}
    assert twins["ThingsCreateBodyParam"]["name"] == "Required[str]"
    assert twins["ThingsCreateBodyParam"]["note"] == "str | None"
    assert twins["ThingsUploadPictureBodyParam"]["file"] == "Required[FileInput]"
    assert len(twins) == 5


CALLS = """
import asyncio, json, sys
from datetime import UTC, date, datetime
sys.path[:0] = sys.argv[1:]
import httpx
from aurous import AsyncAurous, Aurous

THING = {"id": "thing_1", "name": "Lamp", "content": [{"size": 1}], "made_at": "2026-05-04T10:00:00Z", "color": "red"}
sent = []

def respond(request):
    body = request.content.decode("latin-1")
    sent.append([request.method, request.url.raw_path.decode(), request.headers.get("content-type", ""), body])
    path, first = request.url.path, b"cursor" not in request.url.query
    if path == "/v1/things" and request.method == "GET":
        return httpx.Response(200, json={"data": [THING], "has_more": first, "next_cursor": "c2" if first else None})
    if path.endswith("/parts"):
        return httpx.Response(200, json=[{"size": 1}, {"size": 2}])
    if path.endswith("/picture") and request.method == "GET":
        return httpx.Response(200, content=b"png", headers={"Content-Type": "image/png"})
    if "/rows/" in path:
        return httpx.Response(200, json=[[1, 2.5]])
    if "/by_name/" in path:
        return httpx.Response(200, json={"email": "a@example.test"} if request.method == "GET" else "set")
    if request.method == "DELETE":
        return httpx.Response(204)
    return httpx.Response(200, json=THING)

client = Aurous("al_live_" + "0" * 64, transport=httpx.MockTransport(respond))
page = client.things.list(
    color=["red", "dark red"], archived=False, made_since=datetime(2026, 5, 1, tzinfo=UTC), timeout_=2.5, x_trace="t"
)
got = {"list": [thing.id for thing in page.auto_paging_iter()]}
parts = [{"size": 1}, {"size": 2, "a-b": "x"}]
thing = client.things.create(name="Lamp", content=parts, owner={"email": "a@example.test"}, color="red", note=None)
got["create"] = [thing.content[0].size, thing.color.is_known, thing.made_at.isoformat(), thing.drift == ()]
client.things.create(name="Lamp", content="words", labels={"a": "b"}, mood="angry", dry_run=True)
got["update"] = client.things.update("thing_1", made_on=date(2026, 5, 4), level=2, tint=None).name
got["delete"] = client.things.delete("thing_1").value
got["parts"] = [part.size for part in client.things.parts.list("6ba7b810-9dad-11d1-80b4-00c04fd430c8")]
client.things.upload_picture("thing_1", file=("a.png", b"PNG"), about={"size": 1}, primary=True)
got["picture"] = client.things.picture("thing_1").read().decode()
got["rows"] = list(client.things.rows(7))
got["find"] = client.things.find("red").email
got["set"] = client.things.set(True, body=["a"]).value

async def asynchronous():
    async with AsyncAurous("al_live_" + "0" * 64, transport=httpx.MockTransport(respond)) as client:
        return [thing.id async for thing in (await client.things.list()).auto_paging_iter()]

got["async list"] = asyncio.run(asynchronous())
print(json.dumps({"sent": sent, "got": got}))
"""


def test_the_methods_work_on_the_clients_as_all_others_do(grown: Path) -> None:
    done = run(CALLS, grown)
    assert done["got"] == {
        "list": ["thing_1", "thing_1"],
        "create": [1, True, "2026-05-04T10:00:00+00:00", True],
        "update": "Lamp",
        "delete": None,
        "parts": [1, 2],
        "picture": "png",
        "rows": [[1, 2.5]],
        "find": "a@example.test",  # an object without an id, asked for by something else
        "set": "set",
        "async list": ["thing_1", "thing_1"],
    }
    listed = "/v1/things?color=red&color=dark%20red&archived=false&madeSince=2026-05-01T00%3A00%3A00Z&timeout=2.5"
    created = '{"name":"Lamp","content":[{"size":1},{"size":2,"a-b":"x"}],"owner":{"email":"a@example.test"}'
    changed, json_type = '{"made_on":"2026-05-04","level":2,"tint":null}', "application/json"
    named = '{"name":"Lamp","content":"words","mood":"angry","labels":{"a":"b"}}'
    *sent, uploaded = sorted(done["sent"], key=lambda one: one[2].startswith("multipart"))
    assert sent == [
        ["GET", listed, "", ""],
        ["GET", f"{listed}&cursor=c2", "", ""],
        ["POST", "/v1/things", json_type, created + ',"color":"red","note":null}'],
        ["POST", "/v1/things?dry_run=true", json_type, named],
        ["PATCH", "/v1/things/thing_1", "application/merge-patch+json", changed],
        ["DELETE", "/v1/things/thing_1", "", ""],
        ["GET", "/v1/things/6ba7b810-9dad-11d1-80b4-00c04fd430c8/parts", "", ""],
        ["GET", "/v1/things/thing_1/picture", "", ""],
        ["GET", "/v1/things/rows/7", "", ""],
        ["GET", "/v1/things/by_name/red", "", ""],
        ["PUT", "/v1/things/by_name/true", json_type, '["a"]'],
        ["GET", "/v1/things", "", ""],
        ["GET", "/v1/things?cursor=c2", "", ""],
    ]  # fmt: skip
    assert uploaded[1] == "/v1/things/thing_1/picture"
    for piece in ('name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\nPNG', '{"size": 1}', "true"):
        assert piece in uploaded[3]


@pytest.mark.delivery
def test_the_grown_package_passes_a_strict_type_checker(grown: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--python-version", "3.11", "--explicit-package-bases"]
    command += ["--cache-dir", str(tmp_path / "cache"), "aurous_api"]
    paths = os.pathsep.join([str(grown), str(ROOT / "overlays")])
    checked = subprocess.run(
        command, cwd=grown, env={**os.environ, "MYPYPATH": paths}, capture_output=True, encoding="utf-8", check=False
    )
    # What the handwritten package has to say is for another test.
    assert [line for line in checked.stdout.splitlines() if line.startswith("aurous_api")] == []
    assert "checked" in checked.stdout or "no issues" in checked.stdout
