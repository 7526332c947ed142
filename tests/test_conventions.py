"""The rules of this project for names, requests, responses and schemas, each by an edit that breaks it."""

import re
from pathlib import Path
from typing import Any

import pytest

from openapi import generator_rules, handwritten
from small import assert_named, case, edited, lint_text

Edit = tuple[str, str]

STORE = """\
openapi: 3.1.0
info: {title: Store, version: 1.0.0}
x-rate-limits:
  gets: {burst: 20, per_minute: 7.5}
tags:
  - {name: things, description: All things.}
  - {name: things.parts, description: What they are made of.}
paths:
  /things:
    get:
      operationId: things_list
      tags: [things]
      summary: List things
      x-scope: read
      x-rate-limit: gets
      parameters:
        - {name: cursor, in: query, description: Where the page begins., schema: {type: string}}
        - {name: color, in: query, description: A., schema: {type: array, items: {$ref: "#/components/schemas/Color"}}}
        - {name: Version, in: header, description: Which one., schema: {type: string}}
      responses:
        "200":
          description: A page.
          content:
            application/json:
              schema: {$ref: "#/components/schemas/ThingList"}
              example: {data: [{id: a}]}
    post:
      operationId: things_create
      tags: [things]
      summary: Create a thing
      parameters:
        - {name: dry, in: query, description: Whether nothing is made., schema: {type: boolean}}
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: "#/components/schemas/Draft"}
      responses:
        "201":
          description: The thing.
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Thing"}
              example: {id: a}
        "202":
          description: The thing, not finished.
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Thing"}
              example: {id: a}
  /things/{id}:
    get:
      operationId: things_retrieve
      tags: [things]
      summary: Retrieve a thing
      x-identity: [id, slug]
      parameters:
        - {name: id, in: path, required: true, description: Its id., schema: {type: string}, example: a}
      responses:
        "200":
          description: The thing.
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Thing"}
              example: {id: a}
    delete:
      operationId: things_delete
      tags: [things]
      summary: Delete a thing
      parameters:
        - {name: id, in: path, required: true, description: Its id., schema: {type: string}, example: a}
      responses:
        "200": {description: Done., content: {application/json: {schema: {}, example: {}}}}
        "204": {description: Done.}
  /things/{id}/parts:
    get:
      operationId: things_parts_list
      tags: [things.parts]
      summary: List its parts
      parameters:
        - {name: id, in: path, required: true, description: Its id., schema: {type: string}, example: a}
      responses:
        "200":
          description: All parts.
          content:
            application/json:
              schema: {type: array, items: {$ref: "#/components/schemas/Part"}}
              example: [{size: 1}]
  /things/{id}/picture:
    get:
      operationId: things_picture
      tags: [things]
      summary: Get its picture
      parameters:
        - {name: id, in: path, required: true, description: Its id., schema: {type: string}, example: a}
      responses:
        "200":
          description: The picture.
          content:
            image/png: {schema: {type: string, format: binary}}
            image/jpeg: {schema: {type: string, format: binary}}
        "302":
          description: Elsewhere.
          x-cross-origin: true
    put:
      operationId: things_upload
      tags: [things]
      summary: Replace its picture
      parameters:
        - {name: id, in: path, required: true, description: Its id., schema: {type: string}, example: a}
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema:
              type: object
              properties:
                file: {type: string, format: binary}
                label: {type: string}
      responses:
        "204": {description: Done.}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    other: {type: http, scheme: bearer}
  schemas:
    Thing:
      type: object
      required: [id]
      properties:
        id: {type: string}
        slug: {type: string}
        shape:
          oneOf:
            - {$ref: "#/components/schemas/Square"}
            - {$ref: "#/components/schemas/Circle"}
        color:
          $ref: "#/components/schemas/Color"
          description: Its color.
        other: {type: [string, "null"]}
    ThingList:
      type: object
      properties:
        data: {type: array, items: {$ref: "#/components/schemas/Thing"}}
        has_more: {type: boolean}
        next_cursor: {type: string}
    Draft:
      type: object
      properties:
        name: {type: string}
        part: {$ref: "#/components/schemas/Part"}
    Part:
      type: object
      properties:
        size: {type: number}
    Square:
      type: object
      required: [kind]
      properties:
        kind: {const: square}
        side: {type: number}
    Circle:
      type: object
      properties:
        kind: {type: string, enum: [circle, disc]}
        radius: {type: number}
    Color:
      type: string
      enum: [red, green]
"""

LIST = "#/paths/~1things/get"
CREATE = "#/paths/~1things/post"
ONE = "#/paths/~1things~1{id}"
PARTS = "#/paths/~1things~1{id}~1parts/get"
PICTURE = "#/paths/~1things~1{id}~1picture"
SCHEMAS = "#/components/schemas"

