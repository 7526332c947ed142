"""What changed in the contract: each kind of change, which way it breaks, the version it asks for, and git."""

import copy
import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openapi_python_client.config import Config, ConfigFile, MetaType

import diff
from contract import real_contract
from diff import Version, judge
from lint import load
from openapi.changes import Change, Level, compare
from openapi.contract import Contract
from small import read_text

pytestmark = pytest.mark.whole  # a tool of this repository is the same on every Python

ROOT = Path(__file__).resolve().parent.parent
REAL = ROOT / "openapi.yaml"
GENERATOR = ROOT / "generator-config.yml"
CONFIG = Config.from_sources(
    ConfigFile.load_from_path(GENERATOR),
    MetaType.NONE,
    document_source=REAL,
    file_encoding="utf-8",
    overwrite=False,
    output_path=None,
)
BREAKS, ADDS, WORDS = Level
Edit = Callable[[dict[str, Any]], None]

SHOP = """\
openapi: 3.1.0
info:
  title: Shop
  version: 0.1.0
servers:
  - url: https://shop.test
    description: The shop
tags:
  - name: things
    description: All about things.
paths:
  /things/{id}:
    get:
      operationId: things_retrieve
      tags: [things]
      summary: Retrieve a thing
      security:
        - key: []
      parameters:
        - $ref: "#/components/parameters/Id"
        - $ref: "#/components/parameters/Version"
        - name: limit
          in: query
          schema:
            description: How many.
            type: integer
            maximum: 9
      responses:
        "200":
          description: The thing.
          headers:
            X-Left:
              $ref: "#/components/headers/Left"
            X-Sure:
              required: true
              schema:
                type: string
          content:
            application/json:
              schema:
                $ref: "#/components/schemas/Thing"
              examples:
                plain:
                  value: {name: a}
        "404":
          $ref: "#/components/responses/NotFound"
    put:
      operationId: things_replace
      tags: [things]
      summary: Replace a thing
      security:
        - key: []
      parameters:
        - $ref: "#/components/parameters/Id"
      requestBody:
        required: true
        content:
          application/json:
            schema:
              $ref: "#/components/schemas/Draft"
            example: {title: a}
      responses:
        "200":
          description: Done.
          content:
            application/json:
              schema:
                $ref: "#/components/schemas/Shared"
              example: {both: a}
components:
  securitySchemes:
    key:
      type: apiKey
      in: header
      name: X-Key
    bearer:
      type: http
      scheme: bearer
  parameters:
    Id:
      name: id
      in: path
      required: true
      schema:
        description: Its id.
        examples: [a]
        type: string
    Version:
      name: Version
      in: header
      schema:
        description: Which one.
        type: string
        pattern: "^[0-9]+$"
  headers:
    Left:
      description: How many are left.
      schema:
        type: number
  responses:
    NotFound:
      description: No such thing.
      content:
        application/json:
          schema:
            $ref: "#/components/schemas/Failure"
  schemas:
    Thing:
      type: object
      description: A thing.
      required:
        - name
      properties:
        name:
          type: string
          description: What it is called.
        size:
          type: number
          maximum: 9
        made:
          type: string
        note:
          type: string
        color:
          $ref: "#/components/schemas/Color"
        parts:
          type: array
          items:
            $ref: "#/components/schemas/Thing"
        body:
          anyOf:
            - $ref: "#/components/schemas/Left"
            - $ref: "#/components/schemas/Right"
        kind:
          type: string
          enum:
            - big
            - small
    Color:
      type: string
      enum:
        - red
        - dark red
    Left:
      type: object
      properties:
        left:
          type: string
    Right:
      type: object
      properties:
        right:
          type: string
    Draft:
      type: object
      required:
        - title
      properties:
        title:
          type: string
          maxLength: 9
        label:
          type: string
        weight:
          type: number
        shared:
          $ref: "#/components/schemas/Shared"
        detail:
          $ref: "#/components/schemas/Detail"
    Detail:
      type: object
      required:
        - words
      properties:
        words:
          type: string
          maxLength: 9
        depth:
          type: number
    Shared:
      type: object
      required:
        - both
      properties:
        both:
          type: string
        count:
          type: number
    Spare:
      type: object
      properties:
        spare:
          type: string
    Failure:
      type: object
      properties:
        code:
          type: string
"""


def changes(old: Contract | str, new: Contract | str) -> list[Change]:
    """What changed from one contract to another."""
    before, after = [contract(one) if isinstance(one, str) else one for one in (old, new)]
    return compare(before, after, CONFIG)


contract = cache(read_text)
"""A contract of that text; the same object each time."""


def told(found: list[Change]) -> list[str]:
    """Changes as the tables of this file have them."""
    return [f"{one.level} {one.kind}: {one.message}" for one in found]


def only(found: list[Change]) -> Change:
    """The one change that there is."""
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


def replaced(old: str, new: str, text: str = SHOP) -> str:
    """The shop with one piece of text exchanged."""
    assert text.count(old) == 1, f"{text.count(old)} times: {old}"
    return text.replace(old, new)


# --- Each kind of change ---

GONE: Any = object()
ROUTE = "/things/{id}"


def put(path: str, value: Any, text: str = SHOP) -> Contract:
    """A contract with another value in one place, as `Thing.size maximum`; `-` is the end of a list."""
    data: Any = copy.deepcopy(contract(text).data)
    change_in(data, path, value)
    return Contract(Path("openapi.yaml"), data)


def change_in(data: Any, path: str, value: Any) -> None:
    """Put another value in one place of a contract."""
    first, *rest = path.split(" ")
    name, _, word = first.partition(".")
    starts: dict[str, list[str]] = {
        **{section: ["components", section] for section in data["components"]},
        **{schema: ["components", "schemas", schema] for schema in data["components"]["schemas"]},
        **{method: ["paths", next(iter(data["paths"])), method] for method in ("get", "put")},
    }
    rest = [*starts.get(name, [name]), *(["properties", word] if word else []), *rest]
    way, last = rest[:-1], rest[-1]
    around = data
    for part in way:
        around = around[int(part) if isinstance(around, list) else part]
    if last == "-":
        around.append(value)
    elif value is GONE:
        del around[int(last) if isinstance(around, list) else last]
    else:
        around[int(last) if isinstance(around, list) else last] = value


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{name if '/' in name else f'schemas/{name}'}"}


QUERY = {"name": "q", "in": "query", "schema": {"type": "string"}}
KEY = {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}}
LIST = {"content": {"application/json": {"schema": {"type": "array", "items": {"type": "string"}}}}}
BODY = {"content": {"application/json": {"schema": ref("Draft")}}}
DELETE = {
    "operationId": "things_delete",
    "tags": ["things"],
    "security": [],
    "parameters": [ref("parameters/Id")],
    "responses": {"204": {"description": "Done."}},
}

