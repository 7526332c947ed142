"""Plain dicts that may be passed in place of models: a `TypedDict` for each model that a request may hold."""

__all__: tuple[str, ...] = ()