TAGGED = "      operationId: things_list\n      tags: [things]\n"
LISTS = "      summary: List things\n"
PARTS_TAGGED = "      operationId: things_parts_list\n      tags: [things.parts]\n"
PARTS_DECLARED = "  - {name: things.parts, description: What they are made of.}\n"
CURSOR = "        - {name: cursor, in: query, description: Where the page begins., schema: {type: string}}\n"
VERSION = "        - {name: Version, in: header, description: Which one., schema: {type: string}}\n"
DRY = "        - {name: dry, in: query, description: Whether nothing is made., schema: {type: boolean}}\n"
RETRIEVED = """\
      x-identity: [id, slug]
      parameters:
        - {name: id, in: path, required: true, description: Its id., schema: {type: string}, example: a}
"""
JSON_BODY = """\
          application/json:
            schema: {$ref: "#/components/schemas/Draft"}
"""
PAGE = '              schema: {$ref: "#/components/schemas/ThingList"}\n'
ACCEPTED = """\
        "202":
          description: The thing, not finished.
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Thing"}
              example: {id: a}
"""
JPEG = "            image/jpeg: {schema: {type: string, format: binary}}\n"
SLUG = "        slug: {type: string}\n"
PART = "    Part:\n"
SIZE = "        size: {type: number}\n"


def tagged(tag: str, method: str = "list") -> str:
    """The tag and the id of the parts, by other names."""
    return f"      operationId: {tag.replace('.', '_')}_{method}\n      tags: [{tag}] # <-\n"


def declared(tag: str) -> str:
    return f"{PARTS_DECLARED}  - {{name: {tag}, description: More.}}\n"