# The place, what is put there, and how each change that comes of it is told.
CASES: list[tuple[str, Any, list[str]]] = [
    # Methods.
    ("put", GONE,
     ["breaking operation-removed: `client.things.replace` is gone: there is no `PUT /things/{id}` any more."]),
    (f"paths {ROUTE} delete", DELETE,
     ["addition operation-added: `client.things.delete` is new: `DELETE /things/{id}`."]),
    ("get operationId", "things_get",
     ["breaking method-renamed: `client.things.retrieve` is now `client.things.get`: calls of the old name fail."]),
    ("get deprecated", True, ["addition deprecated: `client.things.retrieve` is deprecated."]),
    ("get summary", "Get it", ["documentation wording: `summary` of `client.things.retrieve` changed."]),
    ("get x-scope", "read", ["documentation wording: `x-scope` of `client.things.retrieve` is new."]),
    (f"paths {ROUTE} summary", "A path", ["documentation wording: `summary` of the path `/things/{id}` is new."]),
    # Parameters.
    ("get parameters 2", GONE,
     ["breaking parameter-removed: The parameter `limit` of `client.things.retrieve` is gone: calls that give it"]),
    ("get parameters -", QUERY,
     ["addition parameter-added: The parameter `q` of `client.things.retrieve` is new, and may be left out."]),
    ("get parameters -", {**QUERY, "required": True},
     ["breaking parameter-added: The parameter `q` of `client.things.retrieve` is new, and has to be given: calls"]),
    ("get parameters 2 in", "header",
     ["addition parameter-moved: The parameter `limit` of `client.things.retrieve` goes in the header as `limit`,"]),
    ("get parameters 2 style", "form", []),
    ("get parameters 2 explode", True, []),
    ("parameters Version name", "VERSION", []),
    ("parameters Version required", True,
     ["breaking became-required: The parameter `version` of `client.things.retrieve` has to be given: calls without"]),
    ("parameters Version description", "D.",
     ["documentation wording: `description` of the parameter `version` of `client.things.retrieve` changed"]),
    ("parameters Version deprecated", True,
     ["addition deprecated: The parameter `version` of `client.things.retrieve` is deprecated."]),
    ("parameters Version schema pattern", "^a$",
     ["breaking limit-changed: `pattern` of the parameter `version` of `client.things.retrieve` went from"]),
    ("parameters Version schema pattern", GONE,
     ["addition limit-loosened: `pattern` of the parameter `version` of `client.things.retrieve` is gone"]),
    ("parameters Id description", "D.",
     ["documentation wording: `description` of the parameter `id` of `client.things.retrieve` and"]),
    ("get parameters 2 schema maximum", 8,
     ["breaking limit-tightened: `maximum` of the parameter `limit` of `client.things.retrieve` went from `9` to"]),
    ("get parameters 2 schema maximum", 10,
     ["addition limit-loosened: `maximum` of the parameter `limit` of `client.things.retrieve` went from `9` to"]),
    ("get parameters 2 schema maximum", 9.0, []),
    ("get parameters 2 schema minimum", 1,
     ["breaking limit-tightened: `minimum` of the parameter `limit` of `client.things.retrieve` is new (`1`): not"]),
    ("get parameters 2 schema default", 4,
     ["documentation wording: `default` of the parameter `limit` of `client.things.retrieve` is new."]),
    ("get parameters 2 schema type", "number",
     ["addition type-widened: The parameter `limit` of `client.things.retrieve` is `float`, and was `int`."]),
    ("get parameters 2 schema type", "string",
     ["breaking type-changed: The parameter `limit` of `client.things.retrieve` is `str`, and was `int`."]),
    # Headers that are options of every call.
    ("put parameters -", KEY,
     ["addition idempotency-added: `client.things.replace` takes an `idempotency_key`: it is retried, and carried"]),
    ("get parameters -", {**KEY, "name": "Aurous-Version"},
     ["documentation wording: The header `Aurous-Version` of `client.things.retrieve` is new."]),
    # Bodies: their fields are parameters.
    ("get requestBody", BODY,
     ["addition parameter-added: The parameter `detail` of `client.things.retrieve` is new, and may be left out.",
      "addition parameter-added: The parameter `label` of `client.things.retrieve` is new, and may be left out.",
      "addition parameter-added: The parameter `shared` of `client.things.retrieve` is new, and may be left out.",
      "addition parameter-added: The parameter `title` of `client.things.retrieve` is new, and may be left out.",
      "addition parameter-added: The parameter `weight` of `client.things.retrieve` is new, and may be left out."]),
    ("get requestBody", LIST,
     ["addition parameter-added: The parameter `body` of `client.things.retrieve` is new, and may be left out."]),
    ("get requestBody", {**LIST, "required": True},
     ["breaking parameter-added: The parameter `body` of `client.things.retrieve` is new, and has to be given: calls"]),
    ("put requestBody required", False,
     ["addition body-optional: The body of `client.things.replace` is not sent where nothing is given for it.",
      "addition became-optional: The parameter `title` of `client.things.replace` may be left out."]),
    ("put requestBody description", "D.",
     ["documentation wording: `description` of the body of `client.things.replace` is new."]),
    ("put requestBody content", {"application/merge-patch+json": {"schema": ref("Draft"), "example": {"title": "a"}}},
     ["addition body-form: The body of `client.things.replace` goes as `application/merge-patch+json`, and went as"]),
    ("Draft.weight", GONE,
     ["breaking parameter-removed: The parameter `weight` of `client.things.replace` is gone: calls that give it"]),
    ("Draft.color", ref("Color"),
     ["addition parameter-added: The parameter `color` of `client.things.replace` is new, and may be left out."]),
    ("Draft.weight type", "integer",
     ["breaking type-narrowed: The parameter `weight` of `client.things.replace` is `int`, and was `float`."]),
    ("Draft.weight type", ["number", "null"],
     ["addition type-widened: The parameter `weight` of `client.things.replace` is `float | None`, and was `float`."]),
    ("Draft.weight enum", [1],
     ["breaking type-narrowed: The parameter `weight` of `client.things.replace` is `DraftWeight`, and was `float`."]),
    ("Draft.label", ref("Color"),
     ["breaking type-narrowed: The parameter `label` of `client.things.replace` is `Color`, and was `str`."]),
    ("Draft.title maxLength", 8,
     ["breaking limit-tightened: `maxLength` of the parameter `title` of `client.things.replace` went from `9` to"]),
    ("Draft.title maxLength", 10,
     ["addition limit-loosened: `maxLength` of the parameter `title` of `client.things.replace` went from `9` to"]),
    ("Draft.title description", "D.",
     ["documentation wording: `description` of the parameter `title` of `client.things.replace` is new."]),
    ("Draft required -", "weight",
     ["breaking became-required: The parameter `weight` of `client.things.replace` has to be given: calls without it"]),
    ("Draft required", [],
     ["addition became-optional: The parameter `title` of `client.things.replace` may be left out."]),
    ("Draft description", "D.", ["documentation wording: `description` of `Draft` is new."]),
    # Results.
    ("get responses 200 content application/json schema", ref("Left"),
     ["breaking result-changed: `client.things.retrieve` returns `Left`, and returned `Thing`."]),
    ("get responses 200 content application/json schema", {"type": "array", "items": ref("Thing")},
     ["breaking result-changed: `client.things.retrieve` returns `ItemList[Thing]`, and returned `Thing`."]),
    ("get responses 200 content application/json schema", {"properties": {"data": {"type": "array", "items": {}}}},
     ["breaking result-changed: `client.things.retrieve` returns `Page[Any]`, and returned `Thing`."]),
    ("get responses 200 content application/json schema", {},
     ["breaking result-changed: `client.things.retrieve` returns `OpenValue`, and returned `Thing`."]),
    ("get responses 200 content", {"image/png": {}},
     ["breaking result-changed: `client.things.retrieve` returns `BinaryContent`, and returned `Thing`.",
      "documentation wording: The example `plain` of the response 200 is gone."]),
    ("get responses 200 content application/json examples plain value", {"name": "b"},
     ["documentation wording: The example `plain` of the response 200 changed."]),
    ("get responses 202", {"description": "Soon.", "content": {"application/json": {"schema": ref("Thing")}}},
     ["addition response-added: The response 202 of `client.things.retrieve` is described."]),
    ("get x-identity", ["name"],
     ["addition identity-added: `client.things.retrieve` refuses a response whose `name` is not what was asked for."]),
    ("get x-creates", "name",
     ["addition creation-added: `client.things.retrieve` refuses a response whose `name` is long ago."]),
    # Errors, and headers.
    ("get responses 404", GONE,
     ["documentation response-removed: The response 404 of `client.things.retrieve` is no longer described; where"]),
    ("get responses 410", ref("responses/NotFound"),
     ["addition response-added: The response 410 of `client.things.retrieve` is described: be ready for it."]),
    ("responses NotFound description", "No.", ["documentation wording: `description` of the response 404 changed."]),
    ("responses NotFound content", {"text/plain": {}},
     ["breaking media-type-removed: The response 404 is no longer `application/json`.",
      "addition media-type-added: The response 404 may be `text/plain`."]),
    ("responses NotFound content application/json schema", ref("Left"),
     ["breaking type-changed: The response 404 is `Left`, and was `Failure`."]),
    ("get responses 200 headers X-Left", GONE,
     ["breaking header-removed: The header `X-Left` no longer comes with this response."]),
    ("responses NotFound headers", {"X-Why": {}},
     ["addition header-added: The header `X-Why` may come with this response."]),
    ("get responses 200 headers X-Sure required", GONE,
     ["breaking became-optional: The header `X-Sure` may be missing from this response."]),
    ("headers Left required", True, ["addition became-required: The header `X-Left` always comes with this response."]),
    ("headers Left schema type", "string",
     ["breaking type-changed: The header `X-Left` is `string`, and was `number`."]),
    ("headers Left schema type", "integer",
     ["addition type-narrowed: The header `X-Left` is `integer`, and was `number`."]),
    ("headers Left schema enum", [1, 2],
     ["addition limit-tightened: `enum` of the header `X-Left` is new (`[1, 2]`): not every value fits that did"]),
    # The document.
    ("info title", "Shops", ["documentation wording: `title` of the contract changed."]),
    ("info version", "9.9.9", []),
    ("externalDocs", {"url": "https://docs.test"}, ["documentation wording: `externalDocs` of the contract is new."]),
    ("tags 0 description", "All.", ["documentation wording: `description` of the tag `things` changed."]),
    ("servers 0 description", "It",
     ["documentation wording: `description` of the server `https://shop.test` changed."]),
    ("servers 0 url", "https://b.test",
     ["breaking server-removed: The server `https://shop.test` is no longer described.",
      "addition server-added: The server `https://b.test` is new."]),
    # Security.
    ("securitySchemes key name", "Key",
     ["breaking security-scheme: The key goes as the header `Key`, and went as the header `X-Key`."]),
    ("securitySchemes key in", "query",
     ["breaking security-scheme: The key goes as the query `X-Key`, and went as the header `X-Key`."]),
    ("securitySchemes key description", "A key.",
     ["documentation wording: `description` of the security scheme `key` is new."]),
    ("get security -", {"bearer": []},
     ["addition security-added: `client.things.retrieve` can be called with `Authorization: Bearer`."]),
    ("get security", [{"bearer": []}],
     ["breaking security-removed: `client.things.retrieve` can no longer be called with the header `X-Key`.",
      "addition security-added: `client.things.retrieve` can be called with `Authorization: Bearer`."]),
    ("get security", [{"key": [], "bearer": []}],
     ["breaking security-removed: `client.things.retrieve` can no longer be called with the header `X-Key`.",
      "addition security-added: `client.things.retrieve` can be called with the header `X-Key` and `Authorization:"]),
    ("get security", [],
     ["breaking security-removed: `client.things.retrieve` can no longer be called with the header `X-Key`.",
      "addition security-added: `client.things.retrieve` can be called with no key."]),
    # What results hold.
    ("Thing.made", GONE, ["breaking property-removed: `Thing.made` is gone: code that uses it fails."]),
    ("Thing.cost", {"type": "number"}, ["addition property-added: `Thing.cost` is new: `float`, may be absent."]),
    ("Thing required -", "size", ["addition became-required: `Thing.size` has to be there: it is never `UNSET`."]),
    ("Thing required", [], ["breaking became-optional: `Thing.name` may be absent: it is `UNSET` then."]),
    ("Thing.size type", "integer", ["addition type-narrowed: `Thing.size` is `int`, and was `float`."]),
    ("Thing.size type", ["number", "null"],
     ["breaking type-widened: `Thing.size` is `float | None`, and was `float`."]),
    ("Thing.size maximum", 10,
     ["breaking limit-loosened: `maximum` of `Thing.size` went from `9` to `10`: values fit that did not before."]),
    ("Thing.size maximum", 8,
     ["addition limit-tightened: `maximum` of `Thing.size` went from `9` to `8`: not every value fits that did"]),
    ("Thing.note type", "boolean", ["breaking type-changed: `Thing.note` is `bool`, and was `str`."]),
    ("Thing.note", {}, ["breaking type-widened: `Thing.note` is `Any`, and was `str`."]),
    ("Thing.note", {"type": "object"}, ["breaking type-changed: `Thing.note` is `ThingNote`, and was `str`."]),
    ("Thing.note", ref("Color"), ["addition type-narrowed: `Thing.note` is `Color`, and was `str`."]),
    ("Thing.note format", "email", ["documentation wording: `format` of `Thing.note` is new."]),
    ("Thing.note format", "date-time",
     ["breaking type-changed: `Thing.note` is `datetime.datetime`, and was `str`.",
      "documentation wording: `format` of `Thing.note` is new."]),
    ("Thing.note minLength", 1,
     ["addition limit-tightened: `minLength` of `Thing.note` is new (`1`): not every value fits that did before."]),
    ("Thing.free", {}, ["addition property-added: `Thing.free` is new: `Any`, may be absent."]),
    ("Thing.name description", "Its name.", ["documentation wording: `description` of `Thing.name` changed."]),
    ("Thing.name deprecated", True, ["addition deprecated: `Thing.name` is deprecated."]),
    ("Thing description", GONE, ["documentation wording: `description` of `Thing` is gone."]),
    ("Thing.parts items", {"type": "string"},
     ["breaking type-changed: An item of `Thing.parts` is `str`, and was `Thing`."]),
    ("Thing.parts items", {}, ["breaking type-changed: An item of `Thing.parts` is `Any`, and was `Thing`."]),
    ("Thing.body anyOf -", ref("Failure"),
     ["breaking type-widened: `Thing.body` is `Failure | Left | Right`, and was `Left | Right`."]),
    ("Thing.body anyOf -", {"type": "null"},
     ["breaking type-widened: `Thing.body` is `Left | None | Right`, and was `Left | Right`."]),
    ("Thing.body anyOf 1", GONE, ["addition type-narrowed: `Thing.body` is `Left`, and was `Left | Right`."]),
    ("Left additionalProperties", {"type": "object"},
     ["breaking type-changed: A further field of `Left` is `LeftAdditionalProperty`, and was `Any`."]),
    ("Left additionalProperties", {"type": "string"},
     ["addition type-narrowed: A further field of `Left` is `str`, and was `Any`."]),
    ("Left additionalProperties", True, []),
    ("schemas Extra", {"type": "object"}, ["addition class-added: The class `Extra` is new."]),
    # Enums are open: a new value breaks nobody.
    ("Color enum -", "blue", ["addition enum-value-added: `Color.BLUE` (`blue`) is new."]),
    ("Color enum 1", GONE,
     ["breaking enum-value-removed: `Color.DARK_RED` (`dark red`) is gone: code that names it fails."]),
    ("Color enum", ["dark red", "red"], []),
    ("Thing.color", {"anyOf": [ref("Color"), {"type": "string"}]},
     ["addition enum-opened: `Thing.color` may have values that are not listed: they are no drift."]),
    ("Color x-enum-varnames", ["RED", "DARK"],
     ["breaking enum-member-renamed: `Color.DARK_RED` (`dark red`) is now `Color.DARK` (`dark red`): code that names",
      "documentation wording: `x-enum-varnames` of `Color` is new."]),
    ("Thing.kind enum", GONE,
     ["breaking type-widened: `Thing.kind` is `str`, and was `ThingKind`.",
      "breaking class-removed: The class `ThingKind` is gone: imports of it fail."]),
    # What requests hold: the other way round.
    ("Detail.depth", GONE, ["breaking property-removed: `Detail.depth` is gone: code that uses it fails."]),
    ("Detail.depth type", "integer", ["breaking type-narrowed: `Detail.depth` is `int`, and was `float`."]),
    ("Detail.depth type", ["number", "null"],
     ["addition type-widened: `Detail.depth` is `float | None`, and was `float`."]),
    ("Detail.words", ref("Color"),
     ["breaking type-narrowed: `Detail.words` is `Color`, and was `str`.",
      "addition limit-loosened: `maxLength` of `Detail.words` is gone (`9`): values fit that did not before."]),
    ("Detail.words maxLength", 8,
     ["breaking limit-tightened: `maxLength` of `Detail.words` went from `9` to `8`: not every value fits that did"]),
    ("Detail required -", "depth", ["breaking became-required: `Detail.depth` has to be there: it is never `UNSET`."]),
    ("Detail required", [], ["addition became-optional: `Detail.words` may be absent: it is `UNSET` then."]),
    # What goes both ways breaks on one of them, and so may what no operation uses.
    ("Shared required -", "count", ["breaking became-required: `Shared.count` has to be there: it is never `UNSET`."]),
    ("Shared required", [], ["breaking became-optional: `Shared.both` may be absent: it is `UNSET` then."]),
    ("Shared.count type", "integer", ["breaking type-narrowed: `Shared.count` is `int`, and was `float`."]),
    ("Shared.count type", ["number", "null"],
     ["breaking type-widened: `Shared.count` is `float | None`, and was `float`."]),
    ("Spare required", ["spare"], ["breaking became-required: `Spare.spare` has to be there: it is never `UNSET`."]),
    ("Spare", GONE, ["breaking class-removed: The class `Spare` is gone: imports of it fail."]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "expected"), CASES)
