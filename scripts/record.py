"""Make the cassettes under tests/cassettes/ afresh, all of them or those that are named.

    python scripts/record.py [NAME ...]                    from the emulator: everything but live/
    python scripts/record.py --live --id cmp_… [NAME ...]  from the API itself, with AUROUS_API_KEY: live/

A NAME is a cassette (`images/list/page`) or a folder of them (`errors`). What is recorded, and how it has to end, comes
from the contract and from tests/recordings.py. Recording from the emulator twice gives the same bytes. Nothing is
written before everything is recorded and has passed the guard, and a file is replaced whole or not at all. Where
everything is recorded, cassettes that nothing is recorded into any more are removed, and the table of operations in
docs/testing.md is brought up to date.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))  # where the table and the tools are

import emulator_table
from aurous import AurousError, ChatCompletion, __version__
from aurous.emulator import Emulator
from cassette_guard import deviations, problems
from cassette_recording import Scrubber, recording
from cassettes import LIBRARY, CassetteError, api_servers, contract, render, store
from conversations import GIVEN_ID, Recording, StillClock, kind_of, make_call, same_keys
from openapi.contract import mapping
from openapi.document import display_name, write_any_text
from recordings import EMULATED, LIVE

Cassette = dict[str, Any]

_WIDEST = 80
"""Letters of a column of `--list`."""


class RecordError(Exception):
    """Nothing was written. The message says why, and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Record, and say what became of each file.

    Returns:
        0 if all went well, else 1; then no file was changed.
    """
    options = _parser().parse_args(arguments)
    write_any_text()
    os.environ.pop("AUROUS_API_VERSION", None)  # it would get into the cassettes
    try:
        for line in _run(options):
            print(line)
    except (RecordError, CassetteError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _run(options: argparse.Namespace) -> Iterable[str]:
    """Do what is asked for; gives what there is to say about it."""
    if options.id and not options.live:
        raise RecordError("--id goes with --live")
    chosen = select(options.names, LIVE if options.live else EMULATED)
    if options.list:
        return table(chosen)
    said = list(install(from_api(chosen, options.id) if options.live else from_emulator(chosen), options.library))
    if not options.names and not options.live:
        said += remove_stale(options.library)
        if options.library == LIBRARY and emulator_table.update():
            said.append(f"{'changed':9} {display_name(emulator_table.PAGE)}")
    return said


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="record.py", description="Make the cassettes afresh.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="a cassette (images/list/page) or a folder; default: all"
    )
    parser.add_argument(
        "--live", action="store_true", help="from the API itself, with the key in AUROUS_API_KEY, into live/"
    )
    parser.add_argument("--id", help="with --live: a completion of yours; its content goes into the cassettes")
    parser.add_argument(
        "--library", type=Path, default=LIBRARY, metavar="FOLDER", help="where to (default: tests/cassettes)"
    )
    parser.add_argument("--list", action="store_true", help="say what there is to record, and stop")
    return parser


def select(names: Iterable[str], table: Mapping[str, Recording]) -> list[Recording]:
    """The recordings with these names, or in these folders; all of them where none is named.

    Raises:
        RecordError: There is none of that name.
    """
    chosen: dict[str, Recording] = {}
    for name in names:
        matching = {each: table[each] for each in table if each == name or each.startswith(f"{name.rstrip('/')}/")}
        if not matching:
            close = get_close_matches(name, table, 1)
            raise RecordError(
                f"no recording is called {name!r}" + (f"; did you mean {close[0]}?" if close else "; see --list")
            )
        chosen |= matching
    return list((chosen or table).values())


def table(recordings: Sequence[Recording]) -> Iterator[str]:
    """What there is to record: name, call, and what it shows, one line each."""
    rows = [("name", "call", "shows"), *((each.name, each.written, each.shows) for each in recordings)]
    widths = [min(_WIDEST, max(len(row[column]) for row in rows)) for column in (0, 1)]
    for name, call, shows in rows:
        shown = call if len(call) <= _WIDEST else f"{call[: _WIDEST - 4]}...)"
        yield f"{name:{widths[0]}}  {shown:{widths[1]}}  {shows}"


def from_emulator(recordings: Iterable[Recording]) -> dict[str, Cassette]:
    """Record from the emulator. Clock, ids and chance stand still, so the cassettes come out the same every time.

    Returns:
        The cassettes, by name.

    Raises:
        RecordError: A call did not end as it should.
    """
    origin = f"the emulator of this repository, version {__version__}; it is not the vendor's server"
    cassettes: dict[str, Cassette] = {}
    with Emulator() as emulator:
        for each in recordings:
            clock = StillClock()
            emulator.reset(clock=clock)
            if each.prepare:
                each.prepare(emulator)
            asked = each
            if each.meanwhile:
                asked = each.having(on_poll=_once(each.meanwhile, emulator))
            scrubber = Scrubber(emulator.base_url, (each.key or "",))
            with same_keys():
                interactions = _conversation(asked, scrubber, base_url=emulator.base_url, clock=clock)
            cassettes[each.name] = _cassette(each, interactions, origin, "http://127.0.0.1")
    return cassettes


def _once(action: Callable[[Emulator], object], emulator: Emulator) -> Callable[[ChatCompletion], None]:
    pending = [action]

    def on_poll(_: ChatCompletion) -> None:
        if pending:
            pending.pop()(emulator)

    return on_poll


def from_api(recordings: Sequence[Recording], id: str | None) -> dict[str, Cassette]:
    """Record from the API itself, with the key and the address of the environment.

    Args:
        recordings: What to record.
        id: A completion of the key's team.

    Returns:
        The cassettes, by name.

    Raises:
        RecordError: There is no key or no id, the address is not the API's, or a call did not end as it should.
    """
    key = os.environ.get("AUROUS_API_KEY")
    if not key:
        raise RecordError("--live needs a key of yours: set AUROUS_API_KEY")
    needy = [each.name for each in recordings if GIVEN_ID in each.arguments]
    if needy and id is None:
        raise RecordError(f"{', '.join(needy)}: give a completion of yours to ask for, with --id cmp_…")
    address = (os.environ.get("AUROUS_BASE_URL") or api_servers()[0]).rstrip("/").removesuffix("/v1")
    if address not in api_servers():
        raise RecordError(f"AUROUS_BASE_URL is not the API: unset it, or set it to one of {', '.join(api_servers())}")
    return from_address(recordings, id, key=key, address=address)


def from_address(recordings: Iterable[Recording], id: str | None, *, key: str, address: str) -> dict[str, Cassette]:
    """Record from whatever is at an address, in real time; see `from_api`."""
    origin = f"the live API, on {datetime.now(UTC):%Y-%m-%d}"
    cassettes: dict[str, Cassette] = {}
    for each in recordings:
        asked = replace(each.about(id or ""), key=each.key or key)
        interactions = _conversation(asked, Scrubber(address, (key, asked.key or key)), base_url=address)
        cassettes[each.name] = _cassette(each, interactions, origin, address)
    return cassettes


def _conversation(each: Recording, scrubber: Scrubber, **options: Any) -> list[dict[str, Any]]:
    """What is said in a call, if it ends as it should."""
    with recording(scrubber) as recorder:
        outcome = make_call("sync", each, on_drift="ignore", **options)
    if kind_of(outcome) not in each.ends.split("|"):
        message = f": {outcome}" if isinstance(outcome, AurousError) else ""
        raise RecordError(f"{each.name} should end with {each.ends} and ended with {kind_of(outcome)}{message}")
    return recorder.interactions


def _cassette(each: Recording, interactions: list[dict[str, Any]], origin: str, address: str) -> Cassette:
    found = deviations({"interactions": interactions})
    if found and each.deviates is None and not each.name.startswith("live/"):
        raise RecordError(
            f"{each.name} leaves the contract at {', '.join(found)}: say why in tests/recordings.py (deviates=)"
        )
    metadata: dict[str, Any] = {
        "shows": each.shows,
        "recorded_from": origin,
        "recorded_by": "scripts/record.py",
        "contract": mapping(contract().data["info"])["version"],
        "address": api_servers()[0] + ("" if address == api_servers()[0] else f" stands for {address}"),
    }
    if found:
        metadata["deviates"] = {"why": each.deviates or "so the API responded", "where": found}
    return {"metadata": metadata, "interactions": interactions, "version": 1}


def install(cassettes: Mapping[str, Cassette], library: Path) -> Iterator[str]:
    """Put cassettes into a library, all of them or, where the guard objects to one, none.

    Returns:
        A line on each file.

    Raises:
        CassetteError: A cassette does not pass the guard, or cannot be written.
    """
    texts = {f"{name}.yaml": render(cassette) for name, cassette in cassettes.items()}
    with tempfile.TemporaryDirectory() as scratch:
        for name, text in texts.items():
            store(text, Path(scratch, name))
        found = [problem.replace(scratch, str(library)) for name in texts for problem in problems(Path(scratch, name))]
    if found:
        raise CassetteError("nothing was written: " + "\n       ".join(found))
    for name, text in texts.items():
        path = library / name
        before = path.read_text(encoding="utf-8") if path.is_file() else None
        if before != text:
            store(text, path)
        state = "new" if before is None else "unchanged" if before == text else "changed"
        where: list[str] = cassettes[name.removesuffix(".yaml")]["metadata"].get("deviates", {}).get("where", [])
        yield f"{state:9} {display_name(path)}" + (f"  (leaves the contract at {', '.join(where)})" if where else "")


def remove_stale(library: Path) -> Iterator[str]:
    """Remove the cassettes that are no longer recorded from the emulator. Those of the API itself stay.

    Returns:
        A line on each file.
    """
    for path in sorted(library.rglob("*.yaml")):
        name = path.relative_to(library).with_suffix("").as_posix()
        if name not in EMULATED and not name.startswith("live/"):
            path.unlink()
            yield f"{'removed':9} {display_name(path)}"
    for folder in sorted((path for path in library.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()


if __name__ == "__main__":
    sys.exit(main())