NAMES = [
    case("no tag", TAGGED + LISTS, "      operationId: things_list\n" + LISTS, LIST, "no tags", "Give it one."),
    case(
        "two tags", TAGGED, TAGGED.replace("[things]", "[things, things.parts] # <-"), f"{LIST}/tags", "2 tags", "one"
    ),
    *(
        case(f"tag {tag!r}", TAGGED, TAGGED.replace("[things]", f'["{tag}"] # <-'), f"{LIST}/tags/0", "Rename it.")
        for tag in ("", "Things", "_things", "things.", "things.class", "my things", "things-all", "things__all", "1st")
    ),
    case("unknown tag", TAGGED, tagged("others"), f"{LIST}/tags/0", "`others` is not among", "Declare it"),
    *(
        case(
            f"id {operation_id}",
            "operationId: things_list",
            f"operationId: {operation_id} # <-",
            f"{LIST}/operationId",
            f"`{operation_id}` does not say",
            "Write `things_`",
            "`things_list`.",
        )
        for operation_id in ("list_things", "things", "things_", "things_List", "things__list", "things_import")
    ),
    *(
        case(f"method {name}", "things_list", f"things_{name} # <-", f"{LIST}/operationId", f"`{name}`", "another verb")
        for name in ("str", "int", "bool", "float", "bytes", "object", "datetime", "unset", "uuid")
    ),
    case(
        "method like a resource",
        "things_picture",
        "things_parts # <-",
        f"{PICTURE}/get/operationId",
        "`things.parts` is a resource already",
    ),
]
PLACES = [
    *(
        pytest.param(tag, f"{PARTS}/tags/0", (word, "Rename"), id=f"place {tag}")
        for tag, word in (
            ("config", "the client itself has a `config`"),
            ("rate_limit", "BaseClient"),
            ("request", "BaseClient"),
            ("with_options", "aurous._client"),
            ("close", "aurous._client"),
            ("things.str", "`str`"),
            ("things.property", "`property`"),
            ("resource_class", "`resource_class`"),
            ("async_things", "`async_things` and `things` become the same module or class"),
        )
    ),
]
SAME_PLACE = """\
  /more/{number}:
    get:
      operationId: %s_list
      tags: [%s]
      parameters:
        - {name: number, in: path, required: true, schema: {type: integer}}
      responses: {"204": {description: Nothing.}}
"""
PARAMETERS = [
    case("cookie", VERSION, VERSION.replace("header", "cookie").rstrip() + " # <-\n", f"{LIST}/parameters/2/in", "no"),
    *(
        case(
            f"header {name}",
            VERSION,
            VERSION.replace("Version", name).rstrip() + " # <-\n",
            f"{LIST}/parameters/2/name",
            f"sets the header `{name}` itself",
            "Leave the parameter out.",
        )
        for name in ("X-Key", "authorization", "Accept", "Content-Type", "HOST", "User-Agent", "Cookie")
    ),
    *(
        case(
            f"path {schema}",
            RETRIEVED,
            RETRIEVED.replace("{type: string}", schema).rstrip() + " # <-\n",
            f"{ONE}/get/parameters/0/schema",
            "a path parameter has to be a string, a number or a boolean, and",
        )
        for schema in (
            "{}",
            "{type: array, items: {type: string}}",
            "{type: object}",
            '{type: [string, "null"]}',
            "{anyOf: [{type: string}, {type: object}]}",
            '{$ref: "#/components/schemas/Part"}',
        )
    ),
    *(
        case(
            f"query {schema}",
            CURSOR,
            CURSOR.replace("{type: string}", schema).rstrip() + " # <-\n",
            f"{LIST}/parameters/0/schema",
            "a query parameter has to be a string, a number or a boolean, or a list of these",
        )
        for schema in (
            "{}",
            "{type: object}",
            "{type: array, items: {}}",
            "{type: array, items: {type: array, items: {type: string}}}",
            "{anyOf: [{type: string}, {type: array, items: {type: object}}]}",
        )
    ),
    case(
        "list in a header",
        VERSION,
        VERSION.replace("{type: string}", "{type: array, items: {type: string}}").rstrip() + " # <-\n",
        f"{LIST}/parameters/2/schema",
        "a header parameter has to be",
    ),
    case(
        "content",
        CURSOR,
        "        - {name: cursor, in: query, content: {text/plain: {schema: {type: string}}}} # <-\n",
        f"{LIST}/parameters/0/content",
        "with `schema`",
    ),
    *(
        case(
            keyword,
            CURSOR,
            CURSOR.replace("schema", f"{keyword}, schema").rstrip() + " # <-\n",
            f"{LIST}/parameters/0/{keyword.partition(':')[0]}",
            "Remove it",
        )
        for keyword in ("allowReserved: true", "allowEmptyValue: true", "explode: false", "style: pipeDelimited")
    ),
    case(
        "style of the path",
        RETRIEVED,
        RETRIEVED.replace("schema", "style: label, schema").rstrip() + " # <-\n",
        f"{ONE}/get/parameters/0/style",
        "`label`",
        "`simple`",
    ),
    case(
        "query and body",
        DRY,
        DRY.replace("dry", "name"),
        f"{CREATE}/requestBody",
        "two parameters are `name` in Python: the query `name` and the body property `name`",
        "`extra_body`",
    ),
    case(
        "path and query",
        RETRIEVED,
        f"{RETRIEVED}        - {{name: ID, in: query, schema: {{type: string}}}} # <-\n",
        f"{ONE}/get/parameters/1",
        "the path `id` and the query `ID`",
        "Rename the one in the path",
    ),
    case(
        "query and query",
        CURSOR,
        f"{CURSOR}        - {{name: Cursor, in: query, schema: {{type: string}}}} # <-\n",
        f"{LIST}/parameters/1",
        "two parameters are `cursor`",
        "`extra_query`",
    ),
    case(
        "query and header",
        VERSION,
        f"{VERSION}        - {{name: version, in: query, schema: {{type: string}}}} # <-\n",
        f"{LIST}/parameters/3",
        "two parameters are `version`",
    ),
    case(
        "whole body",
        f"{DRY}      requestBody:\n        required: true\n        content:\n{JSON_BODY}",
        f"{DRY.replace('dry', 'body')}      requestBody: # <-\n        content:\n"
        "          application/json: {schema: {type: array, items: {type: string}}}\n",
        f"{CREATE}/requestBody",
        "the query `body` and the body as a whole `body`",
    ),
]
BODIES = [
    case(
        "two media types",
        f"        content:\n{JSON_BODY}",
        f"        content: # <-\n{JSON_BODY}{JSON_BODY.replace('application/json', 'application/merge-patch+json')}",
        f"{CREATE}/requestBody/content",
        "2 media types",
    ),
    *(
        case(
            media_type,
            JSON_BODY,
            JSON_BODY.replace("application/json:", f"{media_type}: # <-"),
            f"{CREATE}/requestBody/content/{media_type.replace('/', '~1')}",
            f"`{media_type}`",
            "`client.request()`",
        )
        for media_type in (
            *("application/x-www-form-urlencoded", "application/octet-stream", "application/xml", "text/plain"),
            "application/jsn",
        )
    ),
    case(
        "encoding",
        "            schema:\n              type: object\n              properties:\n                file",
        "            encoding: {label: {contentType: text/plain}} # <-\n"
        "            schema:\n              type: object\n              properties:\n                file",
        f"{PICTURE}/put/requestBody/content/multipart~1form-data/encoding",
        "ignored",
    ),
    case(
        "multipart of no parts",
        JSON_BODY,
        "          multipart/form-data:\n            schema: {type: object} # <-\n",
        f"{CREATE}/requestBody/content/multipart~1form-data/schema",
        "properties of an object",
    ),
    case(
        "file in JSON",
        SIZE,
        SIZE.replace("number", "string, format: binary").rstrip() + " # <-\n",
        f"{SCHEMAS}/Part/properties/size/format",
        "else the bytes",
    ),
    case(
        "file in an object",
        "file: {type: string, format: binary}",
        "files: {type: object, properties: {one: {type: string, format: binary}}} # <-",
        f"{PICTURE}/put/requestBody/content/multipart~1form-data/schema/properties/files/properties/one/format",
        "one or an array",
    ),
]
RESPONSES = [
    case(
        "no success",
        '        "204": {description: Done.}\ncomponents',
        '        "404": {description: No.}\ncomponents',
        f"{PICTURE}/put/responses",
        "no response of success",
    ),
    case(
        "another schema",
        ACCEPTED,
        ACCEPTED.replace('/Thing"}\n', '/Part"} # <-\n').replace("id: a", "size: 1"),
        f"{CREATE}/responses/202/content/application~1json/schema",
        "another schema",
        "`anyOf`",
    ),
    case(
        "JSON and bytes",
        JPEG,
        "            application/json: {schema: {}} # <-\n",
        f"{PICTURE}/get/responses/200/content/application~1json",
        "JSON or bytes",
    ),
    case(
        "stream",
        JPEG,
        "            text/event-stream; charset=utf-8: {schema: {type: string}} # <-\n",
        f"{PICTURE}/get/responses/200/content/text~1event-stream; charset=utf-8",
        "a stream goes with JSON only",
    ),
    *(
        case(f"{name} or nothing", old, f"{new} # <-\n{old}", pointer, "no content here", "`{}`")
        for name, old, new, pointer in (
            ("object", ACCEPTED, '        "204": {description: Nothing.}', f"{CREATE}/responses/204"),
            (
                "array",
                '        "200":\n          description: All parts.\n',
                '        "204": {description: Nothing.}',
                f"{PARTS}/responses/204",
            ),
            (
                "bytes",
                '        "200":\n          description: The picture.\n',
                '        "204": {description: Nothing.}',
                f"{PICTURE}/get/responses/204",
            ),
        )
    ),
    case(
        "no cursor",
        CURSOR,
        CURSOR.replace("cursor", "page"),
        LIST,
        "no query parameter for the next page",
        "`x-pagination`",
    ),
    case(
        "no field for the cursor",
        "        next_cursor: {type: string}\n",
        "        following: {type: string}\n",
        LIST,
        "no field of the page tells what to give as `cursor` (`next_cursor`, `next`)",
    ),
    *(
        case(
            f"x-pagination {value}",
            "      x-rate-limit: gets\n",
            f"      x-rate-limit: gets\n      x-pagination: {value} # <-\n",
            f"{LIST}/x-pagination{below}",
            *words,
        )
        for value, below, words in (
            ("cursor", "", ["must be a mapping"]),
            ("{}", "", ["must be a mapping"]),
            ("{next: cursor}", "/next", ["no field `next`", "`next_cursor`"]),
            ("{next_cursor: curser}", "/next_cursor", ["no query parameter `curser`", "`cursor`"]),
            ("{next_cursor: {Part: cursor}}", "/next_cursor/Part", ["no item is a `Part`", "`Thing`"]),
            ("{next_cursor: {Thing: page}}", "/next_cursor/Thing", ["no query parameter `page`"]),
            ("{next_cursor: [cursor]}", "/next_cursor", ["no query parameter"]),
        )
    ),
    case(
        "x-pagination of no list",
        RETRIEVED,
        f"      x-pagination: {{id: id}} # <-\n{RETRIEVED}",
        f"{ONE}/get/x-pagination",
        "only a list has pages",
    ),
    *(
        case(
            f"x-identity {value}",
            "x-identity: [id, slug]",
            f"x-identity: {value} # <-",
            f"{ONE}/get/x-identity{below}",
            word,
        )
        for value, below, word in (
            ("id", "", "must be a list"),
            ("[]", "", "must be a list"),
            ("[id, slog]", "/1", "no field `slog`"),
            ("[{a: b}]", "/0", "no field"),
        )
    ),
    case(
        "x-identity without a parameter",
        TAGGED,
        f"{TAGGED}      x-identity: [has_more] # <-\n",
        f"{LIST}/x-identity",
        "the path has no parameter",
    ),
    case(
        "x-cross-origin false",
        "x-cross-origin: true",
        "x-cross-origin: false # <-",
        f"{PICTURE}/get/responses/302/x-cross-origin",
        "must be `true`",
    ),
    case(
        "x-cross-origin on success",
        "          description: The picture.\n",
        "          description: The picture.\n          x-cross-origin: true # <-\n",
        f"{PICTURE}/get/responses/200/x-cross-origin",
        "`200` is no redirect",
    ),
    case("x-rate-limit", "x-rate-limit: gets", "x-rate-limit: get # <-", f"{LIST}/x-rate-limit", "`get`", "`gets`"),
    *(
        case(
            f"bucket {bucket}",
            "{burst: 20, per_minute: 7.5}",
            f"{bucket} # <-",
            "#/x-rate-limits/gets",
            "`burst`, an integer, and `per_minute`, a number, both above 0",
        )
        for bucket in (
            "{burst: 20}",
            "{burst: 0, per_minute: 1}",
            "{burst: 1.5, per_minute: 1}",
            "{burst: true, per_minute: 1}",
            "{burst: 1, per_minute: 0}",
            "{burst: 1, per_minute: '1'}",
            "{burst: 1, per_minute: 1, per_hour: 1}",
            "7",
        )
    ),
    case("x-scope", "x-scope: read", "x-scope: reed # <-", f"{LIST}/x-scope", "`reed`", "`full`, `read`, `write`"),
    case(
        "servers of an operation",
        TAGGED,
        f"{TAGGED}      servers: [{{url: https://other.test}}] # <-\n",
        f"{LIST}/servers",
        "`base_url`",
    ),
    case(
        "servers of a path",
        "  /things:\n",
        "  /things:\n    servers: [{url: https://other.test}] # <-\n",
        "#/paths/~1things/servers",
        "`base_url`",
    ),
]
CONSTRUCTS = [
    *(
        case(
            f"{keyword} beside a reference",
            "          description: Its color.\n",
            f"          description: Its color.\n          {keyword}: {value} # <-\n",
            f"{SCHEMAS}/Thing/properties/color/{keyword}",
            "beside a reference would be dropped. Write `allOf: [{$ref: …}, {…}]`.",
        )
        for keyword, value in (("type", "string"), ("properties", "{a: {}}"), ("minLength", "1"), ("example", "red"))
    ),
    *(
        case(
            keyword,
            SIZE,
            SIZE.replace("type: number", f"{keyword}: {value}").rstrip() + " # <-\n",
            f"{SCHEMAS}/Part/properties/size/{keyword}",
            f"`{keyword}` is not honoured.",
        )
        for keyword, value in (
            *(("readOnly", "true"), ("writeOnly", "false"), ("default", "1"), ("not", "{}"), ("contains", "{}")),
            *(("if", "{}"), ("then", "{}"), ("else", "{}"), ("patternProperties", "{a: {}}"), ("$defs", "{A: {}}")),
            *(("dependentSchemas", "{a: {}}"), ("dependentRequired", "{a: [b]}"), ("propertyNames", "{}")),
            *(("prefixItems", "[{}]"), ("unevaluatedProperties", "false"), ("unevaluatedItems", "{}")),
            *(("contentEncoding", "base64"), ("contentMediaType", "text/plain"), ("contentSchema", "{}")),
        )
    ),
    case(
        "default of a parameter",
        DRY,
        DRY.replace("boolean", "boolean, default: false").rstrip() + " # <-\n",
        f"{CREATE}/parameters/0/schema/default",
        "What is not given is not sent.",
        "in the description",
    ),
    *(
        case(
            f"enum or null {schema}",
            SIZE,
            SIZE.replace("{type: number}", schema).rstrip() + " # <-\n",
            f"{SCHEMAS}/Part/properties/size/{where}",
            '`anyOf: [{$ref: …}, {type: "null"}]`',
        )
        for schema, where in (
            ("{enum: [a, null]}", "enum"),
            ('{type: [string, "null"], enum: [a]}', "type"),
            ('{type: [string, "null"], enum: [a, null]}', "enum"),
        )
    ),
    *(
        case(
            f"either of two objects, {name}",
            "          oneOf:\n",
            f"          oneOf: # <-\n            - {schema}\n",
            f"{SCHEMAS}/Thing/properties/shape/oneOf",
            "one object can keep to two of these",
            "Write `anyOf`",
        )
        for name, schema in (
            ("nothing apart", '{$ref: "#/components/schemas/Part"}'),
            ("same constant", "{type: object, required: [kind], properties: {kind: {enum: [square, disc]}}}"),
            ("other field", "{type: object, required: [sort], properties: {sort: {const: line}}}"),
            ("not constant", "{type: object, required: [kind], properties: {kind: {type: string}}}"),
        )
    ),
    case(
        "closed",
        "    Part:\n      type: object\n",
        "    Part:\n      type: object\n      additionalProperties: false # <-\n",
        f"{SCHEMAS}/Part/additionalProperties",
        "objects stay open",
    ),
]
WIRE = [
    *(
        case(f"path {path}", "  /things:\n", f"  {path}: # <-\n", f"#/paths/{path.replace('/', '~1')}", *words)
        for path, *words in (
            ("things", "Write `/things`."),
            ("/things/", "Write `/things`."),
            ("/things?type=a", "`in: query`"),
            ("/thi ngs", "`thi ngs` cannot be sent"),
            ("/thüngs", "`thüngs` cannot be sent"),
            ("/thi%20ngs", "cannot be sent"),
            ("/a//b", "cannot be sent"),
            ("/a/../b", "cannot be sent"),
            ("/things/{thing-id}", "`{thing-id}` is no word", "`{thing_id}`"),
            ("/things/{a}/{a}", "`{a}` stands twice"),
        )
    ),
    case("path alike", "  /things:\n", "  /things/{other}:\n", "#/paths/~1things~1{id}", "the same path as"),
    case(
        "path without the version",
        "  /things:\n",
        "  /v1/things:\n",
        "#/paths/~1things~1{id}~1parts",
        "begin with `/v1`",
        "Write `/v1/things/{id}/parts`.",
    ),
    case("TRACE", "    delete:\n", "    trace: # <-\n", f"{ONE}/trace", "no TRACE"),
    case("HEAD", "    delete:\n", "    head:\n", f"{ONE}/head/responses/200", "HEAD has no body"),
    *(
        case(
            f"security {value}",
            LISTS,
            f"{LISTS}      security: {value} # <-\n",
            f"{LIST}/security{below}",
            word,
        )
        for value, below, word in (
            ("[]", "", "with every call"),
            ("[{}]", "/0", "with every call"),
            ("[{key: []}, {}]", "/1", "with every call"),
            ("[{other: []}]", "", "its key in a header"),
            ("[{key: [], other: []}]", "", "its key in a header"),
        )
    ),
]
EXTENSIONS = [
    case("x-scop", "x-scope: read", "x-scop: read # <-", f"{LIST}/x-scop", "Did you mean `x-scope`?"),
    case("x-pagnation", LISTS, f"{LISTS}      x-pagnation: {{}} # <-\n", f"{LIST}/x-pagnation", "`x-pagination`?"),
    case("x-note", LISTS, f"{LISTS}      x-note: a # <-\n", f"{LIST}/x-note", "known here: `x-creates`", "a comment"),
    case(
        "elsewhere",
        SIZE,
        SIZE.replace("number", "number, x-scope: read").rstrip() + " # <-\n",
        f"{SCHEMAS}/Part/properties/size/x-scope",
        "it stands on an operation",
    ),
    case("of the contract", "x-rate-limits:", "x-rate-limit:", "#/x-rate-limit", "it stands on an operation"),
    *(
        case(
            f"x-creates {value}",
            "      summary: Create a thing\n",
            f"      summary: Create a thing\n      x-creates: {value} # <-\n",
            f"{CREATE}/x-creates",
            word,
        )
        for value, word in (
            ("made", "no field `made`"),
            ("[id]", "no field"),
            ("shape", "is no time"),
            ("true", "no field"),
        )
    ),
]
WORDS = [
    case("no summary", LISTS, "", LIST, "no `summary`"),
    case("empty summary", LISTS, "      summary: ' ' # <-\n", f"{LIST}/summary", "no `summary`"),
    case(
        "no description",
        DRY,
        DRY.replace("description: Whether nothing is made., ", ""),
        f"{CREATE}/parameters/0",
        "the parameter `dry` has no `description`",
    ),
]
SHOWN = [
    case(
        "path",
        RETRIEVED,
        RETRIEVED.replace(", example: a", ""),
        f"{ONE}/get/parameters/0",
        "`id` is required",
        "`example`",
    ),
    case("query", DRY, DRY.replace("in: query", "in: query, required: true"), f"{CREATE}/parameters/0", "`example`"),
    case(
        "body",
        "    Draft:\n      type: object\n",
        "    Draft:\n      type: object\n      required: [name]\n",
        f"{CREATE}/requestBody/content/application~1json",
        "has required fields",
        "`examples`",
    ),
    case(
        "whole body",
        '            schema: {$ref: "#/components/schemas/Draft"}\n',
        "            schema: {type: array, items: {type: string}}\n",
        f"{CREATE}/requestBody/content/application~1json",
        "the body is required, and no example",
    ),
    case(
        "response",
        "              example: [{size: 1}]\n",
        "",
        f"{PARTS}/responses/200/content/application~1json",
        "the emulator responds",
    ),
]
FORMATS = [
    case(
        "format datetime",
        SLUG,
        "        slug: {type: string, format: datetime} # <-\n",
        f"{SCHEMAS}/Thing/properties/slug/format",
        "Did you mean `date-time`?",
    ),
    case(
        "format fancy",
        SLUG,
        "        slug: {type: string, format: fancy} # <-\n",
        f"{SCHEMAS}/Thing/properties/slug/format",
        "Remove it",
    ),
    case(
        "format of another type",
        SIZE,
        SIZE.replace("number", "number, format: date-time").rstrip() + " # <-\n",
        f"{SCHEMAS}/Part/properties/size/format",
        "is one of string",
    ),
]
DROPPED = [
    *(
        case(
            f"{keyword} beside alternatives",
            "          oneOf:\n",
            f"          {keyword}: {value} # <-\n          oneOf:\n",
            f"{SCHEMAS}/Thing/properties/shape/{keyword}",
            f"`{keyword}` beside `",
            "would be dropped",
        )
        for keyword, value in (
            *(("properties", "{a: {}}"), ("allOf", '[{$ref: "#/components/schemas/Part"}]')),
            *(("additionalProperties", "true"), ("items", "{}")),
        )
    ),
    case(
        "alternatives within a part",
        PART,
        '    Both:\n      allOf:\n        - {$ref: "#/components/schemas/Draft"}\n'
        '        - {anyOf: [{$ref: "#/components/schemas/Square"}, {type: object}]} # <-\n    Part:\n',
        f"{SCHEMAS}/Both/allOf/1",
        "would be dropped",
    ),
    *(
        case(
            f"result {schema}",
            'schema: {type: array, items: {$ref: "#/components/schemas/Part"}}\n              example: [{size: 1}]',
            f"schema: {schema} # <-\n              example: {example}",
            f"{PARTS}/responses/200/content/application~1json/schema",
            "a call comes to an object",
        )
        for schema, example in (
            ("{type: string}", "a"),
            ('{type: [object, "null"]}', "{}"),
            ('{anyOf: [{$ref: "#/components/schemas/Part"}, {type: "null"}]}', "{}"),
            ('{anyOf: [{$ref: "#/components/schemas/Part"}, {type: array, items: {}}]}', "{}"),
            ("{enum: [a]}", "a"),
        )
    ),
    case(
        "JSON by a range",
        "application/json:\n              schema: {type: array",
        '"*/*":\n              schema: {type: array',
        f"{PARTS}/responses/200/content/*~1*/schema",
        "is no JSON and comes as bytes",
    ),
    case(
        "no media type",
        "            image/jpeg:",
        "            jpeg:",
        f"{PICTURE}/get/responses/200/content/jpeg",
        "is no media type",
    ),
    *(
        case(
            f"{status} of JSON",
            ACCEPTED,
            f'        "{status}": {{description: Elsewhere.}} # <-\n{ACCEPTED}',
            f"{CREATE}/responses/{status}",
            word,
        )
        for status, word in (("302", "only to bytes"), ("304", "conditional"), ("101", "1xx"), ("3XX", "only to bytes"))
    ),
    case(
        "cursor of another type",
        "next_cursor: {type: string}",
        "next_cursor: {type: integer}",
        LIST,
        "`next_cursor` of the page is not of the type that `cursor` takes",
    ),
    case(
        "cursor that is a list",
        CURSOR,
        CURSOR.replace("{type: string}", "{type: array, items: {type: string}}"),
        LIST,
        "a cursor is a string or an integer",
    ),
    case(
        "x-identity of another type",
        RETRIEVED,
        RETRIEVED.replace("{type: string}, example: a", "{type: integer}, example: 7"),
        f"{ONE}/get/x-identity/0",
        "never equal",
    ),
    case(
        "file or null",
        "file: {type: string, format: binary}",
        'file: {type: [string, "null"], format: binary}',
        f"{PICTURE}/put/requestBody/content/multipart~1form-data/schema/properties/file/type",
        "Leave null out",
    ),
    *(
        case(
            f"property {name!r}",
            SLUG,
            f"        {name}: {{type: string}} # <-\n",
            f"{SCHEMAS}/Thing/properties/{name}",
            "letters that Python reads as others",
        )
        for name in ("ﬁ", "𝔞", "ſize")
    ),
]
RESERVED = [
    *(
        case(
            f"property {name}",
            SIZE,
            f"{SIZE}        {name}: {{type: string}} # <-\n",
            f"{SCHEMAS}/Part/properties/{name}",
            "`aurous_api.model.Model` has a `",
            "it is kept in `additional_properties`",
        )
        for name in ("meta", "drift", "to_dict", "toDict", "from_dict", "additional_properties")
    ),
    *(
        case(
            f"{model}.{name}",
            PART,
            f"    {model}:\n      type: object\n      properties:\n        {name}: {{type: string}} # <-\n{PART}",
            f"{SCHEMAS}/{model}/properties/{name}",
            f"`{owner}` has a `",
            "Leave the field out",
        )
        for model, name, owner in (
            ("ChatCompletion", "text", "aurous.chat.completion.ChatCompletion"),
            ("ChatCompletion", "createdAt", "aurous.chat.completion.ChatCompletion"),
            ("ChatCompletion", "is_failed", "aurous._status.HasStatus"),
            ("ToolCall", "arguments", "aurous.chat.completion.ToolCall"),
            ("Generation", "is_terminal", "aurous._status.HasStatus"),
        )
    ),
    case(
        "of a part",
        PART,
        '    ToolCall: {allOf: [{$ref: "#/components/schemas/Draft"}]} # <-\n    Part:\n',
        f"{SCHEMAS}/ToolCall",
        "`aurous.chat.completion.ToolCall` has a `name` of its own",
    ),
    *(
        case(
            f"class {name}",
            PART,
            f"    {name}: {{type: object}} # <-\n{PART}",
            f"{SCHEMAS}/{name}",
            f"needs the name `{name}` itself",
            "Choose another",
        )
        for name in (
            *("Page", "ItemList", "OpenValue", "BinaryContent", "Timeout", "Operation", "Resource", "UNSET", "Any"),
            *("ClassVar", "UUID", "ThingsResource", "AsyncThingsPartsResource", "DraftParam", "PartParam"),
        )
    ),
]