def test_a_change_is_told_once_rated_and_in_the_words_of_python(path: str, value: Any, expected: list[str]) -> None:
    found = told(changes(SHOP, put(path, value)))
    assert [one[: len(words)] for one, words in zip(found, expected, strict=False)] == expected
    assert len(found) == len(expected), found


def test_a_property_that_is_always_there_breaks_only_who_sends_it() -> None:
    for name, level in (("Thing", ADDS), ("Detail", BREAKS), ("Shared", BREAKS)):
        new = put(f"{name} required", ["cost"], json.dumps(put(f"{name}.cost", {"type": "number"}).data))
        (added,) = (one for one in changes(SHOP, new) if one.kind == "property-added")
        assert added.level is level
        assert added.message == f"`{name}.cost` is new: `float`, has to be there."


def test_a_moved_operation_is_the_same_call() -> None:
    found = changes(SHOP, SHOP.replace("  /things/{id}:", "  /v2/things/{id}:"))
    assert [(one.level, one.kind) for one in found] == [(ADDS, "operation-moved")] * 2
    assert found[0].message.startswith(
        "`client.things.retrieve` sends `GET /v2/things/{id}`, and sent `GET /things/{id}`:"
    )


def test_a_renamed_parameter_of_the_path_is_the_same_on_the_wire() -> None:
    text = SHOP.replace("/things/{id}", "/things/{thing_id}").replace("name: id", "name: thing_id")
    change = only(changes(SHOP, text))
    assert (change.level, change.kind) == (BREAKS, "parameter-renamed")
    said = (
        "The parameter `id` of `client.things.retrieve` and `client.things.replace` is now `thing_id`: calls that name"
    )
    assert change.message.startswith(said)


