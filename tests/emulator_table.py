"""The table of operations in docs/testing.md: what the emulator responds from. `nox -s record` keeps it up to date."""

from pathlib import Path
from typing import Final

from aurous.emulator import State
from cassettes import contract
from openapi.contract import mapping, sequence, text
from openapi.naming import method_of, success_responses

PAGE: Final = Path(__file__).parent.parent / "docs" / "testing.md"
_BEGIN: Final = "<!-- The table is written by nox -s record. -->\n"
_END: Final = "<!-- Here it ends. -->\n"


def table() -> str:
    """The table, as Markdown."""
    sources = State().operations()
    rows = ["| operation | request | responds from |", "| --- | --- | --- |"]
    for path, _, place in contract().operations():
        operation_id, tag = text(place.value.get("operationId")), text(sequence(place.value.get("tags"))[0])
        name = f"{tag}.{method_of(operation_id, tag)}"
        media = [
            mapping(mapping(response.get("content")).get("application/json"))
            for response in success_responses(contract(), place).values()
        ]
        names = [f"`{example}`" for each in media for example in mapping(each.get("examples"))]
        source = "state" if sources[name] == "state" else "examples" if names else "a small file"
        request = f"{place.pointer.rpartition('/')[2].upper()} {path}"
        shown = f"{source}: {', '.join(names)}" if source == "examples" else source
        rows.append(f"| `{name}` | `{request}` | {shown} |")
    return "\n".join(rows) + "\n"


def updated(page: str) -> str:
    """A page with the table as it is now, between its marks."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{table()}\n{_END}{after}"


def update() -> bool:
    """Write the table into the page. Returns whether it was another one."""
    page = PAGE.read_text(encoding="utf-8")
    fresh = updated(page)
    if fresh != page:
        PAGE.write_text(fresh, encoding="utf-8")
    return fresh != page
