"""One item on its way through the client: with its idempotency key, its share of the time, and the journal."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from attrs import define, evolve

from aurous._config import Config, Timeout
from aurous._engine.requests import build_request
from aurous._engine.strict_json import loads
from aurous._engine.subclasses import SUBCLASSES
from aurous._errors import APIResponseError, AurousError, ConfigurationError
from aurous.bulk.items import flow_of

if TYPE_CHECKING:
    from aurous._engine.caller import BaseCaller
    from aurous._engine.effects import Flow, Request
    from aurous.bulk.entry import Entry
    from aurous.bulk.home import Home
    from aurous.bulk.journal import Journal
    from aurous_api.operations import CallOptions, Operation

_NAMESPACE: Final = uuid.UUID("5f0c7d0e-6f5b-5b0e-9d3c-0b1f3a9c6e21")


class LateError(Exception):
    """The time is up: the item was not sent."""


@define(frozen=True)
class Run:
    """What the calls of a bulk have in common."""

    name: str
    caller: BaseCaller
    journal: Journal | None
    deadline: float
    """By the client's clock; infinite where there is none."""
    home: Home

    def flow(self, entry: Entry[Any]) -> Flow[Any]:
        """The call of an item, not begun; what is to be known of it is noted in its entry."""
        try:
            return (yield from flow_of(entry.item, _ItemCaller(self, entry)))
        except AurousError as error:
            entry.sent = entry.sent or bool(error.attempts)
            raise

    @property
    def remaining(self) -> float:
        """Seconds that are left."""
        return self.deadline - self.caller.config.clock.monotonic()


class _ItemCaller:
    """Stands between a resource and the caller of the client, so that any method can be part of a bulk."""

    __slots__ = ("_entry", "_run", "config")

    def __init__(self, run: Run, entry: Entry[Any]) -> None:
        self._run = run
        self._entry = entry
        self.config: Config = run.caller.config

    def run(self, flow: Flow[Any]) -> Flow[Any]:
        """Leave the call to whoever carries out the bulk."""
        return flow

    def flow(
        self,
        operation: Operation[Any, Any],
        path: tuple[object, ...],
        given: Mapping[str, object],
        options: CallOptions,
    ) -> Flow[Any]:
        """The call, not begun; where the journal has its result, that is read instead."""
        if options.idempotency_key is not None:
            raise ConfigurationError(
                "a bulk makes the idempotency keys. To do: give key=, the name of the item in its run"
            )
        run, entry = self._run, self._entry
        request = build_request(operation, path, given, options, self.config)
        key = self._key(operation, path, request) if operation.idempotent or run.journal else ""
        stored = run.journal.find(key) if run.journal else None
        if stored is not None:
            result = _read(operation, stored)
            entry.journaled = True
        else:
            options = evolve(options, timeout=self._limited(options.timeout))
            result = yield from self._call(operation, path, given, options, request, key)
            entry.sent = True
            self._keep(operation, key, result)
        if operation.idempotent:
            entry.replayed = not entry.journaled and result.meta.idempotent_replay
            entry.credits = _credits(result)
        return result

    def _call(
        self,
        operation: Operation[Any, Any],
        path: tuple[object, ...],
        given: Mapping[str, object],
        options: CallOptions,
        request: Request,
        key: str,
    ) -> Flow[Any]:
        run = self._run
        caller = run.caller
        if not operation.idempotent:
            return caller.patient_flow(operation, path, given, options, run.remaining)
        # The key stands for this very request. Where it is in use, a run that died had sent it: its end is waited for.
        caller.state.unanswered.add(key, request)
        try:
            return caller.patient_flow(operation, path, given, evolve(options, idempotency_key=key), run.remaining)
        finally:
            caller.state.unanswered.discard(key)

    def _limited(self, timeout: float | Timeout | None) -> Timeout:
        limits = self.config.timeout if timeout is None else Timeout.of(timeout)
        remaining = self._run.remaining
        if remaining >= limits.total:
            return limits
        if remaining <= 0:
            raise LateError
        return evolve(limits, total=remaining)

    def _key(self, operation: Operation[Any, Any], path: tuple[object, ...], request: Request) -> str:
        """The idempotency key of a request, 36 characters: the same for the same item of a run, whoever sends it."""
        body: Any = request.body
        canonical = json.dumps(loads(body), sort_keys=True, separators=(",", ":")) if body else ""
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        return str(uuid.uuid5(_NAMESPACE, json.dumps([self._run.name, self._entry.key, operation.id, *path, digest])))

    def _keep(self, operation: Operation[Any, Any], key: str, result: Any) -> None:
        """Write a result into the journal: one that was paid for, or that does not change any more."""
        journal, entry = self._run.journal, self._entry
        if journal is None or not (operation.idempotent or result.is_terminal):
            return
        try:
            journal.write(key, entry.key, operation.name, result.to_dict())
        except AurousError as error:  # the answer is there all the same
            entry.trouble = error


def _read(operation: Operation[Any, Any], stored: dict[str, Any]) -> Any:
    kind: Any = operation.result
    return SUBCLASSES[kind.kind.model].from_dict(stored)  # type: ignore[attr-defined]


def _credits(result: Any) -> Any:
    try:
        return result.receipt.credits
    except APIResponseError:  # it does not say
        return None