def test_a_renamed_schema_is_a_class_that_is_gone() -> None:
    found = changes(SHOP, SHOP.replace("schemas/Color", "schemas/Paint").replace("    Color:", "    Paint:"))
    assert [(one.level, one.kind, one.message) for one in found] == [
        (BREAKS, "type-changed", "`Thing.color` is `Paint`, and was `Color`."),
        (BREAKS, "class-removed", "The class `Color` is gone: imports of it fail."),
        (ADDS, "class-added", "The class `Paint` is new."),
    ]


def test_a_schema_that_no_operation_uses_says_nothing_of_those_that_one_does() -> None:
    spare = replaced(
        "        spare:\n          type: string\n", '        spare:\n          $ref: "#/components/schemas/Thing"\n'
    )
    always = replaced("        - name\n      properties", "        - name\n        - size\n      properties", spare)
    assert only(changes(spare, always)).level is ADDS


def test_a_schema_that_another_one_extends_goes_the_way_of_that() -> None:
    heir = '    Heir:\n      allOf: [{$ref: "#/components/schemas/Base"}, {properties: {own: {type: string}}}]\n'
    base = "    Base:\n      type: object\n      properties: {a: {type: string}}\n"
    text = replaced(
        "        note:\n          type: string\n", '        note:\n          $ref: "#/components/schemas/Heir"\n'
    )
    found = changes(text + heir + base, text + heir + base.replace("      prop", "      required: [a]\n      prop"))
    assert [(one.level, one.message.partition(" ")[0]) for one in found] == [(ADDS, "`Base.a`"), (ADDS, "`Heir.a`")]


