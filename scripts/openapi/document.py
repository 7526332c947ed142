"""YAML documents that know where everything in them stands.

`read` never raises: whatever is wrong with a file becomes a `Problem` that names the place. What it gives back is plain
JSON data, so that the rules need not think about YAML: no dates, no NaN, no keys but text, no key twice.
"""

import math
import re
import sys
import warnings
from dataclasses import dataclass, field, replace
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning
from ruamel.yaml.reader import ReaderError

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

Node: TypeAlias = Any
"""A node of the YAML parser, which has no types: `id` (scalar, sequence or mapping), `tag`, `value`, `start_mark`."""

MAX_DEPTH = 64
"""Levels of nesting that a document may have. A real contract stays under twenty."""

MAX_NODES = 100_000
"""Nodes that a document may have once its aliases are written out. A bomb of aliases has billions."""

_QUOTED_LENGTH = 80
_MERGE_KEY = "tag:yaml.org,2002:merge"
_PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("map", "seq", "str", "int", "float", "bool", "null"))


@dataclass(frozen=True)
class Problem:
    """Something wrong at one place of a file.

    Args:
        pointer: The place, a JSON pointer as a URI fragment (`#/components/schemas/Usage`).
        line: The line of that place, from 1.
        message: What is wrong, and what to do about it. One line.
        file: The file, as the reader should see it.
    """

    pointer: str
    line: int
    message: str
    file: str = "openapi.yaml"

    def __str__(self) -> str:
        return printable(f"{self.file}:{self.line} {self.pointer}: {self.message}")


@dataclass(frozen=True)
class Document:
    """A YAML file: its data, and the line of every place in it.

    `data` is empty where the file is of no use at all; `problems` then says why. It may have problems and be of use.
    """

    path: Path
    data: dict[str, Json] = field(default_factory=dict[str, "Json"])
    problems: tuple[Problem, ...] = ()
    root: Node = field(default=None, repr=False, compare=False)

    def line(self, pointer: str) -> int:
        """The line of a place, from 1; of the nearest place around it that exists, where it does not."""
        node, line = self.root, _line(self.root)
        for part in pointer_parts(pointer):
            entry = _entry(node, part)
            if entry is None:
                break
            line, node = _line(entry[0]), entry[1]
        return line

    def problem(self, pointer: str, message: str) -> Problem:
        """A problem at a place of this document."""
        return Problem(pointer, self.line(pointer), message, display_name(self.path))


