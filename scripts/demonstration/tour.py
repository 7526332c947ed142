"""What one completion of the caller's gives to see, against the API itself."""

import json
import time
from datetime import datetime
from textwrap import shorten

from aurous import ChatCompletion, RateLimit
from demonstration.stage import LONGEST_LINE, Stage

UNKNOWN_ID = "cmp_01HXMQ7Z3K8Y2NOWHERE"


def tour(stage: Stage, id: str) -> None:
    """Retrieve it, wait for it, and show what it holds."""
    retrieved(stage, "The completion, and what it cost", id)
    drifted(stage, "Where the response leaves the documentation", id)
    waited(stage, "Waiting until it is at an end", id)
    ended(stage, "How it ended", id)
    refused(stage)
    limited(stage, id)


def retrieve(id: str, name: str = "completion") -> str:
    """The code that retrieves a completion."""
    return _call(f"{name} = client.chat.completions.retrieve", json.dumps(id))


def _call(function: str, arguments: str) -> str:
    line = f"{function}({arguments})"
    return line if len(line) <= LONGEST_LINE else f"{function}(\n    {arguments}\n)"


def retrieved(stage: Stage, title: str, id: str) -> None:
    """Retrieve a completion, and show it with its receipt."""
    stage.step(title)
    stage.run(retrieve(id))
    stage.attempt("print(completion.status, completion.created_at)\nprint(completion.text)")
    if not stage.attempt("completion.receipt"):
        return
    receipt = stage.completion.receipt
    rows: list[tuple[object, ...]] = [(line.name, line.tokens or "", line.credits) for line in receipt.lines]
    if not receipt.adds_up:
        rows.append(("not in the lines", "", receipt.difference))
    rows.append(("charged", "", receipt.credits))
    stage.table("item", "tokens", "credits", rows=rows, right="tokens credits", total=True)


def drifted(stage: Stage, title: str, id: str) -> None:
    """Retrieve a completion, and show where the response leaves the contract."""
    stage.step(title)
    stage.run(f"{retrieve(id)}\nprint(completion)")
    stage.run("completion.drift")
    completion = stage.completion
    if not completion.drift:
        stage.print("() - the response kept to what is documented")
        return
    rows = [
        (each.pointer, each.expected, "nothing" if each.problem == "missing" else shorten(repr(each.found), 30))
        for each in completion.drift
    ]
    stage.table("where", "documented", "found", rows=rows)
    if completion.tool_calls:
        stage.run("print(completion.tool_calls[0].name, completion.tool_calls[0].arguments)")


def waited(stage: Stage, title: str, id: str) -> None:
    """Wait for a completion, and show each poll as it comes."""
    stage.step(title)
    started = time.monotonic()

    def show(completion: ChatCompletion) -> None:
        stage.print(f"{time.monotonic() - started:5.1f} s  {completion.status}")

    stage.names["show"] = show
    with stage.console.status("waiting", spinner="line"):
        stage.attempt(_call("completion = client.chat.completions.wait", f"{json.dumps(id)}, timeout=60, on_poll=show"))
    stage.run("print(completion)")


def ended(stage: Stage, title: str, *ids: str) -> None:
    """Show how completions ended that did not end well, if they did not."""
    stage.step(title)
    stage.run("from aurous import CompletionError")
    for each in ids:
        stage.run(
            f"{retrieve(each)}\n"
            "print(completion.status, completion.text)\n"
            "try:\n"
            "    completion.raise_for_status()\n"
            "except CompletionError as error:\n"
            "    print(type(error).__name__, error)"
        )


def refused(stage: Stage) -> None:
    """Show an error of the API, with its advice."""
    stage.step("An error, and what to do about it")
    stage.run(
        "from aurous import AurousError\n"
        "try:\n"
        f"    client.chat.completions.retrieve({json.dumps(UNKNOWN_ID)})\n"
        "except AurousError as error:\n"
        "    print(type(error).__name__, error)\n"
        "    known = error.as_dict()"
    )
    shown = ("status_code", "type", "code", "retryable", "request_id", "doc_url")
    stage.table("error.as_dict()", "", rows=[(name, stage.names["known"][name]) for name in shown])


def limited(stage: Stage, id: str) -> None:
    """Show what a call went through, and what is left of the rate limits."""
    stage.step("Rate limits, obeyed and told")
    stage.run(f"{retrieve(id)}\ncompletion.meta.attempts")
    tries = enumerate(stage.completion.meta.attempts, 1)
    rows = [(number, f"{each.waited:.1f} s", each.reason, each.request_id or "") for number, each in tries]
    stage.table("try", "waited", "response", "request id", rows=rows)
    stage.run("client.rate_limit")
    limit: RateLimit = stage.names["client"].rate_limit
    buckets = [("requests a minute", limit.requests), ("tokens a minute", limit.tokens)]
    told = [(name, bucket.remaining, bucket.limit, _hour(bucket.reset_at)) for name, bucket in buckets if bucket]
    stage.table("limit", "left", "of", "full again at", rows=told, right="left of")


def _hour(moment: datetime | None) -> str:
    return f"{moment:%H:%M:%S} UTC" if moment else ""
