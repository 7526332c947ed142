"""The base of every model: reading from JSON, writing back what came, and the call that brought a result."""

from __future__ import annotations

import json
from collections.abc import ItemsView, Iterator, KeysView, Mapping, MutableMapping, ValuesView
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Self, TypeVar
from uuid import UUID

from .kinds import (
    ANY,
    GENERATED,
    MEMBERS,
    Classes,
    Field,
    Kind,
    PartialList,
    Reading,
    Required,
    members_of,
    scalar,
    steps_of,
    token,
)
from .types import UNSET, Deviation, masked

if TYPE_CHECKING:
    from aurous import ResponseMeta

V = TypeVar("V")


class Model:
    """A JSON object of the API. What came and has no typed place is in `additional_properties`.

    An attribute holds what the contract documents for it. Where a response leaves the contract, it holds None (the
    server said null) or UNSET (it said nothing, or nothing that fits), `drift` tells the place, and `to_dict()` gives
    back what came.
    """

    # Not set unless there is something to hold, so that they cost a model nothing.
    __slots__ = ("_drift", "_meta", "_texts", "additional_properties")

    _drift: tuple[Deviation, ...]
    _meta: ResponseMeta
    _texts: dict[str, tuple[object, str]]
    additional_properties: dict[str, Any]

    _fields: ClassVar[tuple[Field, ...]] = ()
    _classes: ClassVar[Classes] = GENERATED

    @property
    def drift(self) -> tuple[Deviation, ...]:
        """Where the response left the contract: JSON pointer, problem, what was found. Empty where it kept to it."""
        return getattr(self, "_drift", ())

    @property
    def meta(self) -> ResponseMeta:
        """The call that brought this.

        Raises:
            AttributeError: No call brought it: it is a part of something else, or was made from data.
        """
        try:
            return self._meta
        except AttributeError:
            raise self._no_meta() from None

    def _no_meta(self) -> Exception:
        return AttributeError(NO_META.format(type(self).__name__))

    def _belongs_to(self, meta: ResponseMeta, reading: Reading) -> None:
        """Note which call brought this, and what was noted while it was read. For whoever makes calls."""
        self._meta = meta
        if reading.deviations:
            self._drift = tuple(reading.deviations)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for: what was read, and what was set since."""
        texts: Mapping[str, tuple[object, str]] = getattr(self, "_texts", {})
        data = {name: _plain(value) for name, value in self.additional_properties.items()}
        for wire, name, *_ in steps_of(type(self)):
            value = getattr(self, name)
            if value is not UNSET:
                data[wire] = _plain(value)
        for name, (value, text) in texts.items():
            if data.get(name) == _plain(value):  # not replaced since: then the text that came
                data[name] = text
        return data

    def __repr__(self) -> str:
        values = ((name, getattr(self, name)) for _, name, *_ in steps_of(type(self)))
        shown = [f"{name}={short(value, name)}" for name, value in values if value is not UNSET]
        if self.additional_properties:
            shown.append(f"additional_properties={short(self.additional_properties)}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __getstate__(self) -> dict[str, Any]:
        slots = (slot for cls in type(self).__mro__ for slot in cls.__dict__.get("__slots__", ()))
        return {slot: getattr(self, slot) for slot in slots if slot != "__weakref__" and hasattr(self, slot)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object, such as what `to_dict` gave and a database kept. Never raises; see `drift`."""
        reading = Reading(cls._classes)
        if not isinstance(src_dict, Mapping):
            reading.note("", "type", f"an object ({cls.__name__})", src_dict)
            src_dict = {}
        model = cls._read(src_dict, reading)
        if reading.deviations:
            model._drift = tuple(reading.deviations)
        return model

    def to_json(self) -> str:
        """What `to_dict` gives, as a JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a JSON text, such as what `to_json` gave, or a service of yours that passes completions on.

        Raises:
            ValueError: It is no JSON. What is in it never raises; see `drift`.
        """
        return cls.from_dict(json.loads(text))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Let pydantic, and with it FastAPI, take a model or its JSON object for a field, and write it as JSON."""
        from pydantic_core import core_schema  # noqa: PLC0415  # only whoever has pydantic asks

        from_json = core_schema.no_info_after_validator_function(cls.from_dict, core_schema.dict_schema())
        return core_schema.json_or_python_schema(
            from_json,
            core_schema.union_schema([core_schema.is_instance_schema(cls), from_json]),
            serialization=core_schema.plain_serializer_function_ser_schema(
                cls.to_dict, return_schema=core_schema.dict_schema()
            ),
        )

    @classmethod
    def _read(cls, source: Mapping[str, Any], reading: Reading, at: str = "") -> Self:
        """Build the model, whatever is in the JSON object.

        What does not fit and what is not known is kept in `additional_properties`, so that `to_dict` gives it back.

        Args:
            source: The JSON object; it is not changed.
            reading: Gathers the deviations from the contract.
            at: JSON pointer of the object in the response.
        """
        known, required = MEMBERS.get(cls) or members_of(cls)
        rest: dict[str, Any] = {}
        values: dict[str, Any] = {}
        misfits: dict[str, Any] = {}
        texts: dict[str, tuple[object, str]] = {}
        for wire, value in source.items():
            member = known.get(wire)
            if member is None:
                rest[wire] = value
                continue
            name, pointer, taken, kind = member
            if type(value) in taken:
                values[name] = value
            elif value is not UNSET:
                values[name] = typed = kind.read(value, at + pointer, reading)
                if typed is UNSET:
                    misfits[wire] = value
                elif kind.converts and isinstance(typed, _TEXTS):
                    texts[wire] = (typed, value)
        if len(values) < len(known):
            _note_missing(required, values, reading, at)
        model = cls(**values)
        if rest:
            cls._read_additional(rest, reading, at, texts)
        model.additional_properties = {**rest, **misfits} if misfits else rest
        if texts:
            model._texts = texts
        return model

    @classmethod
    def _additional(cls) -> Kind | None:
        """The kind of the fields that the contract does not name; None where there should be none."""
        return None

    @classmethod
    def _read_additional(
        cls, rest: dict[str, Any], reading: Reading, at: str, texts: dict[str, tuple[object, str]]
    ) -> None:
        kind = cls._additional()
        for name, value in rest.items():
            if kind is None:
                if reading.is_full:
                    return
                reading.note(at + token(name), "unknown_field", "no such field", value)
            elif type(value) not in kind.types:
                typed = kind.read(value, at + token(name), reading)
                rest[name] = value if typed is UNSET else typed
                if isinstance(typed, _TEXTS):
                    texts[name] = (typed, value)


def _note_missing(required: Required, values: dict[str, Any], reading: Reading, at: str) -> None:
    for _, name, pointer, kind in required:
        if name not in values:
            values[name] = reading.note(at + pointer, "missing", kind.expected)


_TEXTS: Final = (date, UUID)
"""What is read from a text that cannot be told from it."""

_ATOMS: Final = ANY.types - {dict, list}
"""The types of JSON values that hold no others."""

NO_META = "{} has no meta: no call returned it; it is a part of something else, or was made from data"


class MapModel(Model, Generic[V]):
    """A JSON object without fields of its own: a mapping from names to values of one kind."""

    __slots__ = ()

    def __getitem__(self, name: str) -> V:
        value: V = self.additional_properties[name]
        return value

    def __setitem__(self, name: str, value: V) -> None:
        self.additional_properties[name] = value

    def __delitem__(self, name: str) -> None:
        del self.additional_properties[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.additional_properties)

    def __len__(self) -> int:
        return len(self.additional_properties)

    def __contains__(self, name: object) -> bool:
        return name in self.additional_properties

    def keys(self) -> KeysView[str]:
        """The names."""
        return self.additional_properties.keys()

    def values(self) -> ValuesView[V]:
        """The values."""
        return self.additional_properties.values()

    def items(self) -> ItemsView[str, V]:
        """The names with their values."""
        return self.additional_properties.items()

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a name, or the default."""
        return self.additional_properties.get(name, default)


MutableMapping.register(MapModel)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


def short(value: object, name: str = "") -> str:
    """The value of a name as a repr shows it: without secrets, and not too long."""
    text = repr(masked(value, name))
    return text if len(text) <= 200 else f"{text[:197]}..."


def _plain(value: Any) -> Any:
    """The JSON that a value was read from, or that it stands for."""
    if type(value) in _ATOMS:
        return value
    if isinstance(value, Model):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        items: Any = value.raw if isinstance(value, PartialList) else value
        if _ATOMS.issuperset(map(type, items)):  # a vector: no call for each number
            return list(items)
        return [_plain(item) for item in items]
    value = scalar(value)
    return value.to_dict() if hasattr(value, "to_dict") else value
