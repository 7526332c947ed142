"""The driver of synchronous clients: it carries out what a flow asks for, in the calling thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from aurous._clock import monotonic
from aurous._engine.effects import Close, Flow, Gather, Notify, Read, Send, Sleep
from aurous._engine.exchange import Exchange
from aurous._http.failures import Failure, failure_of
from aurous._http.limits import Limits
from aurous._http.sockets import BLOCKING
from aurous._http.steps import run
from aurous._http.wire import Incoming, Response
from aurous_api.loading import load

if TYPE_CHECKING:
    from aurous._clock import Clock
    from aurous._http.pools import ProcessPools
    from aurous._secret import Secret

T = TypeVar("T")


def drive(flow: Flow[T], pools: ProcessPools, clock: Clock, secret: Secret) -> T:
    """Run a flow to its end in the calling thread."""
    outcome: Any = None
    try:
        while True:
            try:
                effect, outcome = flow.send(outcome), None
            except StopIteration as stop:
                result: T = stop.value
                return result
            if isinstance(effect, Send):
                if effect.request.leaves_origin:
                    with pools.elsewhere(effect.request.url) as transport:
                        outcome = _send(effect, transport, secret)
                else:
                    outcome = _send(effect, pools.current(), secret)
            elif isinstance(effect, Sleep):
                clock.sleep(effect.seconds)
            elif isinstance(effect, Notify):
                outcome = effect.function(effect.argument)
            elif isinstance(effect, Read):
                outcome = _read(effect, secret)
            elif isinstance(effect, Close):
                close(effect.body)
            elif isinstance(effect, Gather):
                outcome = load("aurous._engine.gathering", "gather")(effect)
            else:
                drop(pools.current())
    finally:
        flow.close()


def _send(send: Send, transport: Any, secret: Secret) -> Response | Failure:
    exchange = Exchange(send, transport, BLOCKING, secret)
    try:
        try:
            return run(exchange.steps())
        finally:
            if exchange.incoming is not None:
                close(exchange.incoming)
    except Exception as error:  # noqa: BLE001  # whatever a transport raises, the caller gets one of ours
        return exchange.failure(error)
    except BaseException as error:  # noqa: BLE001  # it goes on, without the frames that hold the key
        raise error.with_traceback(None) from None


def close(incoming: Incoming) -> Any:
    """Close a response. Returns what is to be awaited, if anything is."""
    try:
        return incoming.close()
    except Exception:  # noqa: BLE001  # what came of it is known, and whatever broke is told by what broke it
        return None


def _read(effect: Read, secret: Secret) -> bytes | Failure:
    started = monotonic()
    effect.body.limits = Limits(0, effect.seconds, effect.seconds)
    try:
        return bytes(run(effect.body.read()))
    except Exception as error:  # noqa: BLE001  # as above
        close(effect.body)
        return failure_of(error, monotonic() - started, secret)
    except BaseException as error:  # noqa: BLE001  # as above
        close(effect.body)
        raise error.with_traceback(None) from None


def drop(transport: Any) -> None:
    if hasattr(transport, "drop_connections"):
        transport.drop_connections()
