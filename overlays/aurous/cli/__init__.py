"""`aurous` on a command line: look at the connection, read and wait for completions, chat. Needs `aurous[cli]`."""

from aurous.cli.program import main

__all__ = ["main"]
