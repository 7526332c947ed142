"""What a method returns: of one kind, whatever the status of success; and the extensions that say more of a call."""

import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Final

from openapi.contract import Contract, Place, mapping, sequence, text
from openapi.document import Json, Problem, escaped, quoted
from openapi.naming import CURSORS, is_json, success_responses
from openapi.schemas import alternatives, fields_of, types_of

SCOPES: Final = ("read", "write", "full")

LAST_ITEM: Final = ("starting_after", "after")
"""The query parameters that take the id of the last item where the page tells no cursor."""

_STREAM: Final = "text/event-stream"
_MEDIA_TYPE: Final = re.compile(r"(\*/\*|[\w!#$&^.+-]+/(\*|[\w!#$&^.+-]+))(\s*;\s*[^;]+=[^;]+)*", re.ASCII)


def successes(contract: Contract) -> Iterator[Problem]:
    """Every operation says what comes of it: else its method has nothing to return."""
    for _, _, operation in contract.operations():
        if not success_responses(contract, operation):
            message = "no response of success (2xx), so that there is nothing to return. Describe one."
            yield contract.problem(f"{operation.pointer}/responses", message)


def contents(contract: Contract) -> Iterator[Problem]:
    """What comes of a call is JSON of one schema, or bytes, or nothing: a caller has to know beforehand."""
    for place in contract.of_kind("response"):
        content = mapping(place.value.get("content"))
        for media_type in content:
            if _is_stream(media_type) and not is_json(next(iter(content))):
                pointer = f"{place.pointer}/content/{escaped(media_type)}"
                message = "a stream goes with JSON only, which the generated method returns. Describe that before it, "
                message += "or leave the stream out."
                yield contract.problem(pointer, message)
    for _, _, operation in contract.operations():
        found = list(_contents(contract, operation))
        other = next((pointer for pointer, name, _ in found if is_json(name) != is_json(found[0][1])), None)
        if other:
            message = "JSON or bytes: a method returns one of the two. Keep the one that callers are to get."
            yield contract.problem(other, message)
        schemas = [(pointer, contract.follow(schema)) for pointer, media_type, schema in found if is_json(media_type)]
        for pointer, schema in schemas:
            if schema != schemas[0][1]:
                message = "another schema than the first response of success has: a method returns one type. Put both "
                message += "into `anyOf`, and use that for each."
                yield contract.problem(f"{pointer}/schema", message)


def _contents(contract: Contract, operation: Place) -> Iterator[tuple[str, str, Json]]:
    """What the responses of success hold: the place, the media type and the schema of each. Streams are left out."""
    for status, response in success_responses(contract, operation).items():
        pointer = f"{operation.pointer}/responses/{escaped(status)}"
        for media_type, media in mapping(response.get("content")).items():
            if not _is_stream(media_type):
                yield f"{pointer}/content/{escaped(media_type)}", media_type, mapping(media).get("schema", {})


def _is_stream(media_type: str) -> bool:
    return media_type.partition(";")[0].strip().lower() == _STREAM


def media_types(contract: Contract) -> Iterator[Problem]:
    """A media type is one; and what is no JSON comes as bytes, of which a schema has nothing to say."""
    for place in (*contract.of_kind("response"), *contract.of_kind("request body")):
        for media_type in mapping(place.value.get("content")):
            if not _MEDIA_TYPE.fullmatch(media_type):
                pointer = f"{place.pointer}/content/{escaped(media_type)}"
                yield contract.problem(
                    pointer, f"{quoted(media_type)} is no media type (`application/json`). Correct it."
                )
    for _, _, operation in contract.operations():
        for pointer, media_type, schema in _contents(contract, operation):
            if not is_json(media_type) and not all(
                types_of(contract, one) <= {"string"} for one in alternatives(contract, schema)
            ):
                message = f"{quoted(media_type)} is no JSON and comes as bytes, which this schema does not describe. "
                message += "Write `application/json`, or `{type: string, format: binary}`."
                yield contract.problem(f"{pointer}/schema", message)


def results(contract: Contract) -> Iterator[Problem]:
    """JSON that a call comes to is an object, one of several objects, a list, or any value: methods return no other."""
    for _, _, operation in contract.operations():
        for pointer, media_type, schema in _contents(contract, operation):
            if not is_json(media_type):
                continue
            found = [types_of(contract, one) for one in alternatives(contract, schema)]
            if found in ([frozenset()], [frozenset({"array"})]) or all(types == {"object"} for types in found):
                continue
            message = (
                "a call comes to an object, to one of several objects, to a list, or to any value (`{}`), and this "
            )
            message += (
                "is something else. Put it into a field of an object if the API does; else write `{}` and describe "
            )
            yield contract.problem(f"{pointer}/schema", f"{message}it in words.")


