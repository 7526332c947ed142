"""What a test plans: errors, drift, responses of its own, and deprecations."""

import copy
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final

from ._base import Base
from ._checks import check_header, check_json
from ._contract import Operation, route
from ._errors import EmulatorError, ErrorResponse
from ._plans import NOTHING, REMOVE, Drift, DriftKind, Fault, PlannedResponse, Target, due, next_due, planned_drift
from ._responses import OperationRequest, SuccessResponse, named_example, of_body, of_example

_SUCCESS: Final = range(200, 400)


class Planning(Base):
    """What was planned, and how to plan it."""

    def _reset_plans(self) -> None:
        self.deprecation: dict[str, str] = {}
        """The headers that say on every response what is deprecated."""
        self._faults: list[Fault] = []
        self._drifts: list[Drift] = []
        self._responses: list[PlannedResponse] = []
        self._routes: dict[str, Operation] = {}

    def _planned_for(self, operation: str) -> Operation:
        """The operation that something is planned for: one of the contract, or a route beside it."""
        method, _, path = operation.partition(" ")
        if not path.startswith("/"):
            return self.contract.operation(operation)
        known = (each for each in self.contract.operations.values() if f"{each.method} {each.path}" == operation)
        return next(known, None) or self._routes.setdefault(operation, route(method, path))

    def fail(
        self,
        id: str | None = None,  # as in `retrieve(id)`
        *,
        operation: str | None = None,
        code: str | None = None,
        status: int | None = None,
        times: int | None = 1,
        retry_after: int | str | None = None,
        message: str | None = None,
        param: str | None = None,
    ) -> None:
        """Give the next requests an error, before anything else is looked at.

        A client may send requests of its own before yours: one with a budget asks for the rates first (`models.list`).
        Name the `operation` that is to fail.

        Args:
            id: Only requests with this in their path, which need not exist; by default any request.
            operation: Only requests for this operation: its name on a client (`images.list`), its id in the contract,
                or a method and a path that the contract does not have (`POST /v1/things`).
            code: The code. One that is documented has its documented status and type.
            status: The status, 400 to 599; 503 where there is no code either. Without a code, the one that the contract
                shows for that status, of the operation if one is given; where there is none, a gateway's HTML page.
            times: How many requests; None for all of them.
            retry_after: What `Retry-After` says: seconds, or any text. A 429 says 1 by default.
            message: The message, in place of the usual one.
            param: The parameter at fault.

        Raises:
            EmulatorError: The code is not documented and no status is given, there is no such operation, or an argument
                is out of its range.
        """
        if isinstance(retry_after, str):
            check_header(retry_after)
        planned_for = None if operation is None else self._planned_for(operation)
        response = self.contract.catalogue.chosen(
            code,
            status,
            usual=None if planned_for is None else planned_for.usual,
            message=check_json(message),
            param=check_json(param),
            retry_after=retry_after,
        )
        with self.lock:
            self._faults.append(Fault(operation=_name_of(planned_for), id=id, times=times, response=response))

    def drift(
        self,
        id: str | None = None,
        kind: DriftKind | None = None,
        *,
        operation: str | None = None,
        pointer: str | None = None,
        value: Any = REMOVE,
        times: int | None = None,
    ) -> None:
        """Let responses leave the contract. Several drifts add up.

        Args:
            id: Only responses to requests with this in their path; by default any.
            kind: In which way. `missing_field`, `null_field` and `wrong_type` take `/object`, `/usage` and
                `/choices/0/message/content` unless told otherwise. Without a kind, `pointer` and `value` say all.
            operation: Only responses of this operation: its id in the contract, or its name on a client.
            pointer: The JSON pointer of the field. A body without that place stays as it is.
            value: What to put there, where the kind puts something. Without a kind and a value, the field is left out.
            times: How many responses; by default all of them.

        Raises:
            EmulatorError: There is no such completion, operation, kind or place.
        """
        planned_for = None if operation is None else self.contract.operation(operation)
        drift = planned_drift(kind, operation=_name_of(planned_for), id=id, pointer=pointer, value=value, times=times)
        with self.lock:
            what, body = self._body_for(id, planned_for)
            if what and not drift.apply(copy.deepcopy(body)):
                raise EmulatorError(f"{what} has no {drift.pointer}: give the pointer of a field that it has")
            self._drifts.append(drift)

    def _body_for(self, id: str | None, operation: Operation | None) -> tuple[str, Any]:
        """What a drift would change, as far as that is known beforehand: what it is, and its body."""
        raise NotImplementedError

    def answer(
        self,
        operation: str,
        example: str | None = None,
        *,
        id: str | None = None,
        body: Any = NOTHING,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        times: int | None = None,
    ) -> None:
        """Say what an operation responds with, in place of its first example or its state.

        Responses that are planned for a number of times go first, in the order they were planned. Of those planned for
        all times, the last one stands.

        Args:
            operation: The operation: its name on a client (`images.list`) or its id in the contract; or a route that
                the contract does not have, by method and path (`POST /v1/things`).
            example: The name of one of its examples. It is made to be about the id that is asked for.
            id: Only requests with this in their path; by default any.
            body: A body of your own, in place of an example: a JSON value or bytes, or a function that gets the
                `OperationRequest` and gives one. A list that is longer than the `limit` of a request is cut into pages.
            status: The status, 200 to 399, with a body of your own or, without one, with none; by default the first
                documented one.
            headers: Headers beside the usual ones.
            times: How many requests; by default all of them.

        Raises:
            EmulatorError: There is no such operation or example, or an argument is out of its range.
        """
        planned_for = self._planned_for(operation)
        if example is not None:
            named_example(planned_for, example)
        if (example is None) is (body is NOTHING and status is None):
            raise EmulatorError("give the name of an example, or a body (or a status) of your own")
        if status is not None and status not in _SUCCESS:
            raise EmulatorError(f"status {status} is not a success: give one from 200 to 399, or use fail()")
        plan = PlannedResponse(
            operation=planned_for.name,
            id=id,
            times=times,
            example=example,
            body=NOTHING if body is NOTHING or callable(body) else _checked(body),
            make=body if callable(body) else None,
            status=status,
            headers={check_header(name): check_header(text) for name, text in (headers or {}).items()},
        )
        with self.lock:
            self._responses.append(plan)

    def deprecate(self, what: str | None = "route", *, sunset: datetime | str | None = None) -> None:
        """Say on every response that something is deprecated (`Aurous-Deprecated`, `Sunset`).

        Args:
            what: What is; None takes it back.
            sunset: When it stops working: an aware time, or the text of an HTTP date.
        """
        headers = {} if what is None else {"Aurous-Deprecated": check_header(what)}
        if what is not None and sunset is not None:
            headers["Sunset"] = (
                format_datetime(sunset.astimezone(UTC), usegmt=True)
                if isinstance(sunset, datetime)
                else check_header(sunset)
            )
        self.deprecation = headers

    # --- What the app asks ---

    def route(self, method: str, path: str) -> Operation | None:
        """The route beside the contract for which something was planned."""
        return self._routes.get(f"{method} {path}")

    def planned_error(self, target: Target) -> ErrorResponse | None:
        """Use up a fault that is planned for this request, if there is one."""
        fault = next_due(self._faults, target)
        return None if fault is None else fault.response

    def planned_success(
        self, operation: Operation, request: OperationRequest, target: Target
    ) -> SuccessResponse | None:
        """Use up a response that is planned for this request, if there is one."""
        plan = next_due(self._responses, target)
        if plan is None:
            return None
        if plan.example is not None:
            response = of_example(operation, named_example(operation, plan.example), request)
        elif plan.body is NOTHING and plan.make is None:
            response = SuccessResponse(plan.status or operation.status, None, None)
        else:
            body = plan.body if plan.make is None else self._made(plan.make, request)
            response = of_body(operation, body, plan.status)
        return response.having(plan.headers)

    def _made(self, make: Callable[[OperationRequest], Any], request: OperationRequest) -> Any:
        """The body that a function of somebody's own makes."""
        with self._told(f"The function that was planned for {request.operation}"):
            return _checked(make(request))

    def drifted(self, body: Any, target: Target) -> Any:
        """The body of a response, with what is planned done to it."""
        if isinstance(body, bytes) or not any(drift.concerns(target) for drift in self._drifts):
            return body
        body = copy.deepcopy(body)
        for drift in due(self._drifts, target):
            drift.apply(body)
        return body


def _name_of(operation: Operation | None) -> str | None:
    return None if operation is None else operation.name


def _checked(body: Any) -> Any:
    return body if isinstance(body, bytes) else check_json(body)
