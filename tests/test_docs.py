"""What `nox -s docs` makes of the contract, and what it finds wrong with a site. The site itself is made by `check`."""

import re
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from contract import real_contract
from documentation import contract_pages, dead_links
from documentation.page import Page

ROOT = Path(__file__).resolve().parent.parent
SHOP = """\
openapi: 3.1.0
info: {title: Shop, version: 1.0.0, description: Sells things.}
tags: [{name: things, description: All things.}]
paths:
  /things/{id}:
    parameters:
      - {name: id, in: path, required: true, description: Which., schema: {type: string, maxLength: 9}}
    put:
      operationId: things_put
      tags: [things]
      summary: Put a thing
      deprecated: true
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [parts]
              properties:
                parts:
                  type: array
                  minItems: 1
                  maxItems: 5
                  description: What it is made of | or not.
                  items: {type: object, properties: {color: {$ref: "#/components/schemas/Color"}}}
                notes: {type: [object, "null"], additionalProperties: {type: string, format: uuid}}
            example: {parts: []}
      responses:
        "200": {description: Done., content: {application/json: {schema: {anyOf: [{const: 1}, {}]}}}}
components:
  schemas:
    Color: {description: A color., type: string, enum: [red, "1"]}
"""


@pytest.fixture(scope="module")
def pages() -> dict[str, Page]:
    return {page.title: page for page in contract_pages.pages()}


def test_every_request_is_on_the_pages_with_its_parameters(pages: dict[str, Page]) -> None:
    _, *sections = re.split(r"(?m)^### ", pages["Requests"].text)
    shown = dict(zip([section.partition(" {")[0] for section in sections], sections, strict=True))
    contract: Any = real_contract().data
    wanted = {f"{method.upper()} {path}": it for path, item in contract["paths"].items() for method, it in item.items()}
    assert shown.keys() == wanted.keys()
    for name, operation in wanted.items():
        assert f"#{operation['operationId']}" in pages["About the contract"].text
        for parameter in operation.get("parameters", ()):
            known = contract["components"]["parameters"].get(parameter.get("$ref", "").rpartition("/")[2], parameter)
            assert f"`{known['name']}`" in shown[name]
        assert all(f"| {status} |" in shown[name] for status in operation["responses"])


def test_every_schema_and_every_error_code_is_on_the_pages(pages: dict[str, Page]) -> None:
    text = pages["Schemas"].text
    headings = re.findall(r"(?m)^## (\w+) ", text)
    contract: Any = real_contract().data
    schemas = contract["components"]["schemas"]
    assert headings == sorted(schemas)
    assert [code for code in schemas["ErrorCode"]["x-codes"] if f"| `{code}` |" not in text] == []


@pytest.mark.parametrize(
    "row",
    [
        "| `id`, required<br>string, in the path | Which. (at most 9 characters) |",
        "| `parts`, required<br>list of object | What it is made of \\| or not. (1 to 5 items) |",
        "| `parts[].color`<br>[Color](schemas.md#color) |  |",
        "| `notes`<br>map of string (uuid) or null |  |",
        "| 200 | `1` or anything | Done. |",
        "**Body**, may be left out: these fields",
        "**Deprecated.**",
        "`red` or `1`.",
    ],
)
def test_a_contract_is_told_in_words(row: str, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP)
    assert row in "\n".join(page.text for page in contract_pages.pages(tmp_path / "shop.yaml"))


def test_no_row_of_a_table_is_broken(pages: dict[str, Page]) -> None:
    for page in pages.values():
        rendered = MarkdownIt("commonmark").enable("table").render(page.text)
        assert rendered.count("<tr>") == len(re.findall(r"(?m)^\|(?! ---)", page.text))


# --- What is wrong with a site ---


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<a href="../other/#there">', None),
        ('<a href="#here"><p id="here">', None),
        ('<a href="https://somewhere.invalid/">', None),
        ('<a href="/style.css"><link rel="canonical" href="https://somewhere.invalid/">', None),
        ('<a href="../nowhere/">', "page/index.html: ../nowhere/ leads nowhere"),
        ('<a href="../other/#nowhere">', "page/index.html: ../other/#nowhere leads nowhere"),
        ('<a href="#nowhere">', "page/index.html: #nowhere leads nowhere"),
        ('<a href="../../secret">', "page/index.html: ../../secret leads nowhere"),
        ('<script src="//cdn.invalid/a.js">', "page/index.html: //cdn.invalid/a.js is loaded from elsewhere"),
        ('<link rel="stylesheet" href="../gone.css">', "page/index.html: ../gone.css is loaded, and is not there"),
    ],
)
def test_what_leads_nowhere_or_is_loaded_from_elsewhere_is_named(
    html: str, problem: str | None, tmp_path: Path
) -> None:
    (tmp_path / "secret").touch()
    site = tmp_path / "site"
    for name, text in {"page": html, "other": '<h2 id="there">'}.items():
        (site / name).mkdir(parents=True)
        (site / name / "index.html").write_text(text)
    (site / "style.css").write_text("a { color: red }")
    assert list(dead_links.problems(site)) == ([problem] if problem else [])


def test_a_style_that_loads_from_elsewhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text('@font-face { src: url("https://fonts.invalid/a") }')
    assert list(dead_links.problems(tmp_path)) == ["a.css: loads something from elsewhere"]