def statuses(contract: Contract) -> Iterator[Problem]:
    """A redirect is followed where bytes are asked for; no call asks for what has changed since."""
    for _, _, operation in contract.operations():
        is_binary = any(not is_json(name) for _, name, _ in _contents(contract, operation))
        for status in mapping(operation.value.get("responses")):
            pointer = f"{operation.pointer}/responses/{escaped(status)}"
            if status == "304":
                message = "the SDK sends no conditional requests, so that nothing is answered with 304. Leave it out."
                yield contract.problem(pointer, message)
            elif status.startswith("1"):
                yield contract.problem(pointer, "no call ends with a status of 1xx. Leave it out.")
            elif status.startswith("3") and not is_binary:
                message = (
                    "a redirect is followed only to bytes, and this comes to none: it would be an error. Leave it "
                )
                yield contract.problem(pointer, f"{message}out.")


def empties(contract: Contract) -> Iterator[Problem]:
    """Where one response of success has no content, all have none, or any: a method returns one type."""
    for _, _, operation in contract.operations():
        responses = success_responses(contract, operation)
        if not _has_kind(contract, operation):
            continue
        for status, response in responses.items():
            if not mapping(response.get("content")):
                message = "no content here, and content in another response of success: a method returns one type. "
                message += "Give both the schema `{}`, or leave one of the two out."
                yield contract.problem(f"{operation.pointer}/responses/{escaped(status)}", message)


def _has_kind(contract: Contract, operation: Place) -> bool:
    """Whether a call comes to something that no empty body can be: an object, a list or bytes."""
    return any(
        not is_json(media_type) or not types_of(contract, one).isdisjoint({"object", "array"})
        for _, media_type, schema in _contents(contract, operation)
        for one in alternatives(contract, schema)
    )


# --- Lists ---


def pages(contract: Contract) -> Iterator[Problem]:
    """A list that has more says how to ask for it: else nobody gets beyond its first page."""
    for _, item, operation in contract.operations():
        fields, query = _page(contract, operation), _query(contract, item, operation)
        is_list = types_of(contract, contract.follow(fields.get("data"))) == {"array"}
        tells = not fields.keys().isdisjoint(("has_more", *chain(*CURSORS.values()))) and is_list
        if not tells or "x-pagination" in operation.value:
            continue
        parameter = next((name for name in CURSORS if name in query), "")
        if not parameter:
            known = ", ".join(map(quoted, CURSORS))
            has = next(name for name in ("has_more", *chain(*CURSORS.values())) if name in fields)
            message = (
                f"a list with `{has}` and no query parameter for the next page ({known}). Describe it; or say with "
            )
            message += "`x-pagination` which one it is, or that there is none (`false`)."
            yield contract.problem(operation.pointer, message)
        elif parameter not in LAST_ITEM and fields.keys().isdisjoint(CURSORS[parameter]):
            known = ", ".join(map(quoted, CURSORS[parameter]))
            message = f"no field of the page tells what to give as `{parameter}` ({known}). Describe it, or say with "
            yield contract.problem(operation.pointer, f"{message}`x-pagination` which one it is.")
        else:
            field = next((name for name in CURSORS[parameter] if name in fields), "")
            yield from _unlike(contract, operation.pointer, item, operation, field, parameter)


def pagination(contract: Contract) -> Iterator[Problem]:
    """`x-pagination` leads from fields of the page to query parameters; where items differ, by their schemas.

    `false` says that there is one page: what comes is an object as any other.
    """
    for _, item, operation in contract.operations():
        if operation.value.get("x-pagination", False) is False:
            continue
        pointer, fields = f"{operation.pointer}/x-pagination", _page(contract, operation)
        told = operation.value["x-pagination"]
        if types_of(contract, contract.follow(fields.get("data"))) != {"array"}:
            message = "only a list has pages: an object with a list `data`, reached by GET. Remove it."
            yield contract.problem(pointer, message)
        elif not isinstance(told, dict) or not told:
            message = "must be a mapping of fields of the page to query parameters (`next_cursor: cursor`), or `false` "
            yield contract.problem(pointer, f"{message}where there is one page. Correct it.")
        else:
            items = _components(contract, mapping(contract.follow(fields["data"]).get("items")))
            known = (set(fields), _query(contract, item, operation), items)
            for name, target in told.items():
                place = f"{pointer}/{escaped(name)}"
                found = list(_cursor(contract, place, name, target, known))
                yield from found
                for parameter in () if found else target.values() if isinstance(target, dict) else (target,):
                    yield from _unlike(contract, place, item, operation, name, text(parameter))