def read(path: Path) -> Document:
    """Read a YAML file whose root is a mapping. Never raises; the problems are in the document."""
    document = Document(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        return _unusable(document, 1, f"the file cannot be read: {error.strerror or error}.")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return _unusable(document, line, "the file is not UTF-8. Save it in that encoding.")
    except ValueError as error:  # a path with a NUL
        return _unusable(document, 1, f"the file cannot be read: {error}.")
    return _parse(document, text)


def _parse(document: Document, text: str) -> Document:
    yaml = YAML(typ="safe", pure=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            root: Node = cast("Any", yaml).compose(text)
    except MarkedYAMLError as error:
        return _marked(document, error, text)
    except ReaderError as error:
        line = text.count("\n", 0, cast("Any", error).position) + 1
        return _unusable(document, line, f"the file is not YAML: {cast('Any', error).reason}.")
    except RecursionError:
        return _unusable(document, 1, f"the file is nested deeper than {MAX_DEPTH} levels.")
    except Exception as error:  # noqa: BLE001  # the parser fails on some broken documents with an assertion or an index error
        return _unusable(document, 1, f"the file is not YAML: {type(error).__name__} {error}.")
    if root is None:
        return _unusable(document, 1, "the file is empty.")
    return _build(replace(document, root=root), yaml, root)


def _build(document: Document, yaml: YAML, root: Node) -> Document:
    builder = _Builder(document, yaml)
    data = builder.build(root, "#", 0)
    problems = tuple(builder.problems)
    if builder.too_large:
        return replace(document, problems=problems)
    if not isinstance(data, dict):
        found = document.problem("#", f"the file is {kind_of(data)}. It must be a mapping (`key: value`).")
        return replace(document, problems=(*problems, found))
    if not data and not problems:
        return replace(document, problems=(document.problem("#", "the file is empty."),))
    return replace(document, data=data, problems=problems)


_REMEDIES: Final = {
    "mapping values are not allowed": "A colon and a blank within a text make a key of it: write the text in quotes.",
    "cannot start any token": "A text that begins with `@`, a backtick, `%` or a tab is written in quotes.",
    "expected the node content": "A text that begins with a sign of YAML is written in quotes.",
    "expected <block end>": "Compare the indentation with the lines before: what belongs together begins alike.",
    "could not find expected ':'": "A key ends with a colon and a blank, and a text of several lines begins with `>-`.",
    "expected ',' or": "Between two entries a comma is missing, or a bracket behind the last one.",
    "found unexpected end of stream": "A quote is not closed.",
    "undefined alias": "A text that begins with `*` is written in quotes.",
    "unknown escape": "Within double quotes a backslash is written twice; within single ones it stands for itself.",
}
"""What the parser says, in part, and what is most often meant."""


def _marked(document: Document, error: Any, text: str) -> Document:
    mark = error.problem_mark or error.context_mark
    reason = ", ".join(part for part in (error.context, error.problem) if part)
    remedy = next(
        (words for said, words in _REMEDIES.items() if said in reason), "Correct the line, or the one before."
    )
    line = mark.line if mark else 0
    near = text.splitlines()[line : line + 1] if mark else []
    if any(re.match(r" *\t", one) for one in near):
        reason, remedy = "a tab at the beginning of a line", "Indent with spaces: YAML takes no tabs there."
    return _unusable(document, line + 1, f"the file is not YAML: {reason}. {remedy}")


def _unusable(document: Document, line: int, message: str) -> Document:
    return replace(document, problems=(Problem("#", line, message, display_name(document.path)),))


class _Builder:
    """Turns nodes into data, and notes what YAML has that JSON has not."""

    def __init__(self, document: Document, yaml: YAML) -> None:
        self.problems: list[Problem] = []
        self.too_large = False
        self._document = document
        self._yaml = yaml
        self._built: dict[int, Json] = {}
        self._sizes: dict[int, int] = {}
        self._open: set[int] = set()

    def build(self, node: Node, pointer: str, depth: int) -> Json:
        identity = id(node)
        if identity in self._open:
            return self._note(pointer, "an alias that contains itself. Write the value out.")
        if depth > MAX_DEPTH:
            return self._note(pointer, f"is nested deeper than {MAX_DEPTH} levels.")
        if identity not in self._built:
            self._open.add(identity)
            self._built[identity] = self._value(node, pointer, depth)
            self._open.discard(identity)
            self._measure(node, pointer)
        return self._built[identity]

    def _value(self, node: Node, pointer: str, depth: int) -> Json:
        if node.id != "scalar" and node.tag not in _PLAIN_TAGS:
            return self._note(pointer, f"has the tag {quoted(node.tag)}, which JSON does not know. Remove it.")
        if node.id == "mapping":
            return self._mapping(node, pointer, depth)
        if node.id == "sequence":
            return [self.build(item, f"{pointer}/{index}", depth + 1) for index, item in enumerate(node.value)]
        return self._scalar(node, pointer)

    def _mapping(self, node: Node, pointer: str, depth: int) -> Json:
        mapping: dict[str, Json] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, pointer)
            if key is None:
                continue
            below = f"{pointer}/{escaped(key)}"
            if key in mapping:
                message = f"the key {quoted(key)} stands twice, first on line {lines[key]}. Remove one of the two."
                self._note(below, message, _line(key_node))
                continue
            lines[key] = _line(key_node)
            mapping[key] = self.build(value_node, below, depth + 1)
        return mapping

    def _key(self, node: Node, pointer: str) -> str | None:
        """The key as text; None where there is no way to make it one."""
        if node.id != "scalar":
            self._note(pointer, "a key that is a list or a mapping. Keys are text.", _line(node))
            return None
        text = joined(str(node.value))
        if _is_broken(text):
            self._note(pointer, f"the key {quoted(text)} holds half of a surrogate pair. Correct it.", _line(node))
            return None
        if node.tag == _MERGE_KEY:
            self._note(pointer, "a merge key (`<<`). Repeat the entries; merging is not part of YAML 1.2.", _line(node))
            return None
        if node.tag != "tag:yaml.org,2002:str":
            below = f"{pointer}/{escaped(text)}"
            self._note(below, f'the key {quoted(text)} is not text. Write it in quotes: "{text}".', _line(node))
        return text

    def _scalar(self, node: Node, pointer: str) -> Json:
        text = str(node.value)
        try:
            value = self._yaml.constructor.construct_object(node)
        except Exception as error:  # noqa: BLE001  # an unknown tag, a number too long, a date that is none
            reason = getattr(error, "problem", None) or error
            return self._note(pointer, f"the value {quoted(text)} cannot be read: {reason}.")
        if isinstance(value, float) and not math.isfinite(value):
            return self._note(pointer, f"the number {quoted(text)} has no equal in JSON.")
        if isinstance(value, str):
            value = joined(value)
            if _is_broken(value):
                return self._note(
                    pointer, f"{quoted(value)} holds half of a surrogate pair. Write the character itself."
                )
        if value is None or isinstance(value, (str, int, float, bool)):
            return value
        return self._note(
            pointer, f'YAML reads {quoted(text)} as a {type(value).__name__}. Write it in quotes: "{text}".'
        )

    def _measure(self, node: Node, pointer: str) -> None:
        """Add up what the node is with all aliases written out."""
        below: list[Node] = [] if node.id == "scalar" else node.value
        values = [value for _, value in below] if node.id == "mapping" else below
        size = 1 + sum(self._sizes.get(id(value), 0) for value in values)
        self._sizes[id(node)] = size
        if size > MAX_NODES and not self.too_large:
            self.too_large = True
            self._note(
                pointer, f"has more than {MAX_NODES} values once its aliases are written out. Use fewer aliases."
            )

    def _note(self, pointer: str, message: str, line: int | None = None) -> Json:
        """Note a problem; the value that stands in for what cannot be read is null."""
        found = self._document.problem(pointer, message)
        self.problems.append(found if line is None else replace(found, line=line))
        return None


def joined(text: str) -> str:
    r"""A text with its surrogate pairs made the characters that they stand for, as JSON has it (`"\ud835\udd1e"`)."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass") if _is_broken(text) else text


def _is_broken(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def _line(node: Node) -> int:
    return 1 if node is None else int(node.start_mark.line) + 1


def _entry(node: Node, part: str) -> tuple[Node, Node] | None:
    """What stands for a part of a pointer in a node: where it begins, and its value."""
    if node is not None and node.id == "mapping":
        return next(((key, value) for key, value in node.value if key.id == "scalar" and key.value == part), None)
    if node is not None and node.id == "sequence" and (index := index_of(part, node.value)) is not None:
        return node.value[index], node.value[index]
    return None


def index_of(part: str, items: list[Any]) -> int | None:
    """The index that a part of a pointer is in a list; None if it is none of that list."""
    return int(part) if re.fullmatch("[0-9]{1,9}", part) and int(part) < len(items) else None


def escaped(part: str) -> str:
    """One part of a JSON pointer, escaped (RFC 6901)."""
    return part.replace("~", "~0").replace("/", "~1")


def pointer_parts(pointer: str) -> list[str]:
    """The parts of a JSON pointer that is written as a fragment (`#/a/b`), unescaped."""
    parts = pointer.removeprefix("#").split("/")[1:]
    return [part.replace("~1", "/").replace("~0", "~") for part in parts]


def display_name(path: Path) -> str:
    """The path as a reader wants it: from the current directory, where it is below that."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (OSError, ValueError):
        return str(path)


def printable(text: str) -> str:
    """The text with everything escaped that a terminal should not get, on one line."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def write_any_text() -> None:
    """Let standard output write a question mark where its encoding has no letter, as under PYTHONIOENCODING=ascii."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def quoted(value: object) -> str:
    """A value for a message: in backticks, printable, and short."""
    text = printable(value if isinstance(value, str) else repr(value))
    return f"`{text if len(text) <= _QUOTED_LENGTH else text[: _QUOTED_LENGTH - 1] + '…'}`"


def kind_of(value: Json) -> str:
    """What a JSON value is, with its article."""
    if value is None:
        return "null"
    names = {"dict": "a mapping", "list": "a list", "str": "a text", "bool": "a boolean"}
    return names.get(type(value).__name__, "a number")
