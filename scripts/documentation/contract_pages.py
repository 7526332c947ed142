"""The contract as pages to read: what can be asked, with what, and what comes back. They are made with the site."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from documentation.links import ROOT
from documentation.page import Page
from openapi.contract import Contract, Place, mapping, sequence, text
from openapi.document import Json, read

_LIMITS: Final = (
    ("minimum", "maximum", ""),
    ("minLength", "maxLength", " characters"),
    ("minItems", "maxItems", " items"),
)


def pages(file: Path = ROOT / "openapi.yaml") -> list[Page]:
    """The pages of a contract, in the order of the navigation."""
    document = read(file)
    contract = Contract(document.path, document.data, document.problems, document.root)
    return [
        Page("contract/index.md", "About the contract", "\n".join(_overview(contract))),
        Page("contract/operations.md", "Requests", "\n".join(_operations(contract))),
        Page("contract/schemas.md", "Schemas", "\n".join(_schemas(contract))),
    ]


# --- About ------------------------------------------------------------------------------------------------------------


def _overview(contract: Contract) -> Iterator[str]:
    info = mapping(contract.data.get("info"))
    components = mapping(contract.data.get("components"))
    yield f"# {text(info.get('title'))}: the contract\n\n{text(info.get('description'))}"
    yield f"Version {info.get('version')} of the contract describes version {info.get('x-aurous-version')} of the API."
    yield "The file itself is [openapi.yaml](../openapi.yaml).\n"
    yield "| server | address |\n| --- | --- |"
    for server in map(mapping, sequence(contract.data.get("servers"))):
        yield f"| {text(server.get('description'))} | `{text(server.get('url'))}` |"
    yield "\n## Authentication\n\n| header | what it is |\n| --- | --- |"
    for scheme in map(mapping, mapping(components.get("securitySchemes")).values()):
        yield f"| `{text(scheme.get('name')) or 'Authorization: Bearer'}` | {_cell(scheme.get('description'))} |"
    yield "\n## Rate limits\n\n| bucket | requests at once | a minute |\n| --- | ---: | ---: |"
    for name, bucket in mapping(contract.data.get("x-rate-limits")).items():
        yield f"| `{name}` | {mapping(bucket).get('burst')} | {mapping(bucket).get('per_minute')} |"
    yield "\n## Headers of responses\n\n| header | what it tells |\n| --- | --- |"
    yield from sorted(_response_headers(contract))
    yield "\n## Requests\n\n| request | what it does |\n| --- | --- |"
    for path, _, operation in contract.operations():
        link = f"[`{_method(operation)} {path}`](operations.md#{text(operation.value.get('operationId'))})"
        yield f"| {link} | {text(operation.value.get('summary'))} |"


def _response_headers(contract: Contract) -> set[str]:
    found: set[str] = set()
    for place in contract.of_kind("response"):
        for name, header in mapping(place.value.get("headers")).items():
            found.add(f"| `{name}` | {_cell(contract.follow(header).get('description'))} |")
    return found


# --- Requests ---------------------------------------------------------------------------------------------------------


def _operations(contract: Contract) -> Iterator[str]:
    yield "# Requests\n"
    yield "What goes over the wire. [Operations](../operations.md) has the methods that send it."
    yield "A body is JSON where nothing else is said.\n"
    tag = ""
    tags = {text(mapping(each).get("name")): mapping(each) for each in sequence(contract.data.get("tags"))}
    for path, item, operation in contract.operations():
        (here,) = map(text, sequence(operation.value.get("tags")))
        if here != tag:
            tag = here
            yield f"## {tag}\n\n{text(tags[tag].get('description'))}\n"
        yield from _operation(contract, path, item, operation)


def _operation(contract: Contract, path: str, item: Place, operation: Place) -> Iterator[str]:
    value = operation.value
    yield f"### {_method(operation)} {path} {{ #{text(value.get('operationId'))} }}\n"
    yield f"{text(value.get('summary'))}.\n\n{text(value.get('description'))}"
    yield f"{_conditions(value)}\n"
    if parameters := list(contract.parameters(item, operation)):
        yield "| parameter | what it is |\n| --- | --- |"
        for each in (place.value for place in parameters):
            schema = mapping(each.get("schema"))
            kind = f"{_type(schema)}, in the {text(each.get('in'))}"
            name = _name(text(each.get("name")), kind, required=each.get("required"))
            yield f"| {name} | {_cell(each.get('description'), schema)} |"
        yield ""
    body = contract.follow(value.get("requestBody"))
    for media, content in mapping(body.get("content")).items():
        yield f"**Body**{_media(media)}{'' if body.get('required') else ', may be left out'}: {_content(content)}\n"
        yield from _fields(mapping(mapping(content).get("schema")))
        yield from _examples(contract, "Example of a body", content)
    yield from _responses(contract, value)


def _conditions(value: dict[str, Json]) -> str:
    scope, bucket = text(value.get("x-scope")), text(value.get("x-rate-limit"))
    told = [f"The key needs the scope `{scope}`."] if scope else []
    told += [f"It draws from the bucket [`{bucket}`](index.md#rate-limits)."] if bucket else []
    return " ".join([*told, *(["**Deprecated.**"] if value.get("deprecated") else [])])


def _responses(contract: Contract, value: dict[str, Json]) -> Iterator[str]:
    responses = {status: contract.follow(each) for status, each in mapping(value.get("responses")).items()}
    yield "| status | body | when |\n| --- | --- | --- |"
    for status, response in responses.items():
        bodies = [f"{_content(each)}{_media(media)}" for media, each in mapping(response.get("content")).items()]
        yield f"| {status} | {'<br>'.join(bodies)} | {_cell(response.get('description'))} |"
    yield ""
    for status, response in responses.items():
        if status.startswith(("2", "3")):
            for content in mapping(response.get("content")).values():
                yield from _examples(contract, f"Example of a response, {status}", content)


def _media(media: str) -> str:
    return "" if media == "application/json" else f" (`{media}`)"


def _content(content: Json) -> str:
    schema = mapping(mapping(content).get("schema"))
    return "these fields" if schema.get("properties") else _type(schema)


def _examples(contract: Contract, title: str, content: Json) -> Iterator[str]:
    """The first example of a content, folded."""
    media = mapping(content)
    values = [contract.follow(each).get("value") for each in mapping(media.get("examples")).values()]
    values += [media["example"]] if "example" in media else []
    for value in values[:1]:
        is_text = isinstance(value, str)
        shown = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
        code = "\n".join(f"    {line}" for line in shown.rstrip().splitlines())
        yield f'??? example "{title}"\n\n    ```{"text" if is_text else "json"}\n{code}\n    ```\n'


# --- Schemas ----------------------------------------------------------------------------------------------------------


def _schemas(contract: Contract) -> Iterator[str]:
    yield "# Schemas\n"
    yield "Shapes of requests and responses. Objects are open: a field that is not described may come, and is kept.\n"
    for name, schema in sorted(mapping(mapping(contract.data.get("components")).get("schemas")).items()):
        yield f"## {name} {{ #{name.lower()} }}\n"
        yield from _schema(mapping(schema))


def _schema(schema: dict[str, Json]) -> Iterator[str]:
    yield f"{text(schema.get('description'))}\n"
    if codes := mapping(schema.get("x-codes")):
        yield from _codes(codes)
    elif not schema.get("properties"):
        yield f"{_type(schema)[:1].upper()}{_type(schema)[1:]}. {_limits(schema)}\n"
    yield from _fields(schema)


def _codes(codes: dict[str, Json]) -> Iterator[str]:
    yield "| code | status | when | what to do |\n| --- | --- | --- | --- |"
    for name, entry in ((name, mapping(entry)) for name, entry in codes.items()):
        statuses = ", ".join(map(str, sequence(entry.get("status"))))
        yield f"| `{name}` | {statuses} | {_cell(entry.get('when'))} | {_cell(entry.get('remedy'))} |"
    yield ""


def _fields(schema: dict[str, Json]) -> Iterator[str]:
    if rows := list(_rows(schema, "")):
        yield "| field | what it is |\n| --- | --- |"
        yield from rows
        yield ""


def _rows(schema: dict[str, Json], prefix: str) -> Iterator[str]:
    """A row for each property, with those of an object within it below it."""
    required = sequence(schema.get("required"))
    for name, value in mapping(schema.get("properties")).items():
        inner = mapping(value)
        named = _name(f"{prefix}{name}", _type(inner), required=name in required)
        yield f"| {named} | {_cell(inner.get('description'), inner)} |"
        yield from _rows(inner, f"{prefix}{name}.")
        yield from _rows(mapping(inner.get("items")), f"{prefix}{name}[].")


# --- In words ---------------------------------------------------------------------------------------------------------


def _type(schema: dict[str, Json]) -> str:
    """The type of a schema in words, with links to the schemas that it names."""
    if reference := text(schema.get("$ref")):
        name = reference.rpartition("/")[2]
        return f"[{name}](schemas.md#{name.lower()})"
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if values := sequence(schema.get("enum")):
        return " or ".join(f"`{value if isinstance(value, str) else json.dumps(value)}`" for value in values)
    for keyword in ("anyOf", "oneOf"):
        if alternatives := [_type(mapping(each)) for each in sequence(schema.get(keyword))]:
            return " or ".join(dict.fromkeys(alternatives))
    kinds = sequence(schema.get("type")) or [schema.get("type")]
    return " or ".join(_kind(text(kind), schema) for kind in kinds)


def _kind(kind: str, schema: dict[str, Json]) -> str:
    if kind == "array":
        return f"list of {_type(mapping(schema.get('items')))}"
    if kind == "object" and (values := mapping(schema.get("additionalProperties"))):
        return f"map of {_type(values)}"
    form = text(schema.get("format"))
    return (kind or "anything") + (f" ({form})" if form else "")


def _limits(schema: dict[str, Json]) -> str:
    """What a value is held to, in words; nothing where there is nothing."""
    told: list[str] = []
    for low, high, unit in _LIMITS:
        if low in schema and high in schema:
            told.append(f"{schema[low]} to {schema[high]}{unit}")
        elif low in schema or high in schema:
            told.append(f"at {'least' if low in schema else 'most'} {schema.get(low, schema.get(high))}{unit}")
    told += [f"like `{schema['pattern']}`"] if "pattern" in schema else []
    return f"({', '.join(told)})" if told else ""


def _name(name: str, kind: str, *, required: Json) -> str:
    """A name for a cell of a table, with its type below it: a table of two columns fits a phone."""
    return f"`{name}`{', required' if required else ''}<br>{kind}"


def _method(operation: Place) -> str:
    return operation.pointer.rpartition("/")[2].upper()


def _cell(value: Json, schema: dict[str, Json] | None = None) -> str:
    """A text for a cell of a table, with the limits of what it describes."""
    told = " ".join(text(value).split())
    return f"{told} {_limits(schema or {})}".strip().replace("|", "\\|")
