"""A private package index on a free port of the loopback address, which it prints; it wants a password for everything.

    python tests/consumer/index.py FOLDER USERNAME PASSWORD

In a process of its own, because pypiserver changes how the process that imports it imports.
"""

import sys
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pypiserver


class Quiet(WSGIRequestHandler):
    """A request handler that does not log."""

    def log_message(self, format: str, *args: object) -> None:  # the parameter's name in http.server
        """Keep quiet."""


def main(folder: str, username: str, password: str) -> None:
    """Serve the files of a folder until the process ends."""
    application: Any = pypiserver.app(
        roots=[folder],
        authenticate=["download", "list", "update"],
        auther=lambda *given: given == (username, password),
        password_file="not a file: auther decides",
        disable_fallback=True,
    )
    with make_server("127.0.0.1", 0, application, handler_class=Quiet) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