# --- What is no change ---


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """The way to each value of a document that is no mapping and no list, as `put` takes it."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if entries is None:
        yield " ".join(path)
    for name, inner in entries or ():
        yield from leaves(inner, (*path, str(name)))


def test_nothing_but_the_version_and_what_nobody_uses_changes_in_silence() -> None:
    silent: list[str] = []
    for path in leaves(contract(SHOP).data):
        with suppress(Exception):  # what the generator refuses never comes so far
            if not changes(SHOP, put(path, "changed")):
                silent.append(path)
    unused = "components securitySchemes bearer"
    assert silent == ["info version", f"{unused} type", f"{unused} scheme"]


def thing(data: dict[str, Any]) -> dict[str, Any]:
    """The properties of what most edits are about."""
    properties: dict[str, Any] = data["components"]["schemas"]["Thing"]["properties"]
    return properties


def retrieve(data: dict[str, Any]) -> dict[str, Any]:
    """The operation that most edits are about."""
    operation: dict[str, Any] = data["paths"][ROUTE]["get"]
    return operation


def parameter_out(data: dict[str, Any]) -> None:
    data["components"]["parameters"]["Limit"] = retrieve(data)["parameters"].pop()
    retrieve(data)["parameters"].insert(0, {"$ref": "#/components/parameters/Limit"})


def parameter_to_path(data: dict[str, Any]) -> None:
    for operation in data["paths"][ROUTE].values():
        operation["parameters"] = [one for one in operation["parameters"] if "Id" not in one.get("$ref", "")]
    data["paths"][ROUTE]["parameters"] = [{"$ref": "#/components/parameters/Id"}]


def example_out(data: dict[str, Any]) -> None:
    examples = retrieve(data)["responses"]["200"]["content"]["application/json"]["examples"]
    data["components"]["examples"] = {"Plain": examples["plain"]}
    examples["plain"] = {"$ref": "#/components/examples/Plain"}


def schema_out(data: dict[str, Any]) -> None:
    data["components"]["schemas"]["Name"] = thing(data)["name"]
    thing(data)["name"] = {"$ref": "#/components/schemas/Name"}


def enum_out(data: dict[str, Any]) -> None:
    data["components"]["schemas"]["ThingKind"] = thing(data)["kind"]
    thing(data)["kind"] = {"$ref": "#/components/schemas/ThingKind"}


def response_in(data: dict[str, Any]) -> None:
    retrieve(data)["responses"]["404"] = data["components"]["responses"].pop("NotFound")


def header_in(data: dict[str, Any]) -> None:
    retrieve(data)["responses"]["200"]["headers"]["X-Left"] = data["components"]["headers"].pop("Left")


def body_out(data: dict[str, Any]) -> None:
    operation = data["paths"][ROUTE]["put"]
    data["components"]["requestBodies"] = {"Draft": operation["requestBody"]}
    operation["requestBody"] = {"$ref": "#/components/requestBodies/Draft"}


def scheme_renamed(data: dict[str, Any]) -> None:
    schemes = data["components"]["securitySchemes"]
    schemes["apiKey"] = schemes.pop("key")
    for operation in data["paths"][ROUTE].values():
        operation["security"] = [{"apiKey": []}]


def wrapped(data: dict[str, Any]) -> None:
    thing(data)["color"] = {"allOf": [{"$ref": "#/components/schemas/Color"}]}


def shuffled(data: dict[str, Any]) -> None:
    data["components"]["schemas"] = dict(reversed(data["components"]["schemas"].items()))
    data["components"]["schemas"]["Thing"]["properties"] = dict(reversed(thing(data).items()))
    retrieve(data)["parameters"].reverse()
    thing(data)["body"]["anyOf"].reverse()


def unused(data: dict[str, Any]) -> None:
    data["components"]["responses"]["Unused"] = {"description": "Nobody gives it."}
    data["components"]["parameters"].update(Unused={"name": "u", "in": "query", "schema": {"type": "string"}})


@pytest.mark.parametrize(
    "edit",
    [
        parameter_out, parameter_to_path, example_out, schema_out, enum_out, response_in, header_in, body_out,
        scheme_renamed, wrapped, shuffled, unused,
    ],
)  # fmt: skip
def test_what_only_moves_is_no_change(edit: Edit) -> None:
    data: Any = copy.deepcopy(read_text(SHOP).data)
    edit(data)
    assert changes(SHOP, json.dumps(data)) == []
    assert changes(json.dumps(data), SHOP) == []


def test_a_list_of_values_that_is_closed_breaks_only_who_sends_others() -> None:
    opened = {"anyOf": [ref("Color"), {"type": "string"}]}
    for name, level in (("Thing", ADDS), ("Draft", BREAKS)):
        data = put(f"{name}.color", opened), put(f"{name}.color", ref("Color"))
        change = only(changes(*data))
        assert (change.level, change.kind) == (level, "enum-closed")


def test_null_is_the_same_however_it_is_spelled() -> None:
    listed = replaced("        note:\n          type: string\n", '        note:\n          type: [string, "null"]\n')
    chosen = replaced(
        "        note:\n          type: string\n",
        '        note:\n          anyOf: [{type: string}, {type: "null"}]\n',
    )
    assert changes(listed, chosen) == changes(chosen, listed) == []


def test_comments_and_layout_are_no_change() -> None:
    assert changes(SHOP, "# A shop.\n" + json.dumps(read_text(SHOP).data)) == []


# --- How it is told ---


def test_what_is_new_as_a_whole_is_not_told_of_its_parts() -> None:
    tags = {"type": "array", "deprecated": True, "items": {"type": "string", "minLength": 2, "description": "A tag."}}
    assert only(changes(SHOP, put("Thing.tags", tags))).kind == "property-added"
    assert only(changes(put("Thing.tags", tags), SHOP)).kind == "property-removed"


def test_a_component_is_told_of_once() -> None:
    both = replaced(
        '        "404":\n', '        "410":\n          $ref: "#/components/responses/NotFound"\n        "404":\n'
    )
    changed = replaced("        code:\n          type: string\n", "        code:\n          type: number\n", both)
    assert only(changes(both, changed)).message == "`Failure.code` is `float`, and was `str`."


def test_an_alias_is_told_of_once() -> None:
    shared = SHOP.replace("          headers:\n", "          headers: &all\n", 1)
    shared = replaced(
        "          description: Done.\n", "          description: Done.\n          headers: *all\n", shared
    )
    line = '            X-Left:\n              $ref: "#/components/headers/Left"\n'
    assert only(changes(shared, replaced(line, "", shared))).kind == "header-removed"


def test_a_change_stands_where_it_is_and_what_is_gone_where_it_was(tmp_path: Path) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(SHOP)
    new.write_text("\n\n" + replaced("        made:\n", "        cost:\n          type: number\n        cast:\n"))
    gone, added, *_ = changes(load(old), load(new))
    properties = "#/components/schemas/Thing/properties"
    lines = SHOP.splitlines()
    assert (gone.pointer, gone.line, gone.file) == (f"{properties}/made", lines.index("        made:") + 1, str(old))
    assert (added.pointer, added.line, added.file) == (f"{properties}/cost", gone.line + 2, str(new))


def test_changes_are_in_order_of_gravity_and_lines_and_always_the_same() -> None:
    new = SHOP.replace("type: number", "type: string").replace("description: ", "description: New: ")
    new = new.replace("New: ", "New ").replace("        - red\n", "        - red\n        - blue\n")
    found = changes(SHOP, new)
    levels = [list(Level).index(one.level) for one in found]
    assert levels == sorted(levels)
    assert len(set(levels)) == 3
    for level in Level:
        lines = [one.line for one in found if one.level is level]
        assert lines == sorted(lines)
    plain = [(one.level, one.kind, one.pointer, one.line, one.message) for one in found]
    assert plain == [(one.level, one.kind, one.pointer, one.line, one.message) for one in changes(SHOP, new)]


# --- The real contract ---

REAL_CASES: list[tuple[str, Any, str]] = [
    ("paths /v1/chat/completions/{id} get operationId", "chat_completions_get",
     "breaking method-renamed: `client.chat.completions.retrieve` is now `client.chat.completions.get`: calls of the"),
    ("securitySchemes apiKey name", "Api-Key",
     "breaking security-scheme: The key goes as the header `Api-Key`, and went as the header `X-Api-Key`."),
    ("security 1", GONE,
     "breaking security-removed: `client."),
    ("paths /v1/chat/completions/{id} get responses 404", GONE,
     "documentation response-removed: The response 404 of `client.chat.completions.retrieve` is no longer described;"),
    ("parameters Limit schema type", "number",
     "addition type-widened: The parameter `limit` of `client."),
    ("paths /v1/usage/events get x-pagination next_cursor UsageEvent", "starting_after",
     "addition paging-changed: `client.usage.events.list` asks for the next page in another way."),
    ("paths /v1/loras/{id} get x-identity", ["id"],
     "addition identity-changed: `client.loras.retrieve` holds `id` of a response against what was asked for, and did"),
    ("paths /v1/images/{id}/output/{n} get responses 200 content image/webp", {},
     "addition media-types-changed: `client.images.output.retrieve` brings `image/jpeg`, `image/png`, `image/webp`,"),
    ("responses TooManyRequests headers Retry-After", GONE,
     "breaking header-removed: The header `Retry-After` no longer comes with this response."),
    ("headers Sunset schema type", "number",
     "breaking type-changed: The header `Sunset` is `number`, and was `string`."),
    ("headers Sunset description", "When.", "documentation wording: `description` of the header `Sunset` changed."),
    ("parameters AurousVersion schema pattern", GONE,
     "documentation wording: `pattern` of the header `Aurous-Version` of `client."),
    ("CompletionStatus enum -", "paused", "addition enum-value-added: `CompletionStatus.PAUSED` (`paused`) is new."),
    ("ErrorType enum 0", GONE,
     "breaking enum-value-removed: `ErrorType.INVALID_REQUEST` (`invalid_request`) is gone: code that names it fails."),
    ("ChatCompletionChoice required", ["index"],
     "breaking became-optional: `ChatCompletionChoice.message` may be absent: it is `UNSET` then."),
    ("ChatCompletionMessage.content type", "string",
     "addition type-narrowed: `ChatCompletionMessage.content` is `str`, and was `None | str`."),
    ("ChatCompletion.object enum", ["x", "chat.completion"],
     "addition enum-value-added: `ChatCompletionObject.X` (`x`) is new."),
    ("CreditBreakdown.pricing_version type", "number",
     "breaking type-widened: `CreditBreakdown.pricing_version` is `float`, and was `int`."),
    ("Usage.breakdown anyOf 1", GONE,
     "addition type-narrowed: `Usage.breakdown` is `CreditBreakdown`, and was `CreditBreakdown | TokenBreakdown`."),
    ("Usage.cached_tokens", {"type": "number"},
     "addition property-added: `Usage.cached_tokens` is new: `float`, may be absent."),
    ("ErrorCode x-codes provider_timeout retry", "never",
     "addition error-code: `retry` of the error code `provider_timeout` is `never`, and was `backoff`; advice and"),
    ("ErrorCode x-codes balance_too_low remedy", "Pay.",
     "documentation wording: `remedy` of the error code `balance_too_low` changed."),
    ("info x-aurous-version", "2027-01-01", "documentation wording: `x-aurous-version` of the contract changed."),
]  # fmt: skip


def test_changes_of_the_real_contract_are_each_told_once() -> None:
    data: Any = copy.deepcopy(real_contract().data)
    for path, value, _ in REAL_CASES:
        change_in(data, path, value)
    found = told(changes(real_contract(), Contract(Path("openapi.yaml"), data)))
    expected = [words for _, _, words in REAL_CASES]
    assert [words for words in expected if sum(one.startswith(words) for one in found) != 1] == []
    assert len(found) == len(expected)


def test_the_real_contract_is_no_change_to_itself() -> None:
    assert changes(real_contract(), real_contract()) == []


# --- Versions ---


def change(level: Level) -> Change:
    return Change(level, "kind", "What changed.", "#", 1, "openapi.yaml")


@pytest.mark.parametrize(
    ("was", "level", "wanted"),
    [
        ("0.1.0", BREAKS, "0.2.0"),
        ("0.1.7", BREAKS, "0.2.0"),
        ("0.1.7", ADDS, "0.1.8"),
        ("0.1.7", WORDS, "0.1.8"),
        ("0.0.3", BREAKS, "0.1.0"),
        ("1.2.3", BREAKS, "2.0.0"),
        ("1.2.3", ADDS, "1.3.0"),
        ("1.2.3", WORDS, "1.2.4"),
        ("9.9.9+build.7", BREAKS, "10.0.0"),
        # On the way to a release, what that release may do is done.
        ("1.0.0-rc.1", BREAKS, "1.0.0"),
        ("1.1.0-rc.1", BREAKS, "2.0.0"),
        ("1.1.0-rc.1", ADDS, "1.1.0"),
        ("1.1.1-rc.1", ADDS, "1.2.0"),
        ("1.1.1-rc.1", WORDS, "1.1.1"),
        ("0.2.0-rc.1", BREAKS, "0.2.0"),
    ],
)
def test_a_version_asks_for_the_next_one(was: str, level: Level, wanted: str) -> None:
    version = Version.parse(was)
    assert version is not None
    assert str(version.after(level)) == wanted


def test_versions_are_ordered_as_semver_says() -> None:
    """The example of semver.org, section 11."""
    names = [
        *("1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11"),
        *("1.0.0-rc.1", "1.0.0", "2.0.0", "2.1.0", "2.1.1", "10.0.0"),
    ]
    versions = [version for name in reversed(names) if (version := Version.parse(name))]
    assert [str(version) for version in sorted(versions)] == names


@pytest.mark.parametrize(
    "written", ["", "1", "1.2", "v1.2.3", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3\n", "1.2.٣", 1.2, None]
)
def test_what_is_no_version_is_none(written: object) -> None:
    assert Version.parse(written) is None


@pytest.mark.parametrize(
    ("was", "now", "levels", "enough", "said"),
    [
        ("0.1.0", "0.1.0", [], True, "Nothing changed for users."),
        ("0.1.0", "0.3.0", [], True, "Nothing changed for users but the version, from 0.1.0 to 0.3.0."),
        ("0.2.0", "0.1.0", [], False, "The version went back from 0.2.0 to 0.1.0: set `info.version` to 0.2.0."),
        ("0.1.0", "0.1.0", [WORDS], False,
         "reworded after 0.1.0 asks for 0.1.1 or higher, and the version is 0.1.0: set `info.version` to 0.1.1."),
        ("0.1.0", "0.1.1", [WORDS], True,
         "What is reworded after 0.1.0 asks for 0.1.1 or higher, and 0.1.1 is enough."),
        ("0.1.0", "0.1.1", [BREAKS, WORDS], False, "set `info.version` to 0.2.0"),
        ("0.1.0", "0.2.0", [BREAKS, WORDS], True, "0.2.0 is enough"),
        ("0.1.0", "1.0.0", [BREAKS], True, "1.0.0 is enough"),
        ("0.1.0", "0.2.0-rc.1", [BREAKS], True, "0.2.0-rc.1 is enough"),
        ("1.0.0-rc.1", "1.0.0-rc.2", [BREAKS], True, "1.0.0-rc.2 is enough"),
        ("1.0.0-rc.2", "1.0.0-rc.1", [BREAKS], False, "set `info.version` to 1.0.0"),
        ("1.0.0-rc.1", "1.0.0-rc.1", [WORDS], False, "set `info.version` to 1.0.0"),
        ("1.2.0", "1.9.9", [BREAKS], False, "What breaks after 1.2.0 asks for 2.0.0 or higher"),
        ("1.2.0", "1.2.1", [ADDS], False, "What is added after 1.2.0 asks for 1.3.0 or higher"),
        ("1.2.0", "1.2.0+2", [WORDS], False, "set `info.version` to 1.2.1"),
        ("2.0.0", "1.9.0", [ADDS], False, "set `info.version` to 2.1.0"),
    ],
)  # fmt: skip
def test_a_version_is_enough_or_it_is_said_what_to_set(
    was: str, now: str, levels: list[Level], enough: bool, said: str
) -> None:
    before, after = Version.parse(was), Version.parse(now)
    assert before and after
    verdict = judge(before, after, [change(level) for level in levels])
    assert verdict.enough is enough
    assert said in verdict.sentence


# --- The command, and git ---


class Checkout:
    """A git repository with the shop in it."""

    def __init__(self, folder: Path) -> None:
        self.contract = folder / "openapi.yaml"

    def git(self, *arguments: str) -> str:
        identity = ("-c", "user.name=test", "-c", "user.email=test@example.invalid", "-c", "commit.gpgsign=false")
        command = ["git", *identity, "-c", "tag.gpgsign=false", *arguments]
        done = subprocess.run(command, cwd=self.contract.parent, capture_output=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def write(self, text: str) -> None:
        self.contract.write_text(text, encoding="utf-8")

    def commit(self, text: str, tag: str = "") -> None:
        self.write(text)
        self.git("add", "openapi.yaml")
        self.git("commit", "--quiet", "--no-verify", "--allow-empty", "-m", "a contract")
        if tag:
            self.git("tag", tag)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, in no repository and under nobody's configuration of git."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "none"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def checkout(folder: Path) -> Checkout:
    repository = Checkout(folder)
    repository.git("init", "--quiet")
    return repository


def run(*arguments: str) -> int:
    return diff.main(["--contract", "openapi.yaml", *arguments])


BROKEN = replaced("        made:\n          type: string\n", "")
GROWN = replaced("        - red\n", "        - red\n        - blue\n")


def at(version: str, text: str) -> str:
    """A contract of that version."""
    return replaced("version: 0.1.0", f"version: {version}", text)


def test_the_contract_is_compared_with_the_last_release(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    checkout.commit(SHOP, "v0.1.0")
    checkout.commit(at("0.2.0", BROKEN), "v0.2.0")
    checkout.commit(at("0.2.0", BROKEN), "nightly")
    checkout.git("tag", "view")
    checkout.write(at("0.2.1", replaced("        - red\n", "        - red\n        - blue\n", BROKEN)))
    assert run() == 0
    out = capsys.readouterr().out
    assert out.startswith("openapi.yaml (0.2.1) compared with v0.2.0 (0.2.0)\n\nAdditions")
    assert out.endswith("\nWhat is added after 0.2.0 asks for 0.2.1 or higher, and 0.2.1 is enough.\n")


def test_the_report_names_places_and_says_what_to_set(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    checkout.commit(SHOP, "v0.1.0")
    checkout.write(replaced("title: Shop", "title: Shops", replaced("        - dark red\n", "", BROKEN)))
    assert run() == 1
    lines = SHOP.splitlines()
    made, dark = lines.index("        made:") + 1, lines.index("        - dark red") + 1
    assert (
        capsys.readouterr().out
        == f"""\
