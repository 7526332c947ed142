"""`aurous models`, `aurous balance`, `aurous usage`: what there is, what is left, what was used."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from aurous import Aurous
from aurous.chat.receipt import exact
from aurous.cli.exits import Exit
from aurous.cli.terminal import Terminal, said
from aurous_api.models import ModelInfo, UsageBucket


def models(_: Namespace, terminal: Terminal) -> Exit:
    """List the models."""
    with Aurous() as client:
        found = list(client.models.list().auto_paging_iter())
    if terminal.as_json:
        terminal.document({"data": [model.to_dict() for model in found]})
        return Exit.OK
    columns = ("model", "kind", "context", "output", "in", "out")
    terminal.table(*columns, rows=map(_model, found), right="context output in out")
    terminal.say("context, output: tokens at most; in, out: credits for a million tokens")
    return Exit.OK


def _model(model: ModelInfo) -> list[str]:
    limits, chat, embedding = model.aurous_metadata, model.chat_pricing, model.embedding_pricing
    most = said(_at(limits, "max_output_tokens_hard_cap")) or said(_at(limits, "hard_max_tokens"))
    read = said(_at(chat, "input", "credits_per_m")) or said(_at(embedding, "text", "credits_per_m"))
    kind = said(model.kind) or said(_at(limits, "kind"))
    return [
        said(model.id),
        kind,
        said(_at(limits, "context_window")),
        most,
        read,
        said(_at(chat, "output", "credits_per_m")),
    ]


def _at(value: object, *names: str) -> object:
    """What stands at a path of attributes; None where the response does not go so far."""
    for name in names:
        value = getattr(value, name, None)
    return value


def balance(_: Namespace, terminal: Terminal) -> Exit:
    """Show the credits of the team."""
    with Aurous() as client:
        found = client.balance.retrieve()
    if terminal.as_json:
        terminal.document(found.to_dict())
        return Exit.OK
    terminal.facts(
        [
            ("available", f"{said(exact(found.available_credits))} credits"),
            ("held", said(exact(found.held_credits))),
            ("in all", said(exact(found.credits))),
            ("billing", said(found.billing_mode)),
        ]
    )
    return Exit.OK


def usage(options: Namespace, terminal: Terminal) -> Exit:
    """Show what the team used, day by day."""
    group_by: Any = [options.by] if options.by else None
    with Aurous() as client:
        now = datetime.fromtimestamp(client.config.clock.time(), UTC)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        page = client.usage.retrieve(
            start_time=midnight - timedelta(days=options.days - 1), bucket_width="1d", group_by=group_by
        )
        buckets = list(page.auto_paging_iter())
    if terminal.as_json:
        terminal.document({"data": [bucket.to_dict() for bucket in buckets]})
        return Exit.OK
    rows = [row for bucket in buckets for row in _rows(bucket, options.by)]
    if not rows:
        terminal.print("Nothing was used.")
        return Exit.OK
    by = [options.by] if options.by else []
    numbers = ("requests", "failed", "tokens", "credits")
    cells = [[day, *([key] if by else []), *map(said, counts)] for day, key, *counts in rows]
    sums = [said(sum(counts, Decimal())) for counts in zip(*(row[2:] for row in rows), strict=True)]
    cells.append(["in all", *([""] if by else []), *sums])
    terminal.table("day", *by, *numbers, rows=cells, right=" ".join(numbers), total=True)
    return Exit.OK


def _rows(bucket: UsageBucket, by: str | None) -> Iterator[tuple[Any, ...]]:
    """The day, what it is divided by, and exact counts, for each group of a bucket."""
    for group in _list(bucket.groups):
        metrics: Any = group.metrics
        tokens = (_count(metrics, "total_input_tokens"), _count(metrics, "total_output_tokens"))
        key = getattr(group.key, "additional_properties", {})
        yield (
            said(bucket.bucket_start)[:10],
            said(key.get(by)) if by else "",
            _count(metrics, "request_count"),
            _count(metrics, "failed_count"),
            sum(tokens, Decimal()),
            _count(metrics, "credits_used"),
        )


def _list(value: object) -> list[Any]:
    """A list of a response; an empty one where something else came."""
    return cast("list[Any]", value) if isinstance(value, (list, tuple)) else []


def _count(metrics: object, name: str) -> Decimal:
    return exact(getattr(metrics, name, None)) or Decimal()
