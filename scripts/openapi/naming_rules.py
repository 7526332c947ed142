"""How operations become methods: each has one place in the client, and there a name that is free.

A tag is the place as a dotted path, an `operationId` the tag and the method (naming.py). Nothing else says where an
operation is found, so that a contract that breaks these rules would lose methods, or give two the same name.
"""

from collections.abc import Callable, Iterator
from typing import Final

from openapi import handwritten
from openapi.contract import Contract, Place, mapping, sequence, text
from openapi.document import Problem, quoted
from openapi.naming import CURSORS, class_name, is_name, method_of, resource_paths, tag_of

ANNOTATIONS: Final = frozenset({"bool", "bytes", "datetime", "float", "int", "object", "property", "str"})
"""Names that the generated classes use themselves: a member by such a name would hide it from those that follow."""

CONSTANTS: Final = frozenset({"type_checking", "unset", "uuid"})
"""Methods whose description, a constant in capitals, would replace what the generated module imports by that name."""

_MODULES: Final = frozenset({"resource_class"})
"""Modules that would hide a function of the package `resources`."""


def tags(contract: Contract) -> Iterator[Problem]:
    """An operation has exactly one tag, which is its place in the client. Of several, the generator takes the first."""
    declared = {text(mapping(tag).get("name")) for tag in sequence(contract.data.get("tags"))}
    for _, _, operation in contract.operations():
        if not isinstance(operation.value.get("tags", []), list):
            continue  # told by the form of the document
        named = sequence(operation.value.get("tags"))
        if len(named) != 1:
            message = f"{len(named) or 'no'} tags: the tag is the place of the operation in the client. Give it one."
            yield contract.problem(_of(operation, "tags"), message)
            continue
        tag, pointer = text(named[0]), f"{operation.pointer}/tags/0"
        if not tag_of(operation):
            message = f"{quoted(tag)} is no place in the client: a tag is words in lower case with underscores, none a "
            message += "keyword of Python, joined by dots (`chat.completions`). Rename it."
            yield contract.problem(pointer, message)
        elif tag not in declared:
            message = f"{quoted(tag)} is not among the `tags` of the contract, which say what it is. Declare it there."
            yield contract.problem(pointer, message)


def places(contract: Contract) -> Iterator[Problem]:
    """Every tag is a module and a class of its own, under a name that its neighbours leave free."""
    modules: dict[str, str] = {}
    classes: dict[str, str] = {}
    for path, operation in resource_paths(contract).items():
        module, pointer = path.replace(".", "_"), f"{operation.pointer}/tags/0"
        made = {class_name(path), f"Async{class_name(path)}"}
        other = modules.get(module) or next((classes[name] for name in sorted(made & classes.keys())), None)
        if other:
            message = f"{quoted(path)} and {quoted(other)} become the same module or class. Rename one of the two."
            yield contract.problem(pointer, message)
        if reason := _reason_against(path, module):
            yield contract.problem(pointer, f"{quoted(path)} cannot be a place in the client: {reason}. Rename it.")
        modules.setdefault(module, path)
        classes |= dict.fromkeys(made - classes.keys(), path)


def _reason_against(path: str, module: str) -> str:
    """Why a path cannot be a place; empty if it can."""
    name, top = path.rpartition(".")[2], "." not in path
    if name in ANNOTATIONS:
        return f"the generated class needs the name `{name}` itself"
    if module in _MODULES:
        return f"the generated package needs the name `{module}` itself"
    owner = handwritten.taken_by_clients().get(name) if top else None
    return f"the client itself has a `{name}` ({owner})" if owner else ""


def methods(contract: Contract) -> Iterator[Problem]:
    """The id of an operation is its tag and its method, and the method has a name that its resource leaves free."""
    children = {path.rpartition(".")[::2] for path in resource_paths(contract)}
    for path, _, operation in contract.operations():
        tag, operation_id = tag_of(operation), text(operation.value.get("operationId"))
        if not tag or not operation_id:
            continue
        method, pointer = method_of(operation_id, tag), f"{operation.pointer}/operationId"
        start = tag.replace(".", "_")
        if not is_name(method):
            message = f"{quoted(operation_id)} does not say which method of `{tag}` this is. Write `{start}_` and a "
            message += f"word in lower case, no keyword of Python: `{start}_{_usual_method(path, operation)}`."
            yield contract.problem(pointer, message)
        elif method in ANNOTATIONS | CONSTANTS:
            message = f"a method cannot be `{method}`: the generated module needs the name itself. Choose another verb."
            yield contract.problem(pointer, message)
        elif (tag, method) in children:
            message = f"`{tag}.{method}` is a resource already, by the tag of other operations. Rename one of the two."
            yield contract.problem(pointer, message)


def _usual_method(path: str, operation: Place) -> str:
    """What the method of an operation is called most often, by its method and path on the wire."""
    verb, last = operation.pointer.rpartition("/")[2], path.rpartition("/")[2]
    is_item = last.startswith("{") and last.endswith("}")
    if is_item:
        usual = {"get": "retrieve", "delete": "delete", "put": "replace", "patch": "update"}
        return usual.get(verb, "run")
    action = last.replace("-", "_").lower()
    if verb == "get":
        return "list" if _comes_to_a_list(operation) else "retrieve"
    if verb == "post" and "}/" in path and is_name(action):  # `/things/{id}/cancel`
        return action
    return {"post": "create", "delete": "delete", "put": "replace", "patch": "update"}.get(verb, "run")


def _comes_to_a_list(operation: Place) -> bool:
    """Whether the words of an operation, or a parameter of it, tell of a list."""
    names = {text(mapping(one).get("name")) for one in sequence(operation.value.get("parameters"))}
    return bool(names & {"limit", *CURSORS}) or text(operation.value.get("summary")).lower().startswith("list")


RULES: Final[tuple[Callable[[Contract], Iterator[Problem]], ...]] = (tags, places, methods)


def _of(operation: Place, key: str) -> str:
    """The pointer of what an operation has at a key; of the operation itself where it has nothing there."""
    return f"{operation.pointer}/{key}" if key in operation.value else operation.pointer
