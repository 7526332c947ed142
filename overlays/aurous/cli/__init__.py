"""`aurous` on a command line: look at the connection, read and wait for completions, chat. Needs `aurous[cli]`."""

from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: What was typed behind `aurous`; by default that of the process.

    Returns:
        The exit code; see `Exit`.
    """
    try:
        from aurous.cli.program import run  # noqa: PLC0415  # Ctrl-C may come while it is imported

        return run(arguments)
    except KeyboardInterrupt:
        from aurous.cli.exits import Exit  # noqa: PLC0415  # as above

        return Exit.INTERRUPTED