def _unlike(
    contract: Contract, pointer: str, item: Place, operation: Place, field: str, parameter: str
) -> Iterator[Problem]:
    """A cursor that cannot be sent as it came: it is a string or an integer, and the parameter takes the same."""
    fields = _page(contract, operation)
    described = (one for one in contract.parameters(item, operation) if one.value.get("in") == "query")
    schema = next((one.value.get("schema") for one in described if one.value.get("name") == parameter), None)
    takes = _types(contract, schema)
    if not takes <= {"string", "integer"}:
        message = f"a cursor is a string or an integer, and `{parameter}` takes something else. Correct its schema."
        yield contract.problem(pointer, message)
    if field:
        gives, what = _types(contract, fields[field]), f"`{field}` of the page"
        if not gives <= takes:
            yield contract.problem(pointer, _UNLIKE.format(what=what, parameter=parameter))
    if parameter in LAST_ITEM:
        items = mapping(contract.follow(fields["data"]).get("items"))
        ids = [fields_of(contract, one).get("id") for one in alternatives(contract, items)]
        if not field and None in ids:
            message = f"nothing tells what to give as `{parameter}`: the page has no cursor, and its items no `id`. "
            yield contract.problem(pointer, f"{message}Describe one of the two, or say `x-pagination: false`.")
        elif not all(_types(contract, one) <= takes for one in ids if one is not None):
            yield contract.problem(pointer, _UNLIKE.format(what="`id` of the items", parameter=parameter))


_UNLIKE: Final = (
    "{what} is not of the type that `{parameter}` takes, so that it cannot be given there. Correct one of the two."
)


def _types(contract: Contract, schema: Json) -> frozenset[str]:
    """All types of a value but null; `any` where a schema does not say."""
    found = [types_of(contract, one) or frozenset({"any"}) for one in alternatives(contract, schema)]
    return frozenset(chain(*found)) - {"null"}


def _cursor(
    contract: Contract, pointer: str, name: str, target: Json, known: tuple[set[str], set[str], set[str]]
) -> Iterator[Problem]:
    """One entry of `x-pagination`; `known` are the fields of the page, the query parameters, the items' schemas."""
    fields, query, items = known
    if name not in fields:
        yield contract.problem(pointer, f"the page has no field {quoted(name)}. Name one of {_listed(fields)}.")
    ways = target if isinstance(target, dict) else {"": target}
    for schema, parameter in ways.items():
        place = f"{pointer}/{escaped(schema)}" if schema else pointer
        if schema and schema not in items:
            yield contract.problem(place, f"no item is a {quoted(schema)}. Name one of {_listed(items)}.")
        if text(parameter) not in query:
            message = f"there is no query parameter {quoted(parameter)}. Name one of {_listed(query)}."
            yield contract.problem(place, message)


def _page(contract: Contract, operation: Place) -> dict[str, Json]:
    """The fields of the page that a call comes to; none where it comes to something else."""
    found = [schema for _, media_type, schema in _contents(contract, operation) if is_json(media_type)]
    return fields_of(contract, found[0]) if found and operation.pointer.endswith("/get") else {}


def _query(contract: Contract, item: Place, operation: Place) -> set[str]:
    parameters = contract.parameters(item, operation)
    return {text(one.value.get("name")) for one in parameters if one.value.get("in") == "query"}


def _components(contract: Contract, schema: dict[str, Json]) -> set[str]:
    """The components that a value may be."""
    found: set[str] = set()
    queue: list[Json] = [schema]
    while queue:
        one = mapping(queue.pop())
        name = text(one.get("$ref")).rpartition("/")[2]
        if name and name not in found:
            found.add(name)
            queue.append(contract.follow(one))
        queue += chain(sequence(one.get("anyOf")), sequence(one.get("oneOf")))
    return found


# --- What else the contract says of a call ---


def identities(contract: Contract) -> Iterator[Problem]:
    """`x-identity` names fields of the response, which are held against the last parameter of the path.

    `false` says that none is that parameter.
    """
    for path, item, operation in contract.operations():
        if operation.value.get("x-identity", False) is False:
            continue
        pointer = f"{operation.pointer}/x-identity"
        if "{" not in path:
            yield contract.problem(pointer, "the path has no parameter that a field could equal. Remove it.")
        found = [schema for _, media_type, schema in _contents(contract, operation) if is_json(media_type)]
        fields = {
            name for schema in found for one in alternatives(contract, schema) for name in fields_of(contract, one)
        }
        named = operation.value["x-identity"]
        if not isinstance(named, list) or not named:
            message = "must be a list of fields of the response (`[id]`), or `false` where none is. Correct it."
            yield contract.problem(pointer, message)
        for index, name in enumerate(sequence(named)):
            if text(name) not in fields:
                message = f"the response has no field {quoted(name)}. Name one of {_listed(fields)}."
                yield contract.problem(f"{pointer}/{index}", message)
            elif "{" in path and not _can_be_equal(contract, path, item, operation, text(name), found):
                message = f"{quoted(name)} is of another type than the last parameter of the path, and never equal. "
                yield contract.problem(f"{pointer}/{index}", f"{message}Remove it, or write `false`.")


