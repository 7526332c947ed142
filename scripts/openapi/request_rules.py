"""What a method can send: where its parameters go, of which types they are, and in which form the body goes."""

from collections.abc import Callable, Iterator
from typing import Final

from openapi_python_client.config import Config
from openapi_python_client.strings import PythonIdentifier

from openapi.contract import Contract, Place, mapping, text
from openapi.document import Json, Problem, escaped, quoted
from openapi.naming import API_VERSION_HEADER, IDEMPOTENCY_HEADER, essence, is_json
from openapi.schemas import SCALARS, alternatives, fields_of, types_named, types_of

MULTIPART: Final = "multipart/form-data"

_OWN_HEADERS: Final = frozenset(
    {
        *("accept", "accept-encoding", "authorization", "connection", "content-encoding", "content-length"),
        *("content-type", "cookie", "expect", "host", "te", "trailer", "transfer-encoding", "upgrade", "user-agent"),
    }
)
_STYLES: Final = {"path": "simple", "query": "form", "header": "simple"}
_NOT_HONOURED: Final = {
    "allowEmptyValue": "a parameter without a value is not sent. Remove it.",
    "allowReserved": "the SDK percent-encodes whatever is reserved. Remove it.",
    "content": "the SDK writes a parameter as text, and as no media type. Describe it with `schema`, or leave it out.",
}
_EXTRA: Final = {"query": "extra_query", "header": "extra_headers"}


def locations(contract: Contract, _: Config) -> Iterator[Problem]:
    """A parameter goes into the path, the query or a header, and into no header that the SDK sets itself."""
    own = _OWN_HEADERS | set(_credentials(contract))
    for place in _parameters(contract):
        where, name = place.value.get("in"), text(place.value.get("name"))
        if where == "cookie":
            yield contract.problem(f"{place.pointer}/in", "the SDK sends no cookies. Leave the parameter out.")
        if where == "header" and name.lower() in own:
            message = f"the SDK sets the header {quoted(name)} itself. Leave the parameter out."
            yield contract.problem(f"{place.pointer}/name", message)


def _credentials(contract: Contract) -> Iterator[str]:
    """The headers that carry the key."""
    for place in contract.of_kind("security scheme"):
        if place.value.get("type") == "apiKey" and place.value.get("in") == "header":
            yield text(place.value.get("name")).lower()


def forms(contract: Contract, _: Config) -> Iterator[Problem]:
    """A parameter is written into the request in the one way that the SDK has for its place."""
    for place in _parameters(contract):
        parameter = place.value
        where = text(parameter.get("in"))
        for keyword, message in _NOT_HONOURED.items():
            if parameter.get(keyword):
                yield contract.problem(f"{place.pointer}/{keyword}", message)
        if "schema" not in parameter and "content" not in parameter:
            yield contract.problem(place.pointer, "no `schema`: the parameter would be left out. Add one.")
        style = parameter.get("style", _STYLES.get(where))
        if where in _STYLES and style != _STYLES[where]:
            message = f"the style {quoted(style)} would be ignored: a {where} parameter is sent as `{_STYLES[where]}`. "
            yield contract.problem(f"{place.pointer}/style", f"{message}Remove it.")
        if parameter.get("explode", where == "query") is not (where == "query"):
            message = "it would be ignored: a list is sent in the query only, and there as `name=a&name=b`. "
            yield contract.problem(f"{place.pointer}/explode", f"{message}Remove it.")


def types(contract: Contract, _: Config) -> Iterator[Problem]:
    """A parameter is a string, a number or a boolean, in the query also a list of these: others have no text."""
    for place in _parameters(contract):
        where = text(place.value.get("in"))
        if "schema" not in place.value or where not in _STYLES:
            continue
        lists = where == "query"
        if not all(_is_scalar(contract, one, lists=lists) for one in alternatives(contract, place.value["schema"])):
            wanted = "a string, a number or a boolean" + (", or a list of these" if lists else "")
            message = (
                f"a {where} parameter has to be {wanted}, and its schema allows something else. Say which of these."
            )
            yield contract.problem(f"{place.pointer}/schema", message)


def _is_scalar(contract: Contract, schema: dict[str, Json], *, lists: bool) -> bool:
    found = types_of(contract, schema)
    if lists and found == {"array"}:
        return all(_is_scalar(contract, one, lists=False) for one in alternatives(contract, schema.get("items")))
    return bool(found) and found <= SCALARS