openapi.yaml (0.1.0) compared with v0.1.0 (0.1.0)

Breaking (2)
  v0.1.0:openapi.yaml:{made} #/components/schemas/Thing/properties/made
      `Thing.made` is gone: code that uses it fails.
  v0.1.0:openapi.yaml:{dark} #/components/schemas/Color/enum/1
      `Color.DARK_RED` (`dark red`) is gone: code that names it fails.

Documentation only (1)
  openapi.yaml:3 #/info/title
      `title` of the contract changed.

What breaks after 0.1.0 asks for 0.2.0 or higher, and the version is 0.1.0: set `info.version` to 0.2.0.
"""
    )


def test_without_a_release_it_is_the_last_commit(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    checkout.commit(SHOP, "view")
    assert run() == 0
    out = capsys.readouterr().out
    assert "compared with HEAD (0.1.0)\nThere is no release yet" in out
    assert out.endswith("\nNothing changed for users.\n")
    checkout.write(BROKEN)
    assert run() == 1


def test_a_shallow_clone_says_that_it_may_miss_the_release(
    checkout: Checkout, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    checkout.commit(SHOP, "v0.1.0")
    checkout.commit(GROWN)
    source, clone = checkout.contract.parent.as_uri(), tmp_path / "clone"
    checkout.git("clone", "--quiet", "--depth=1", "--no-tags", source, str(clone))
    monkeypatch.chdir(clone)
    assert run() == 0
    assert "This clone is shallow" in capsys.readouterr().out


@pytest.mark.parametrize("revision", ["v0.1.0", "HEAD~1", "side", "HEAD^{/first}"])
def test_a_revision_can_be_named(checkout: Checkout, revision: str, capsys: pytest.CaptureFixture[str]) -> None:
    checkout.commit(SHOP, "v0.1.0")
    checkout.git("commit", "--quiet", "--amend", "-m", "the first")
    checkout.git("tag", "--force", "v0.1.0")
    checkout.git("branch", "side")
    checkout.commit(at("0.2.0", BROKEN), "v0.2.0")
    assert run(revision) == 0
    out = capsys.readouterr().out
    assert f"compared with {revision} (0.1.0)" in out
    assert f"{revision}:openapi.yaml:" in out


def test_a_file_can_be_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "openapi.yaml").write_text(BROKEN)
    (folder / "old.yaml").write_text(SHOP)
    assert run("--base-file", "old.yaml") == 1
    out = capsys.readouterr().out
    assert "compared with old.yaml (0.1.0)" in out
    assert "\n  old.yaml:" in out


def test_programs_get_json(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    checkout.commit(SHOP, "v0.1.0")
    checkout.write(BROKEN)
    assert run("--json") == 1
    assert json.loads(capsys.readouterr().out) == {
        "base": {"name": "v0.1.0", "version": "0.1.0", "note": ""},
        "version": "0.1.0",
        "changes": [
            {
                "level": "breaking",
                "kind": "property-removed",
                "message": "`Thing.made` is gone: code that uses it fails.",
                "pointer": "#/components/schemas/Thing/properties/made",
                "line": SHOP.splitlines().index("        made:") + 1,
                "file": "v0.1.0:openapi.yaml",
            }
        ],
        "enough": False,
        "wanted": "0.2.0",
        "advice": "What breaks after 0.1.0 asks for 0.2.0 or higher, and the version is 0.1.0: "
        "set `info.version` to 0.2.0.",
    }


def test_a_contract_that_was_clean_by_older_rules_can_be_compared_with(folder: Path) -> None:
    (folder / "openapi.yaml").write_text(SHOP)
    old = SHOP.replace(
        "    Failure:\n      type: object\n", "    Failure:\n      type: object\n      required: [cod]\n"
    )
    (folder / "old.yaml").write_text(old)
    assert run("--base-file", "old.yaml") == 0


# --- Errors ---


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What is said, and nothing but that, where nothing can be compared."""
    assert run(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("Nothing was compared.\n")
    return err


@pytest.mark.parametrize("revision", ["v9.9.9", "no such thing", "HEAD:openapi.yaml", "a\nb"])
def test_an_unknown_revision_is_one_error(
    checkout: Checkout, revision: str, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout.commit(SHOP)
    said = refused(capsys, revision)
    assert "is no revision of this repository" in said
    assert "--base-file FILE" in said
    assert said.count("\n") == 2


def test_a_repository_without_a_commit_is_one_error(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    checkout.write(SHOP)
    assert "`HEAD` is no revision" in refused(capsys)


def test_a_revision_without_the_contract_is_one_error(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    checkout.git("commit", "--quiet", "--allow-empty", "-m", "nothing")
    checkout.write(SHOP)
    assert "`HEAD` has no openapi.yaml" in refused(capsys)


def test_a_folder_that_is_no_repository_is_one_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "openapi.yaml").write_text(SHOP)
    said = refused(capsys)
    assert "git opens no checkout around openapi.yaml (fatal: not a git repository" in said
    assert "--base-file FILE" in said


def test_a_checkout_that_git_does_not_trust_is_told_with_its_remedy(
    checkout: Checkout, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout.commit(SHOP)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    said = refused(capsys)
    assert "dubious ownership" in said
    assert "git config --global --add safe.directory" in said


def test_a_folder_of_a_larger_repository_is_compared_by_itself(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "sdk").mkdir()
    monkeypatch.chdir(folder / "sdk")
    project = Checkout(folder / "sdk")
    project.git("init", "--quiet", str(folder))
    project.commit(SHOP)
    assert run() == 0
    assert "Nothing changed" in capsys.readouterr().out


def test_a_machine_without_git_is_one_error(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "openapi.yaml").write_text(SHOP)
    monkeypatch.setenv("PATH", str(folder))
    assert "git does not run (No such file or directory)" in refused(capsys)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("schemas/Draft", "schemas/Drift", "$ref: `#/components/schemas/Drift` leads nowhere. Did you mean `Draft`?"),
        ("        - title\n", "        - titel\n", "Did you mean `title`?"),
        ("openapi: 3.1.0", "openapi: [3.1.0", "the file is not YAML"),
        ("version: 0.1.0", "version: soon", "openapi.yaml:4 #/info/version: `soon` is no semantic version"),
    ],
)
def test_a_contract_that_breaks_a_rule_is_told_with_its_place(
    folder: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
) -> None:
    (folder / "openapi.yaml").write_text(replaced(old, new))
    (folder / "old.yaml").write_text(SHOP)
    assert said in refused(capsys, "--base-file", "old.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "old.yaml:1 #: the file cannot be read: No such file"),
        ("", "the file is empty"),
        ("a: [", "the file is not YAML"),
        ("swagger: '2.0'", "Swagger 2"),
        (SHOP.replace("schemas/Draft", "schemas/Drift"), "leads nowhere"),
        (
            SHOP.replace("version: 0.1.0", "version: 2026-a"),
            "old.yaml:4 #/info/version: `2026-a` is no semantic version",
        ),
    ],
)
def test_a_file_of_no_use_is_one_error(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str | None, said: str
) -> None:
    (folder / "openapi.yaml").write_text(SHOP)
    if text is not None:
        (folder / "old.yaml").write_text(text)
    assert said in refused(capsys, "--base-file", "old.yaml")


def test_a_revision_of_no_use_is_told_with_its_name(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    checkout.commit("a: 1\na: 2\n", "v0.1.0")
    checkout.write(SHOP)
    assert "v0.1.0:openapi.yaml:2 #/a: the key `a` stands twice" in refused(capsys)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("        - big\n", "        - big\n            - BIG\n", "Duplicate key BIG"),
        (
            '          items:\n            $ref: "#/components/schemas/Thing"\n',
            "",
            "/Thing/properties/parts: the generator says",
        ),
    ],
)
def test_a_base_that_the_generator_cannot_read_is_one_error(
    folder: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
) -> None:
    (folder / "openapi.yaml").write_text(SHOP)
    (folder / "old.yaml").write_text(replaced(old, new))
    assert said in refused(capsys, "--base-file", "old.yaml")


def test_a_revision_and_a_file_exclude_each_other(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        run("HEAD", "--base-file", "old.yaml")
    assert "not allowed with" in capsys.readouterr().err