def _can_be_equal(contract: Contract, path: str, item: Place, operation: Place, name: str, found: list[Json]) -> bool:
    wire = path.rpartition("{")[2].partition("}")[0]
    parameters = (one.value for one in contract.parameters(item, operation) if one.value.get("in") == "path")
    asked = _types(contract, next((one.get("schema") for one in parameters if one.get("name") == wire), None))
    given = [fields_of(contract, one).get(name) for schema in found for one in alternatives(contract, schema)]
    return any(not asked.isdisjoint({*_types(contract, one)}) for one in given if one is not None)


def creations(contract: Contract) -> Iterator[Problem]:
    """`x-creates` names the field that says when the result was created, of an operation that makes a new one."""
    for _, _, operation in contract.operations():
        if operation.value.get("x-creates", False) is False:
            continue
        pointer, named = f"{operation.pointer}/x-creates", operation.value["x-creates"]
        found = [schema for _, media_type, schema in _contents(contract, operation) if is_json(media_type)]
        fields = {
            name: field
            for schema in found
            for one in alternatives(contract, schema)
            for name, field in fields_of(contract, one).items()
        }
        if text(named) not in fields:
            message = (
                f"the response has no field {quoted(named)}. Name the one that says when it was created, or write "
            )
            yield contract.problem(pointer, f"{message}`false`: one of {_listed(set(fields))}.")
        elif not _types(contract, fields[text(named)]) <= {"string", "integer", "number"}:
            message = f"{quoted(named)} is no time: neither seconds since 1970 nor a string. Name another field."
            yield contract.problem(pointer, message)


def redirects(contract: Contract) -> Iterator[Problem]:
    """`x-cross-origin` stands on a redirect, and says that the key stays behind: elsewhere it would do nothing."""
    marked = {id(place.value): place for place in contract.of_kind("response") if "x-cross-origin" in place.value}
    for place in marked.values():
        if place.value["x-cross-origin"] is not True:
            message = "must be `true`: a redirect without it is followed within the origin only. Set it, or remove it."
            yield contract.problem(f"{place.pointer}/x-cross-origin", message)
    for _, _, operation in contract.operations():
        for status, response in mapping(operation.value.get("responses")).items():
            found = marked.get(id(contract.follow(response)))
            if found is not None and not status.startswith("3"):
                message = f"{quoted(status)} is no redirect, and only one leads to another host. Remove it."
                yield contract.problem(f"{found.pointer}/x-cross-origin", message)


def limits(contract: Contract) -> Iterator[Problem]:
    """`x-rate-limit` names a bucket of `x-rate-limits`, and `x-scope` a scope that a key can have."""
    buckets = mapping(contract.data.get("x-rate-limits"))
    for name, bucket in buckets.items():
        yield from _bucket(contract, f"#/x-rate-limits/{escaped(name)}", mapping(bucket))
    for _, _, operation in contract.operations():
        for key, known in (("x-rate-limit", list(buckets)), ("x-scope", list(SCOPES))):
            said = operation.value.get(key)
            if key in operation.value and said not in known:
                message = f"{quoted(said)} is not known. Name one of {_listed(known)}, or remove it."
                yield contract.problem(f"{operation.pointer}/{key}", message)


def _bucket(contract: Contract, pointer: str, bucket: dict[str, Json]) -> Iterator[Problem]:
    burst, rate = bucket.get("burst"), bucket.get("per_minute")
    fits = type(burst) is int and burst > 0 and type(rate) in (int, float) and rate > 0  # type: ignore[operator]
    if not fits or bucket.keys() != {"burst", "per_minute"}:
        message = "a bucket is `burst`, an integer, and `per_minute`, a number, both above 0. Correct it."
        yield contract.problem(pointer, message)


def servers(contract: Contract) -> Iterator[Problem]:
    """The server is the client's own: one that a single path or operation names would be ignored."""
    for place in (*contract.of_kind("path item"), *contract.of_kind("operation")):
        if "servers" in place.value:
            message = "it would be ignored: all calls go to the `base_url` of the client. Remove it."
            yield contract.problem(f"{place.pointer}/servers", message)


RULES: Final[tuple[Callable[[Contract], Iterator[Problem]], ...]] = (
    successes,
    contents,
    media_types,
    results,
    statuses,
    empties,
    pages,
    pagination,
    identities,
    creations,
    redirects,
    limits,
    servers,
)


def _listed(names: object) -> str:
    found = sorted(map(str, names)) if isinstance(names, (set, frozenset, list)) else []
    return ", ".join(map(quoted, found)) or "none"