@pytest.mark.parametrize(
    ("edit", "pointer", "words"),
    [
        *(*NAMES, *PARAMETERS, *BODIES, *RESPONSES, *CONSTRUCTS, *RESERVED),
        *(*WIRE, *EXTENSIONS, *WORDS, *SHOWN, *FORMATS, *DROPPED),
    ],
)
def test_a_broken_convention_is_named_by_place_and_remedy(edit: Edit, pointer: str, words: tuple[str, ...]) -> None:
    assert_named(edited(STORE, edit), pointer, words)


@pytest.mark.parametrize(("tag", "pointer", "words"), PLACES)
def test_a_place_that_is_not_free_is_named(tag: str, pointer: str, words: tuple[str, ...]) -> None:
    assert_named(edited(STORE, (PARTS_TAGGED, tagged(tag)), (PARTS_DECLARED, declared(tag))), pointer, words)


@pytest.mark.parametrize("tag", ["things_parts", "things.parts_1", "thi.ngs"])
def test_two_tags_that_become_one_module_or_class_are_refused(tag: str) -> None:
    other = {"things_parts": "things.parts", "things.parts_1": "things.parts1", "thi.ngs": "thi_ngs"}[tag]
    text = edited(
        STORE,
        (PARTS_TAGGED, PARTS_TAGGED.replace("things.parts", other).replace("things_parts", other.replace(".", "_"))),
        ("components:\n  sec", f"{SAME_PLACE % (tag.replace('.', '_'), tag)}components:\n  sec"),
        (PARTS_DECLARED, declared(tag) + f"  - {{name: {other}, description: Others.}}\n"),
    )
    found = [problem.message for problem in lint_text(text) if problem.pointer == "#/paths/~1more~1{number}/get/tags/0"]
    assert f"`{tag}` and `{other}` become the same module or class. Rename one of the two." in found


