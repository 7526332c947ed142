"""`python -m aurous.emulator`: the emulator on a terminal."""

import argparse
import logging
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aurous.emulator import Emulator, StateOptions

_PREVIEW = 14  # The vendor shows so many characters of a key.

_DESCRIPTION = """\
A local stand-in for the Aurous Labs API: every operation of the contract.
It answers what the vendor's documentation says; it is not the vendor's server.
"""
_EPILOG = """\
what it responds: chat completions are created, streamed and charged, those that are stored have a life; nearly all
  other operations give the examples of the contract, under any id;
  the header Aurous-Emulator-Example: NAME picks another example than the first. GET /_emulator lists the operations

completions that are always there (GET /_emulator lists all):
  the examples of the contract     cmp_01HXMQ7Z3K8Y2COMPLETED, ...TOOLCALLS, ...INPROGRESS, ...FAILED, ...CANCELLED,
                                   cmp_01HXMQ7Z3K8Y2ABCDEFGHJKM (the vendor's own sample body)
  in progress for 3 s, then ended  cmp_01HXMQ7Z3K8Y2SOONCOMPLETED, ...SOONFAILED, ...SOONCANCELLED
  in progress, not cancellable     cmp_01HXMQ7Z3K8Y2NOTCANCELLABLE
  another team's                   cmp_01HXMQ7Z3K8Y2OTHERTEAM
  cmp_error_CODE                   gets that error, for example cmp_error_chat_provider_unavailable
  cmp_drift_KIND                   leaves the contract: unknown_status, leaked_status, unknown_field, missing_field,
                                   null_field, wrong_type, wrong_id

seed file: a JSON list of completions, or an object from id to completion. In place of a completion may stand
  {"completion": {...}, "life": {"in_progress_for": 3, "then": "failed", "starts": "first_retrieve"}, "team": "other",
   "cancellable": false}

control, while it runs: JSON bodies, no key, and with POST the header Aurous-Emulator: control, which no web page sends
  GET  /_emulator                what there is
  POST /_emulator/completions    {"completion": {...}, "life": {...}}: add one, as in a seed file
  POST /_emulator/fail           {"id", "operation", "code", "status", "times", "retry_after", "message", "param"}:
                                 give the next requests an error, for example {"status": 503, "times": 2}
  POST /_emulator/drift          {"id", "operation", "kind", "pointer", "value", "times"}: let responses leave the
                                 contract
  POST /_emulator/answer         {"operation", "example", "id", "body", "status", "headers", "times"}: respond with
                                 another example, or with a body of your own
  POST /_emulator/answers        {"reply", "contains", "after", "times", "streaming": {...}}: let the model say this to
                                 the next requests that have this text in them: a text, a message or tool calls
  POST /_emulator/deprecate      {"what", "sunset"}: send Aurous-Deprecated and Sunset
  POST /_emulator/reset          back to the start
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the emulator until it is interrupted, and return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        # Not at the top: where the extra is not installed, one line should say so.
        from aurous.emulator import Emulator, EmulatorError  # noqa: PLC0415
    except ModuleNotFoundError as error:
        return _refuse(error)
    try:
        emulator = Emulator(
            host=options.host, port=options.port, expose_to_network=options.expose_to_network, **_state_options(options)
        )
        emulator.serve(lambda: _announce(emulator, options))
    except EmulatorError as error:
        return _refuse(error)
    except KeyboardInterrupt:
        print(flush=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m aurous.emulator",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="the loopback address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="the port; 0, the default, takes one that is free")
    parser.add_argument("--seed", metavar="FILE", help="a JSON file with completions to add")
    parser.add_argument(
        "--key", nargs="+", metavar="KEY", help="keys that are valid, in place of the one that comes with it"
    )
    parser.add_argument("--quiet", action="store_true", help="print the line with the address, and nothing else")
    parser.add_argument(
        "--expose-to-network",
        action="store_true",
        help="allow a host that other machines can reach; they can do anything to it",
    )
    return parser


def _state_options(options: argparse.Namespace) -> "StateOptions":
    given: StateOptions = {}
    if options.seed is not None:
        given["seed"] = options.seed
    if options.key is not None:
        given["keys"] = options.key
    return given


def _announce(emulator: "Emulator", options: argparse.Namespace) -> None:
    print(f"Aurous emulator on {emulator.base_url} (not the vendor's server; Ctrl-C stops it)")
    if not options.quiet:
        print("\n".join(_listing(emulator, hidden=options.key or ())))
        logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
        logging.getLogger("aurous.emulator").setLevel(logging.INFO)
    sys.stdout.flush()


def _listing(emulator: "Emulator", hidden: Sequence[str]) -> Iterator[str]:
    """Keys and completions. Keys of the caller's own may be worth something, so only their beginning is shown."""
    yield f"\nto let a client find it\nexport AUROUS_BASE_URL={emulator.base_url}"
    if emulator.api_key not in hidden:
        yield f"export AUROUS_API_KEY={emulator.api_key}"
    yield "\nkeys"
    for name, key in emulator.keys.items():
        what = "revoked" if key.revoked else f"scope {key.scope}" if key.scope else "no scope"
        yield f"  {name[:_PREVIEW] + '...' if name in hidden else name}  team {key.team.name}, {what}"
    yield "\ncompletions"
    for completion_id, stored in emulator.completions.items():
        if not completion_id.startswith("cmp_drift_"):
            yield f"  {completion_id:<32}  team {stored.team}, {stored.summary()}"
    yield f"  {'cmp_drift_KIND, cmp_error_CODE':<32}  what goes wrong on demand: see --help\n"


def _refuse(error: Exception) -> int:
    print(f"error: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
