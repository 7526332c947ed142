"""What may be typed. It imports nothing of the SDK, so that `--help` is quick."""

from __future__ import annotations

import argparse
import math
from typing import Any, NoReturn

from aurous._text import masked
from aurous._version import __version__
from aurous.cli.exits import DESCRIPTION

_ENVIRONMENT = """\
environment:
  AUROUS_API_KEY      the key; it is never an argument,
                      which others on the machine can see
  AUROUS_BASE_URL     where the API is, if not production
  AUROUS_API_VERSION  the dated version to ask for
  NO_COLOR            no colours
"""

Commands = Any  # argparse gives its class no public name


class _Parser(argparse.ArgumentParser):
    """One that does not repeat a key that was typed by mistake."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and exit."""
        super().error(masked(message))


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Help in which the longest command stands on one line with its help."""

    def __init__(self, prog: str, **options: Any) -> None:
        super().__init__(prog, **options)
        self._action_max_length = 15


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line; `run` of what it parses names the function to call."""
    root = _Parser(
        prog="aurous",
        description="The Aurous Labs API on a command line.",
        epilog=f"{_ENVIRONMENT}\n{DESCRIPTION}",
        formatter_class=_Formatter,
    )
    root.add_argument("--version", action="version", version=f"aurous {__version__}")
    commands = root.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    _doctor(commands)
    _chat(commands)
    _completions(commands)
    _account(commands)
    # Only for the help: what follows it is handed over before anything is parsed.
    commands.add_parser("emulator", help="run a local stand-in for the API (its own --help tells more)", add_help=False)
    return root


def _command(commands: Commands, name: str, run: str, help: str, **more: Any) -> argparse.ArgumentParser:
    description = f"{help[:1].upper()}{help[1:]}."
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=help,
        description=description,
        epilog=more.get("epilog", ""),
        formatter_class=_Formatter,
    )
    command.add_argument("--json", action="store_true", help=more.get("json", "print JSON, for programs"))
    command.set_defaults(run=run)
    return command


def _doctor(commands: Commands) -> None:
    command = _command(
        commands,
        "doctor",
        "doctor:run",
        "look at what stands between this machine and the API",
        epilog="Exit code 0 where all is well, 1 where a check failed. It asks for the list of models, once.",
    )
    command.add_argument(
        "--timeout", type=_seconds, default=10.0, metavar="SECONDS", help="for each step (default: %(default)g)"
    )


def _chat(commands: Commands) -> None:
    command = _command(
        commands,
        "chat",
        "chat:run",
        "ask a model, and see the answer as it is written",
        json="print JSON lines: each event, then the completion",
        epilog="""\
  aurous chat -m MODEL "Capital of Japan?"        one answer
  aurous chat -m MODEL < question.txt             the question is read
  cat notes | aurous chat -m MODEL "Sum up:" -    `-` stands for what is read
  aurous chat -m MODEL                            a conversation, on a terminal: Ctrl-D ends it

The answer goes to standard output, everything about it to standard error. Ctrl-C cancels the answer.""",
    )
    command.add_argument("question", nargs="*", metavar="QUESTION", help="what to ask; `-` is standard input")
    command.add_argument("-m", "--model", help="the model to ask; `aurous models` lists them")
    command.add_argument("-s", "--system", metavar="TEXT", help="what the model is to be told beforehand")
    command.add_argument("--max-tokens", type=int, metavar="N", help="most tokens of the answer")
    command.add_argument("--temperature", type=float, metavar="T", help="how freely the model chooses its words")


def _completions(commands: Commands) -> None:
    help = "read, wait for, or cancel a stored completion"
    family = commands.add_parser("completions", help=help, description=f"{help[:1].upper()}{help[1:]}.")
    family.formatter_class = _Formatter
    members = family.add_subparsers(title="commands", metavar="COMMAND", dest="member", required=True)
    retrieve = _command(members, "retrieve", "completions:retrieve", "show a completion")
    wait = _command(
        members,
        "wait",
        "completions:wait",
        "wait until a completion is at its end, and show it",
        epilog="Exit code 0 where it is completed, 1 where it failed or was cancelled, 4 where the time is up.",
    )
    wait.add_argument(
        "--timeout", type=_seconds, default=300.0, metavar="SECONDS", help="longest time (default: %(default)g)"
    )
    cancel = _command(members, "cancel", "completions:cancel", "cancel a completion that is being streamed")
    for command in (retrieve, wait, cancel):
        command.add_argument("id", metavar="ID", help="the id of the completion, cmp_...")


def _account(commands: Commands) -> None:
    _command(commands, "models", "account:models", "list the models for chat and embeddings")
    _command(commands, "balance", "account:balance", "show the credits of the team")
    usage = _command(commands, "usage", "account:usage", "show what the team used, day by day")
    usage.add_argument("--days", type=_days, default=7, metavar="N", help="how many days back (default: %(default)s)")
    usage.add_argument(
        "--by", choices=("type", "status", "model", "user_id", "api_key_id"), help="what to divide each day by"
    )


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < math.inf:
        raise ValueError
    return seconds


def _days(text: str) -> int:
    days = int(text)
    if not 0 < days <= 730:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and 730")
    return days


_seconds.__name__, _days.__name__ = "number of seconds", "number of days"  # as argparse names them in its messages