# --- What is right ---


def right(name: str, *edits: Edit) -> Any:
    return pytest.param(edits, id=name)


_SEVERAL = "{anyOf: [{type: string}, {type: array, items: {type: number}}]}"

RIGHT = [
    right("as it is"),
    right("method of two words", ("things_picture", "things_list_all")),
    right("method like a builtin that no annotation needs", ("things_picture", "things_type")),
    right(
        "child like a member of the client",
        (PARTS_TAGGED, tagged("things.config")),
        (PARTS_DECLARED, declared("things.config")),
    ),
    right("place without a tag", (PARTS_TAGGED, tagged("a.b.c")), (PARTS_DECLARED, declared("a.b.c"))),
    *(
        right(
            f"path {schema}",
            (RETRIEVED, RETRIEVED.replace("{type: string}, example: a", f"{schema}, example: {example}")),
            ("[id, slug]", "false"),
        )
        for schema, example in (
            ("{type: integer}", "7"),
            ("{type: boolean}", "true"),
            ("{type: number}", "1.5"),
            ("{type: string, format: date-time}", '"2026-05-04T10:00:00Z"'),
            ("{type: string, format: uuid}", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
            ('{$ref: "#/components/schemas/Color"}', "red"),
            ('{anyOf: [{$ref: "#/components/schemas/Color"}, {type: string}]}', "red"),
            ('{allOf: [{$ref: "#/components/schemas/Color"}]}', "red"),
        )
    ),
    right(
        "one or several",
        (VERSION, VERSION + f"{CURSOR.replace('cursor', 'of')}".replace("{type: string}", _SEVERAL)),
    ),
    right("the usual form", (CURSOR, CURSOR.replace("schema", "explode: true, style: form, schema"))),
    right("a key", (DRY, f"{DRY}        - {{name: Idempotency-Key, in: header, schema: {{type: string}}}}\n")),
    right("another JSON", (JSON_BODY, JSON_BODY.replace("/json", "/merge-patch+json"))),
    right(
        "several files",
        (
            "file: {type: string, format: binary}",
            "files: {type: array, items: {type: string, format: binary}}",
        ),
    ),
    right(
        "file by reference",
        ("file: {type: string, format: binary}", 'file: {$ref: "#/components/schemas/File"}'),
        (PART, f"    File: {{type: string, format: binary}}\n{PART}"),
    ),
    right(
        "last item",
        ("        next_cursor: {type: string}\n", ""),
        (CURSOR, CURSOR.replace("cursor", "starting_after")),
    ),
    right(
        "x-pagination",
        (
            "      x-rate-limit: gets\n",
            "      x-rate-limit: gets\n      x-pagination: {next_cursor: {Thing: cursor}}\n",
        ),
    ),
    right(
        "a list on one page",
        ("has_more: {type: boolean}", "more: {type: boolean}"),
        ("next_cursor", "after_it"),
        (CURSOR, ""),
    ),
    right("no pages", ("x-rate-limit: gets", "x-rate-limit: gets\n      x-pagination: false"), (CURSOR, "")),
    right("names of a mapping", (SLUG, SLUG + "".join(f"        {name}: {{}}\n" for name in ("keys", "items", "get")))),
    right(
        "variables", (SLUG, SLUG + "".join(f"        {name}: {{}}\n" for name in ("d", "cls", "src_dict", "fields")))
    ),
    right(
        "free names",
        (PART, "".join(f"    {name}: {{type: object}}\n" for name in ("Response", "Model", "Kind")) + PART),
    ),
    right("a twin of what is not sent", (PART, f"    ThingParam: {{type: object}}\n{PART}")),
    right(
        "words",
        ("    Color:\n      type: string\n", "    Color:\n      type: string\n      title: Paint\n"),
    ),
]


@pytest.mark.parametrize("edits", RIGHT)
def test_what_keeps_to_the_conventions_is_let_pass(edits: tuple[Edit, ...]) -> None:
    assert [str(problem) for problem in lint_text(edited(STORE, *edits))] == []


def test_the_reserved_classes_are_those_that_the_templates_import() -> None:
    """A template that imports more has to reserve more, or the class of a component would take its place."""
    templates = Path(__file__).resolve().parent.parent / "templates"
    texts = [
        (templates / name).read_text("utf-8")
        for name in ("model.py.jinja", "own/params.py.jinja", "own/resource.py.jinja")
    ]
    groups = [names for text in texts for names in re.findall(r"from [\w.]+ import (\([^)]*\)|[^\n]+)", text)]
    imported = {name for names in groups if "{" not in names for name in re.findall(r"\b[A-Z]\w+\b(?! as )", names)}
    # No component becomes a class with an underscore in its name.
    assert imported - {"TYPE_CHECKING"} == generator_rules.RESERVED_CLASSES


def test_what_a_subclass_takes_is_read_from_its_source_and_its_bases() -> None:
    taken = handwritten.taken_by_subclass("ChatCompletion")
    assert {"text", "receipt", "raise_for_status", "is_terminal"} <= taken.keys()
    assert {"id", "model", "usage"}.isdisjoint(taken)
    assert handwritten.taken_by_subclass("Usage") == {}
