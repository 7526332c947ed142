"""The facts on a contract as a whole: its methods with their parameters and results, its errors, its keys."""

import re
from typing import Final

from openapi_python_client.strings import PythonIdentifier

from openapi.contract import Contract, Place, mapping, text
from openapi.document import Json, escaped, quoted
from openapi.facts import NOTHING, OWNER, Direction, Fact, Key, Spot, canonical, entries_of, items_of, part_of
from openapi.naming import API_VERSION_HEADER, IDEMPOTENCY_HEADER
from openapi.public_names import Method, PublicNames
from openapi.schema_facts import SchemaReader, View

_ESSENTIAL: Final = ("type", "in", "name", "scheme", "openIdConnectUrl", "flows")
_HONOURED: Final = ("x-creates", "x-identity", "x-pagination")
_AROUND: Final = ("summary", "description", "servers")


class ContractReader(SchemaReader):
    """Reads a contract into facts."""

    def __init__(
        self, contract: Contract, known: PublicNames, prefix: str, moves: dict[str, str], renamings: dict[str, str]
    ) -> None:
        """Begin with no facts.

        Args:
            contract: The contract.
            known: What callers know it by.
            prefix: What the generator puts before names that are none in Python.
            moves: For operations that moved, the old route by the new one.
            renamings: For security schemes of another name, the old one by the new one.
        """
        super().__init__(contract, known, prefix)
        self._moves = moves
        self._renamings = renamings
        self.bodies: set[str] = set()

    def read(self) -> None:
        """Read the document and its operations; what stands around other facts comes before them."""
        self._document()
        for path, item, place in self._contract.operations():
            self._operation(path, item, place)

    def facts(self, bodies: set[str]) -> dict[Key, Fact]:
        """All facts. The classes that are bodies, in this contract or the other, are told of as parameters only."""
        self._used = frozenset(name for name, _ in self._read)
        for pointer, name in self._names.classes.items():
            if name in bodies:
                self._name_of(name, self._view((pointer, self._contract.resolve(pointer))), pointer, Direction.BOTH)
            else:  # what no operation uses may be used in any way
                self._class(name, (pointer, self._contract.resolve(pointer)), Direction.BOTH)
        return self._facts

    # --- The document ---

    def _document(self) -> None:
        top = entries_of("#", self._contract.data)
        parts = ("components", "info", "paths", "security", "servers", "tags")
        self._words(("contract",), top, "the contract", parts)
        self._words(("info",), entries_of(*top.get("info", NOTHING)), "the contract", ("version",))
        for tag in items_of(*top.get("tags", NOTHING)):
            name = text(mapping(tag[1]).get("name"))
            key = self._add(("tag", name), Fact("words", f"the tag {quoted(name)}", tag[0]))
            self._words(key, entries_of(*tag), f"the tag {quoted(name)}")
        for server in items_of(*top.get("servers", NOTHING)):
            url = text(mapping(server[1]).get("url"))
            key = self._add(("server", url), Fact("server", f"the server {quoted(url)}", server[0]))
            self._words(key, entries_of(*server), f"the server {quoted(url)}", ("url",))

    # --- Operations ---

    def _operation(self, path: str, item: Place, place: Place) -> None:
        route = route_of(path, place)
        method = self._names.methods[place.pointer]
        label = self._owner = f"`{method.call}`"
        wire = quoted(f"{route.partition(' ')[0]} {path}")
        key = ("operation", self._moves.get(route, route))
        self._add(key, Fact("operation", label, place.pointer, route, wire))
        own = entries_of(place.pointer, place.value)
        named = own.get("operationId", (place.pointer, None))[0]
        self._add((*key, "method"), Fact("method", label, named, method.call, label))
        handled = ("operationId", "parameters", "requestBody", "responses", "security", "tags", *_HONOURED)
        self._words(key, own, label, handled)
        around = {name: one for name, one in entries_of(item.pointer, item.value).items() if name in _AROUND}
        self._words((*key, "path"), around, f"the path {quoted(path)}")
        self._parameters(key, path, item, place, method)
        if "requestBody" in own:
            self._body(key, self._followed(own["requestBody"]), method)
        self._result(key, place, method)
        for status, response in entries_of(*own.get("responses", NOTHING)).items():
            self._response((*key, "response", status), status, response)
        self._security(key, place)

    def _parameters(self, key: Key, path: str, item: Place, place: Place, method: Method) -> None:
        blanks = re.findall(r"{([^{}]*)}", path)
        for parameter in self._contract.parameters(item, place):
            where, wire = text(parameter.value.get("in")), text(parameter.value.get("name"))
            spot = self._followed((parameter.pointer, self._contract.resolve(parameter.pointer)))
            spot = (spot[0], parameter.value)
            if where == "header" and wire.lower() in (API_VERSION_HEADER, IDEMPOTENCY_HEADER):
                self._option((*key, "option", wire.lower()), wire, parameter.pointer, spot)
                continue
            name = method.parameters.get((where, wire)) or PythonIdentifier(wire, self._prefix)
            # A parameter of the path is known by its place in it, the others by name.
            mark = str(blanks.index(wire)) if where == "path" and wire in blanks else f"{name}="
            below, label = (*key, "parameter", mark), f"the parameter `{name}` of {OWNER}"
            needed = parameter.value.get("required") is True
            self._add(below, Fact("parameter", label, parameter.pointer, needed=needed))
            self._add((*below, "name"), Fact("parameter name", label, f"{spot[0]}/name", name, f"`{name}`"))
            sent = wire.lower() if where == "header" else wire if where == "query" else ""
            self._sent(below, label, parameter.pointer, where, sent)
            handled = ("name", "in", "required", "style", "explode", "allowReserved")
            self._carrier(below, spot, label, Direction.REQUEST, handled)

    def _sent(self, key: Key, label: str, pointer: str, where: str, wire: str) -> None:
        said = f"in the {where}{f' as {quoted(wire)}' if wire else ''}"
        self._add((*key, "sent"), Fact("sent", label, pointer, (where, wire), said))

    def _option(self, key: Key, wire: str, site: str, spot: Spot) -> None:
        """Read a header that is an option of every call, where the operation documents it."""
        label = f"the header {quoted(wire)} of {OWNER}"
        kind = "idempotency" if wire.lower() == IDEMPOTENCY_HEADER else "words"
        self._add(key, Fact(kind, label, site))
        entries = entries_of(*spot)
        self._words(key, entries, label, ("name", "in", "schema"))
        self._words((*key, "schema"), entries_of(*entries.get("schema", NOTHING)), label)

    def _body(self, key: Key, spot: Spot, method: Method) -> None:
        """Read the body of a request: its fields are parameters, or the whole is one."""
        content, needed = entries_of(*part_of(spot, "content")), mapping(spot[1]).get("required") is True
        label = f"the body of {OWNER}"
        self._add((*key, "body"), Fact("body", label, spot[0], needed=needed))
        self._words((*key, "body"), entries_of(*spot), label, ("content", "required"))
        for media_type, media in list(content.items())[:1]:
            form = (*key, "body", "form")
            self._add(form, Fact("form", label, media[0], media_type, quoted(media_type)))
            self._words(form, entries_of(*media), label, ("schema", "encoding"))
            schema = part_of(media, "schema")
            view = self._view(schema)
            if view.properties and not view.branches:
                self._fields(key, view, method, needed=needed)
                continue
            below, words = (*key, "parameter", "body="), f"the parameter `body` of {OWNER}"
            self._add(below, Fact("parameter", words, spot[0], needed=needed))
            self._sent(below, words, media[0], "body", "")
            self._value(below, schema, words, Direction.REQUEST)

    def _fields(self, key: Key, view: View, method: Method, *, needed: bool) -> None:
        """Read the fields of a body, which are parameters of the method."""
        if name := self._names.classes.get(view.home[0]):
            self.bodies.add(name)
        for wire, spot in view.properties.items():
            name = method.parameters.get(("body", wire)) or PythonIdentifier(wire, self._prefix)
            below, label = (*key, "parameter", f"{name}="), f"the parameter `{name}` of {OWNER}"
            self._add(below, Fact("parameter", label, spot[0], needed=needed and wire in view.required))
            self._sent(below, label, spot[0], "body", wire)
            self._value(below, spot, label, Direction.REQUEST)

    def _result(self, key: Key, place: Place, method: Method) -> None:
        """Read what a method returns."""
        below, label = (*key, "result"), f"`{method.call}`"
        responses = entries_of(f"{place.pointer}/responses", place.value.get("responses"))
        found = [self._followed(one) for status, one in responses.items() if status.startswith("2")]
        media = {name: one for spot in found for name, one in entries_of(*part_of(spot, "content")).items()}
        pointer = next(iter(media.values()))[0] if media else f"{place.pointer}/responses"
        binary = tuple(sorted(media)) if method.result == "BinaryContent" else ()
        self._add(below, Fact("result", label, pointer, method.result, f"`{method.result}`"))
        for kind, value, said in (
            ("pages", method.pages, ""),
            ("identity", method.identity, " or ".join(map(quoted, method.identity))),
            ("creates", method.creates, quoted(method.creates)),
            ("media types", binary, ", ".join(map(quoted, binary))),
        ):
            if value:
                self._add((*below, kind), Fact(kind, label, pointer, value, said))

    def _response(self, key: Key, status: str, response: Spot) -> None:
        label, spot = f"the response {status}", self._followed(response)
        self._add(key, Fact("success" if status.startswith("2") else "response", f"{label} of {OWNER}", response[0]))
        if status.startswith("2"):
            self._success(key, spot, label)
        else:
            self._carrier(key, spot, label, Direction.RESPONSE, ("headers",))
        for name, header in entries_of(*part_of(spot, "headers")).items():
            below, words, carrier = (*key, "header", name.lower()), f"the header {quoted(name)}", self._followed(header)
            needed = mapping(carrier[1]).get("required") is True
            self._add(below, Fact("header", words, header[0], needed=needed))
            self._carrier(below, carrier, words, Direction.RESPONSE, ("required",))

    def _success(self, key: Key, spot: Spot, label: str) -> None:
        """Read a response of success. Of which type it is, is said by what the method returns."""
        self._words(key, entries_of(*spot), label, ("headers", "content"))
        for name, media in entries_of(*part_of(spot, "content")).items():
            below = (*key, "media", name)
            self._words(below, entries_of(*media), label, ("schema",))
            schema = part_of(media, "schema")
            seen: set[str] = set()
            while "array" in (view := self._view(schema)).types and view.home[0] not in seen:
                seen.add(view.home[0])
                schema = view.keywords.get("items", (f"{schema[0]}/items", {}))
            self._value(below, schema, label, Direction.RESPONSE, typed=False)

    def _carrier(self, key: Key, spot: Spot, label: str, direction: Direction, handled: tuple[str, ...] = ()) -> None:
        """Read what carries a value: a parameter, a response, a header, a media type."""
        value = mapping(spot[1])
        self._words(key, entries_of(*spot), label, ("schema", "content", *handled))
        if "schema" in value:
            self._value(key, part_of(spot, "schema"), label, direction)
        for name, media in entries_of(*part_of(spot, "content")).items():
            below = self._add((*key, "media", name), Fact("media type", label, media[0], text=quoted(name)))
            self._carrier(below, (media[0], {"schema": {}, **mapping(media[1])}), label, direction)

    def _security(self, key: Key, place: Place) -> None:
        stated, pointer = place.value.get("security"), f"{place.pointer}/security"
        if stated is None and "security" in self._contract.data:
            stated, pointer = self._contract.data["security"], "#/security"
        schemes = _schemes(self._contract)
        for way in items_of(pointer, stated) or [(place.pointer if stated is None else pointer, {})]:
            wanted = {self._renamings.get(name, name): scopes for name, scopes in mapping(way[1]).items()}
            words = " and ".join(_credential(schemes.get(name, {})) for name in mapping(way[1])) or "no key"
            self._add((*key, "security", canonical(wanted)), Fact("security", OWNER, way[0], text=words))
            for name in mapping(way[1]):
                scheme, spot = schemes.get(name, {}), f"#/components/securitySchemes/{escaped(name)}"
                below = ("scheme", self._renamings.get(name, name))
                self._add(below, Fact("scheme", "the key", spot, canonical(_essence(scheme)), _credential(scheme)))
                self._words(below, entries_of(spot, scheme), f"the security scheme {quoted(name)}", _ESSENTIAL)


