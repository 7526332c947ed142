"""What a caller sees where the source says it otherwise: an extension of griffe, which mkdocstrings loads."""

import re
from typing import Any

import griffe

_OURS = re.compile(r"\b(BaseCaller|Flow|JSONFormat)\b")
"""Types of the engine: a class whose constructor takes one is made by the SDK alone."""


class AsSeenByCallers(griffe.Extension):
    """Signatures of flows, constructors that callers have no use for, members of enums, and examples in docstrings."""

    def on_function(self, *, func: griffe.Function, **_: Any) -> None:
        """What `flow_method` marks gives a caller the T of its `Flow[T]`; no caller gives a constructor an engine."""
        is_marked = any(str(each.value) == "flow_method" for each in func.decorators)
        if is_marked and isinstance(func.returns, griffe.ExprSubscript):
            func.returns = func.returns.slice
        is_ours = any(_OURS.search(str(parameter.annotation)) for parameter in func.parameters)
        if func.name == "__init__" and is_ours and func.parent:
            func.parent.del_member(func.name)

    def on_class_members(self, *, cls: griffe.Class, **_: Any) -> None:
        """The members of an enum have no docstrings, which would hide them: the class names them."""
        members = [f"`{name}`" for name, each in cls.attributes.items() if str(each.value).startswith("_known(")]
        if members and cls.docstring:
            cls.docstring.value += f"\n\nMembers: {', '.join(members)}."

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """An `Example:` is a section of code, which griffe knows in the plural alone."""
        if obj.docstring:
            obj.docstring.value = re.sub(r"(?m)^(\s*)Example:$", r"\1Examples:", obj.docstring.value)
