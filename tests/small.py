"""A small contract for the tests of the lint, and what they do with it."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lint import Contract, Problem, lint, load

SMALL = """\
openapi: 3.1.0
info: {title: Small, version: 1.0.0}
tags:
  - {name: things, description: Things of all kinds.}
paths:
  /things/{id}:
    get:
      operationId: things_retrieve
      tags: [things]
      summary: Retrieve a thing
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
                  value: {error: {code: not_there, message: No., type: not_found}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
  parameters:
    Id: {name: id, in: path, required: true, description: Its id., schema: {type: string}, example: a}
    Version:
      name: Version
      description: Which version.
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
    """Read a text as if it were `openapi.yaml` in the current folder."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "openapi.yaml")
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        return replace(load(file), path=Path("openapi.yaml"))


def lint_text(text: str, config: Path | None = None) -> list[Problem]:
    """Lint a text as if it were a file."""
    return lint(read_text(text), config)


def edited(text: str, *edits: tuple[str, str]) -> str:
    """A contract after edits, each a text that stands in it once and what takes its place."""
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    return text


def case(name: str, old: str, new: str, pointer: str, *words: str) -> Any:
    """A row of a table: an edit, and the place and the words of the problem that comes of it.

    A line of the edit that ends in `# <-` is the one that the problem must name.
    """
    return pytest.param((old, new), pointer, words, id=name)


def assert_named(text: str, pointer: str, words: tuple[str, ...]) -> None:
    """A contract has a problem at a place, which is told on the marked line and in these words."""
    problems = lint_text(text)
    fitting = (one for one in problems if one.pointer == pointer and all(word in one.message for word in words))
    problem = next(fitting, None)
    assert problem, "\n".join(map(str, problems)) or "nothing was found"
    marked = [number for number, line in enumerate(text.splitlines(), 1) if line.endswith("# <-")]
    assert problem.line in (marked or [problem.line])
    assert problem.message[-1] in ".?"
    assert str(problem) == f"openapi.yaml:{problem.line} {problem.pointer}: {problem.message}"


def marked_line(text: str) -> int:
    """The line that ends in `# <-`."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if line.endswith("# <-"))


def only(problems: list[Problem]) -> Problem:
    """The one problem that there is."""
    assert len(problems) == 1, "\n".join(map(str, problems))
    return problems[0]
