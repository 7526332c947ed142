"""What `import aurous` offers: every name listed, documented, and loaded when it is first asked for."""

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import aurous
from scripted import KEY, Script


def source() -> ast.Module:
    assert aurous.__file__ is not None
    return ast.parse(Path(aurous.__file__).read_text(encoding="utf-8"))


def names_for_type_checkers() -> set[str]:
    """The names that the module imports under TYPE_CHECKING: what type checkers and editors take it to have."""
    for statement in source().body:
        if isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING":
            return {
                alias.asname or alias.name
                for node in statement.body
                if isinstance(node, ast.ImportFrom)
                for alias in node.names
            }
    raise AssertionError("no block under TYPE_CHECKING")


def order(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest, as isort sorts `__all__`."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def test_all_is_sorted_and_holds_no_name_twice() -> None:
    assert aurous.__all__ == sorted(set(aurous.__all__), key=order)


def test_all_is_what_type_checkers_see() -> None:
    assert set(aurous.__all__) == names_for_type_checkers() | {"__version__"}


@pytest.mark.parametrize("name", aurous.__all__)
def test_each_name_can_be_imported_and_has_one_home(name: str) -> None:
    scope: dict[str, Any] = {}
    exec(f"from aurous import {name}", scope)
    assert scope[name] is getattr(aurous, name)


def test_dir_lists_every_name_and_no_stray_one() -> None:
    public = {name for name in dir(aurous) if not name.startswith("_")}
    modules = {name for name in public if inspect.ismodule(getattr(aurous, name))}
    assert public - modules - {"TYPE_CHECKING"} == set(aurous.__all__) - {"__version__"}
    assert set(aurous.__all__) <= set(dir(aurous))


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Aurora"):
        aurous.Aurora  # noqa: B018
    with pytest.raises(ImportError, match="Aurora"):
        exec("from aurous import Aurora")


def classes_and_functions() -> Iterator[tuple[str, Any]]:
    for name in aurous.__all__:
        value = getattr(aurous, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            yield name, value


def members(name: str, cls: type) -> Iterator[tuple[str, Any]]:
    for member, value in vars(cls).items():
        function = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
        if not member.startswith("_") and inspect.isfunction(function):
            yield f"{name}.{member}", function


CLIENTS = (aurous.Aurous(KEY, transport=Script), aurous.AsyncAurous(KEY, transport=Script))
DOCUMENTED = dict(classes_and_functions())
for owner in [
    *DOCUMENTED.values(),
    *(type(client.chat) for client in CLIENTS),
    *(type(client.chat.completions) for client in CLIENTS),
]:
    if inspect.isclass(owner):
        DOCUMENTED.update(members(owner.__name__, owner))


@pytest.mark.parametrize("name", DOCUMENTED)
def test_each_public_class_function_and_method_says_what_it_is(name: str) -> None:
    doc = inspect.getdoc(DOCUMENTED[name]) if inspect.isclass(DOCUMENTED[name]) else DOCUMENTED[name].__doc__
    assert doc
    assert doc.strip()
    assert vars(DOCUMENTED[name]).get("__doc__") if inspect.isclass(DOCUMENTED[name]) else True, (
        "an inherited one does not count"
    )


@pytest.mark.parametrize("name", [name for name, value in classes_and_functions() if inspect.isclass(value)])
def test_each_class_says_that_it_lives_where_people_import_it_from_or_in_the_package(name: str) -> None:
    assert getattr(aurous, name).__module__.partition(".")[0] in ("aurous", "aurous_api")


def test_the_retrieve_and_wait_of_both_clients_take_the_same() -> None:
    for method in ("retrieve", "wait"):
        first, second = (inspect.signature(getattr(client.chat.completions, method)) for client in CLIENTS)
        assert list(first.parameters) == list(second.parameters)
        assert [parameter.kind for parameter in first.parameters.values()] == [
            parameter.kind for parameter in second.parameters.values()
        ]
        assert [parameter.default for parameter in first.parameters.values()] == [
            parameter.default for parameter in second.parameters.values()
        ]


@pytest.mark.parametrize("client", CLIENTS, ids=["sync", "async"])
def test_help_tells_what_a_method_really_returns_and_raises(client: Any) -> None:
    is_async = isinstance(client, aurous.AsyncAurous)
    completions = client.chat.completions
    for method, returned in (
        (completions.wait, "ChatCompletion"),
        (completions.cancel, "ChatCompletion"),
        (client.request, "OpenValue"),
    ):
        assert inspect.signature(method).return_annotation == returned
        assert inspect.iscoroutinefunction(method) is is_async
        assert "Flow" not in str(inspect.signature(method))
    doc = " ".join(completions.cancel.__doc__.split())
    assert "it is retrieved" in doc
    assert "already ended" not in doc.partition("Raises:")[2]


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.strip()


def test_importing_the_package_loads_nothing_else() -> None:
    heavy = {"httpx", "httpcore", "attr", "attrs", "dateutil", "asyncio", "ssl", "json", "aurous_api"}
    code = f"import aurous, sys; aurous.__version__; dir(aurous); print({heavy!r} & sys.modules.keys())"
    assert run(code) == "set()"


@pytest.mark.parametrize("name", ["AurousError", "Deviation", "UNSET", "FinishReason", "RateLimit", "standard_policy"])
def test_small_names_do_not_load_the_transport(name: str) -> None:
    assert run(f"import aurous, sys; aurous.{name}; print('httpx' in sys.modules)") == "False"


def test_reading_a_stored_completion_does_not_load_the_transport() -> None:
    assert (
        run("import aurous, sys; aurous.ChatCompletion.from_dict({'id': 'cmp_1'}); print('httpx' in sys.modules)")
        == "False"
    )


# One name of each module. One process for all would hide a circular import behind the name before it.
@pytest.mark.parametrize(
    "name",
    [
        "Aurous",
        "ChatCompletion",
        "Clock",
        "ErrorCode",
        "OnDrift",
        "RateLimit",
        "Receipt",
        "RetryPolicy",
        "Timeout",
        "error_catalogue",
        "RequestEvent",
        "ResponseMeta",
    ],
)
def test_any_name_can_be_the_first_to_be_imported(name: str) -> None:
    assert run(f"from aurous import {name}") == ""


def test_a_missing_extra_fails_like_any_import_and_as_an_error_of_the_sdk() -> None:
    code = """
import sys
sys.modules["opentelemetry"] = None
from aurous import ConfigurationError
for kind in (ImportError, ConfigurationError):
    try:
        import aurous.otel
    except kind as error:
        print(error)
"""
    assert run(code).splitlines() == ["aurous.otel needs the OpenTelemetry API: pip install 'aurous[otel]'"] * 2


def test_the_version_is_that_of_the_distribution() -> None:
    from importlib import metadata  # noqa: PLC0415

    try:
        assert metadata.version("aurous") == aurous.__version__
    except metadata.PackageNotFoundError:
        pytest.skip("runs from the working tree, nothing is installed")
