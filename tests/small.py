"""A small contract for the tests of the lint, and what they do with it."""

import tempfile
from pathlib import Path

from lint import Contract, Problem, lint, load

SMALL = """\
openapi: 3.1.0
info: {title: Small, version: 1.0.0}
paths:
  /things/{id}:
    get:
      operationId: retrieve_thing
      tags: [things]
      security: [{key: []}]
      parameters:
        - $ref: "#/components/parameters/Id"
        - $ref: "#/components/parameters/Version"
      responses:
        "200":
          description: The thing.
          headers:
            X-Left: {schema: {type: number}, example: 3}
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Thing"}
              examples:
                plain:
                  value: {name: a, color: red}
                shared: {$ref: "#/components/examples/Shared"}
                odd:
                  x-deviates: true
                  description: The name is missing.
                  value: {color: red}
        "404":
          description: No such thing.
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Failure"}
              examples:
                unknown:
                  value: {error: {code: not_there, type: not_found}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
  parameters:
    Id: {name: id, in: path, required: true, schema: {type: string}, example: a}
    Version:
      name: Version
      in: header
      schema: {type: string, pattern: "^[0-9]+$"}
      example: "1"
  examples:
    Shared:
      value: {name: b}
  schemas:
    Thing:
      type: object
      required: [name]
      properties:
        name: {type: string, examples: [a]}
        color: {$ref: "#/components/schemas/Color"}
        parts: {type: array, items: {$ref: "#/components/schemas/Thing"}}
    Color:
      type: string
      enum:
        - red
        - dark red
    Failure:
      type: object
      properties:
        error:
          type: object
          properties:
            code: {$ref: "#/components/schemas/ErrorCode"}
            type: {$ref: "#/components/schemas/ErrorType"}
    ErrorType:
      type: string
      enum: [not_found, gone]
    ErrorCode:
      type: string
      enum: [not_there]
      x-codes:
        not_there:
          status: [404]
          type: not_found
          retry: never
          source: page
          when: It is not there.
"""


def read_text(text: str) -> Contract:
    """Read a text as if it were a file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "openapi.yaml")
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        return load(file)


def lint_text(text: str, config: Path | None = None) -> list[Problem]:
    """Lint a text as if it were a file."""
    return lint(read_text(text), config)


def only(problems: list[Problem]) -> Problem:
    """The one problem that there is."""
    assert len(problems) == 1, "\n".join(map(str, problems))
    return problems[0]
