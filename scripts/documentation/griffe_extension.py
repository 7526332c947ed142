"""What a caller sees where the source says it otherwise: an extension of griffe, which mkdocstrings loads."""

import re
from typing import Any

import griffe


class AsSeenByCallers(griffe.Extension):
    """Signatures of methods that are written as flows, and examples in docstrings."""

    def on_function(self, *, func: griffe.Function, **_: Any) -> None:
        """What `flow_method` marks is written to return a `Flow[T]`, and gives a caller T."""
        is_marked = any(str(each.value) == "flow_method" for each in func.decorators)
        if is_marked and isinstance(func.returns, griffe.ExprSubscript):
            func.returns = func.returns.slice

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """An `Example:` is a section of code, which griffe knows in the plural alone."""
        if obj.docstring:
            obj.docstring.value = re.sub(r"(?m)^(\s*)Example:$", r"\1Examples:", obj.docstring.value)