def route_of(path: str, operation: Place) -> str:
    """What the wire sees of an operation: the method, and the path with its parameters left blank."""
    return f"{operation.pointer.rpartition('/')[2].upper()} {re.sub('{[^{}]*}', '{}', path)}"


def moves(old: Contract, new: Contract) -> dict[str, str]:
    """The operations that kept their id and got another method or path: the old route by the new one."""
    was, now = [
        {route_of(path, place): text(place.value.get("operationId")) for path, _, place in contract.operations()}
        for contract in (old, new)
    ]
    left = {name: route for route, name in was.items() if name and route not in now}
    return {route: left[name] for route, name in now.items() if route not in was and name in left}


def _schemes(contract: Contract) -> dict[str, dict[str, Json]]:
    found = mapping(mapping(contract.data.get("components")).get("securitySchemes"))
    return {name: contract.follow(one) for name, one in found.items()}


def renamings(old: Contract, new: Contract) -> dict[str, str]:
    """The security schemes that got another name, which shows in the contract only: the old one by the new one."""
    was, now = _schemes(old), _schemes(new)
    left = {canonical(_essence(scheme)): name for name, scheme in was.items() if name not in now}
    essences = {name: canonical(_essence(scheme)) for name, scheme in now.items() if name not in was}
    return {name: left[essence] for name, essence in essences.items() if essence in left}


def _essence(scheme: dict[str, Json]) -> dict[str, Json]:
    """What of a security scheme is more than words."""
    return {name: scheme[name] for name in _ESSENTIAL if name in scheme}


def _credential(scheme: dict[str, Json]) -> str:
    match scheme.get("type"):
        case "apiKey":
            return f"the {text(scheme.get('in'))} {quoted(scheme.get('name'))}"
        case "http":
            return quoted(f"Authorization: {text(scheme.get('scheme')).capitalize()}")
        case kind:
            return quoted(kind)