def names(contract: Contract, config: Config) -> Iterator[Problem]:
    """No two parameters of a method have the same name, wherever they go."""
    for _, item, operation in contract.operations():
        taken: dict[str, tuple[str, str]] = {}
        for pointer, where, wire in _sent(contract, item, operation):
            name = PythonIdentifier(wire, config.field_prefix)
            other, theirs = taken.setdefault(name, (where, wire))
            if (other, theirs) != (where, wire):
                message = f"two parameters are `{name}` in Python: the {other} {quoted(theirs)} and the {where} "
                message += f"{quoted(wire)}. "
                how = f"Leave the optional one out: callers can send it with `{_EXTRA.get(where, 'extra_body')}`."
                how = "Rename the one in the path: its name is not sent." if "path" in (other, where) else how
                yield contract.problem(pointer, message + how)


def _sent(contract: Contract, item: Place, operation: Place) -> Iterator[tuple[str, str, str]]:
    """All that a method takes for its request: where it is described, where it goes, and its name there."""
    for parameter in contract.parameters(item, operation):
        name = text(parameter.value.get("name"))
        if name.lower() not in (API_VERSION_HEADER, IDEMPOTENCY_HEADER):
            yield parameter.pointer, text(parameter.value.get("in")), name
    pointer = f"{operation.pointer}/requestBody"
    content = mapping(contract.follow(operation.value.get("requestBody")).get("content"))
    for media_type, media in list(content.items())[:1]:
        schema = mapping(media).get("schema", {})
        own, below = mapping(mapping(schema).get("properties")), f"content/{escaped(media_type)}/schema/properties"
        for name in fields_of(contract, schema):
            yield f"{pointer}/{below}/{escaped(name)}" if name in own else pointer, "body property", name
        if not fields_of(contract, schema):
            yield pointer, "body as a whole", "body"


def bodies(contract: Contract, _: Config) -> Iterator[Problem]:
    """A request body has one form, and it is JSON or multipart: the SDK writes no other."""
    for place in contract.of_kind("request body"):
        content = mapping(place.value.get("content"))
        if len(content) > 1:
            message = f"{len(content)} media types, and the SDK sends one. Keep the one to send."
            yield contract.problem(f"{place.pointer}/content", message)
        for media_type, media in content.items():
            pointer = f"{place.pointer}/content/{escaped(media_type)}"
            if not is_json(media_type) and essence(media_type) != MULTIPART:
                message = f"the SDK does not send {quoted(media_type)}, only `application/json` and `{MULTIPART}`. "
                message += "Describe the body as one of these, or leave the operation out: `client.request()` calls it."
                yield contract.problem(pointer, message)
            if "encoding" in mapping(media):
                yield contract.problem(f"{pointer}/encoding", "it would be ignored. Remove it.")
            if essence(media_type) == MULTIPART and not fields_of(contract, mapping(media).get("schema")):
                message = "a multipart body has parts, which are the properties of an object. Describe them."
                yield contract.problem(f"{pointer}/schema" if "schema" in mapping(media) else pointer, message)


def files(contract: Contract, _: Config) -> Iterator[Problem]:
    """A file is a part of a multipart body, or the whole of a response: JSON has no bytes."""
    right = list(_files(contract))
    for place in contract.of_kind("schema"):
        if place.value.get("format") == "binary" and not any(place.value is one for one in right):
            message = f"files can be sent only as a property of a `{MULTIPART}` body, one or an array of them. Say how "
            yield contract.problem(f"{place.pointer}/format", f"{message}else the bytes are written, or leave it out.")
    for place in contract.of_kind("schema"):
        types = types_named(place.value) | types_named(mapping(place.value.get("items")))
        is_file = "binary" in (place.value.get("format"), contract.follow(place.value.get("items")).get("format"))
        if is_file and "null" in types:
            message = "a file that may be null: a part of a body is there or not. Leave null out; what is not required "
            yield contract.problem(f"{place.pointer}/type", f"{message}can be left out.")


def _files(contract: Contract) -> Iterator[Json]:
    """The schemas that may stand for a file."""
    for place in contract.of_kind("media type"):
        media_type, schema = place.pointer.rpartition("/")[2].replace("~1", "/"), place.value.get("schema")
        if essence(media_type) == MULTIPART:
            for part in map(contract.follow, fields_of(contract, schema).values()):
                yield contract.follow(part["items"]) if "items" in part else part
        elif not is_json(media_type):
            yield contract.follow(schema)


RULES: Final[tuple[Callable[[Contract, Config], Iterator[Problem]], ...]] = (
    locations,
    forms,
    types,
    names,
    bodies,
    files,
)


def _parameters(contract: Contract) -> Iterator[Place]:
    """Every parameter of the contract, where it is described."""
    return (place for place in contract.of_kind("parameter") if "$ref" not in place.value)
