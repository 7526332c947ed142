"""Show the SDK at work on a terminal: the story of a service, against the emulator or against the API itself.

    python scripts/demo.py               the emulator, which this starts itself; takes about five seconds
    python scripts/demo.py --live        the API itself, with AUROUS_API_KEY; it asks before it spends credits
    python scripts/demo.py --live cmp_…  a completion of yours on the API itself, without creating one

The code that is shown is the code that runs.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from aurous import AurousError
from aurous.emulator import Emulator
from demonstration.stage import DemoError, Stage
from demonstration.story import BUDGET, MODEL, MOST_TOKENS, plan, tell
from demonstration.tour import tour
from openapi.document import printable, write_any_text


def main(arguments: Sequence[str] | None = None) -> int:
    """Show the demo.

    Returns:
        0 if all of it could be shown, else 1.
    """
    parser = argparse.ArgumentParser(prog="demo.py", description="Show the SDK at work.")
    parser.add_argument(
        "--live",
        metavar="ID",
        nargs="?",
        const=True,
        help="ask the API itself, with AUROUS_API_KEY: for a few completions, or about the one with this id",
    )
    options = parser.parse_args(arguments)
    write_any_text()
    stage = Stage(Console(highlight=False, emoji=False, markup=False))
    try:
        if options.live is None:
            emulated(stage)
        else:
            live(stage, None if options.live is True else options.live)
    except (AurousError, DemoError) as error:
        stage.console.print(Text(f"\nerror: {printable(str(error))}", style="bold red"))
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        stage.close()
    return 0


def emulated(stage: Stage) -> None:
    """The story, against an emulator of its own."""
    with Emulator() as emulator:
        os.environ.update(AUROUS_API_KEY=emulator.api_key, AUROUS_BASE_URL=emulator.base_url)
        os.environ.pop("AUROUS_API_VERSION", None)
        stage.welcome(
            "The responses come from the emulator of this repository, which does what the vendor's documentation says.",
            "It is not the vendor's server, and nothing leaves this machine.",
            "AUROUS_API_KEY and AUROUS_BASE_URL are set to it for the time of the demo.",
        )
        plan(emulator)
        tell(stage, is_real=False)
    stage.console.print()
    stage.console.rule(style="dim")
    stage.print("More: README.md, nox -l, python -m aurous.emulator --help")


def live(stage: Stage, id: str | None) -> None:
    """The story against the API itself, or what one completion of the caller's gives to see."""
    if not os.environ.get("AUROUS_API_KEY"):
        raise DemoError("--live asks the API itself and needs a key of yours: set AUROUS_API_KEY")
    where = os.environ.get("AUROUS_BASE_URL", "the API itself")
    stage.welcome(f"The responses come from {where}, for the key in AUROUS_API_KEY.")
    if id is not None:
        tour(stage, id)
        return
    stage.console.print()
    stage.print(f"The demo asks {MODEL} up to seven times, each time for up to {MOST_TOKENS} tokens.")
    stage.print(f"It begins nothing more once {BUDGET} credits are spent.")
    if not _agreed():
        raise DemoError("nothing was asked, and nothing spent")
    tell(stage, is_real=True)


def _agreed() -> bool:
    try:
        return input(f"{' ' * 4}Go on? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


if __name__ == "__main__":
    sys.exit(main())
