"""A small service built on the SDK: GET /answers/ID gives what a stored completion says, and what it cost.

The tests run it, and type-check it, in an environment that has `aurous` from a package index, and nothing of this
repository.
"""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer

from aurous import Aurous, AurousError, ChatCompletion, NotFoundError


def answer(client: Aurous, completion_id: str) -> tuple[int, dict[str, object]]:
    """Return the status and the body of the service's answer for one completion."""
    try:
        completion = client.chat.completions.retrieve(completion_id)
    except NotFoundError as error:
        return 404, {"error": "no such answer", "request_id": error.request_id}
    except AurousError as error:
        return 502, {"error": str(error)}
    return 200, summary(completion)


def summary(completion: ChatCompletion) -> dict[str, object]:
    """Return what the service's own callers need of a completion."""
    return {
        "status": str(completion.status),
        "done": completion.is_terminal,
        "text": completion.text,
        "credits": completion.usage.credits_charged,
    }


class Handler(BaseHTTPRequestHandler):
    """Answers GET /answers/ID."""

    client: Aurous

    def do_GET(self) -> None:  # the name that http.server calls
        """Answer one request."""
        status, body = answer(self.client, self.path.removeprefix("/answers/"))
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # the parameter's name in http.server
        """Keep quiet."""


def main() -> None:
    """Serve on a free port of the loopback address, which is printed, until the process ends."""
    with Aurous() as client, HTTPServer(("127.0.0.1", 0), Handler) as server:
        Handler.client = client
        print(server.server_port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
