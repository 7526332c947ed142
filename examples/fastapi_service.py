"""A service with FastAPI: one client for all requests, completions, streams for a browser, errors as responses."""

import logging
import math
from asyncio import Event, TaskGroup
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel

import aurous
from aurous import AsyncAurous, AsyncChatStream, AurousError, BudgetExceededError, ChatCompletion, ConfigurationError

MODEL = "aurous-grow-2.0-pro"
logger = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[dict[str, AsyncAurous | TaskGroup]]:
    """One client as long as the service runs, and the bills that it waits for in the end: the state of each request."""
    async with AsyncAurous() as client, TaskGroup() as bills:
        yield {"client": client, "bills": bills}


def get_client(request: Request) -> AsyncAurous:
    """The client of the service."""
    client: AsyncAurous = request.state.client
    return client


Client = Annotated[AsyncAurous, Depends(get_client)]

app = FastAPI(lifespan=lifespan)


class Question(BaseModel):
    """What somebody wants to know."""

    text: str


@app.post("/answers")
async def answer(question: Question, client: Client) -> ChatCompletion:
    """Answer as a whole."""
    return await client.chat.completions.create(model=MODEL, messages=question.text, max_tokens=500)


@app.get("/answers/{id}")
async def look_up(id: str, client: Client) -> ChatCompletion:
    """An answer that was given before, by whoever knows its id."""
    return await client.chat.completions.retrieve(id)


# --- Streams ---


async def opened(question: Question, client: Client, request: Request) -> AsyncGenerator[AsyncChatStream]:
    """A stream that has begun. What goes wrong before is a response with a status of its own."""
    async with client.chat.completions.stream(model=MODEL, messages=question.text, max_tokens=500) as stream:
        ended = Event()
        request.state.bills.create_task(settle(stream, ended))
        try:
            yield stream
        finally:  # also where the browser leaves, which cancels this task: so another one waits for the bill
            ended.set()


async def settle(stream: AsyncChatStream, ended: Event) -> None:
    """Learn what a stream cost, when it has ended. Of one that came whole this is known; of any other it is asked."""
    await ended.wait()
    try:
        completion = await stream.recover(timeout=30)
        logger.info("%s %s: %s credits", completion.id, completion.status, completion.receipt.credits)
    except Exception:
        logger.exception("what %s cost is not known", stream.id)


@app.post("/streams", response_class=EventSourceResponse)
async def stream_answer(stream: Annotated[AsyncChatStream, Depends(opened)]) -> AsyncIterator[ServerSentEvent]:
    """Answer while it is written. FastAPI cancels this where the browser leaves, and so the stream is closed."""
    try:
        async for piece in stream.text_stream:
            yield ServerSentEvent(event="text", data=piece, id=stream.id)
        completion = await stream.get_final_completion()
    except AurousError as error:
        yield ServerSentEvent(event="error", data=error.as_dict())
    else:
        yield ServerSentEvent(event="end", data={"id": completion.id, "receipt": completion.receipt.as_dict()})


# --- Errors ---

STATUSES: dict[type[AurousError], int] = {
    # What the caller can do something about.
    aurous.BadRequestError: 422,
    aurous.UnprocessableEntityError: 422,
    aurous.NotFoundError: 404,
    aurous.ConflictError: 409,
    aurous.CompletionCancelledError: 409,
    aurous.GoneError: 410,
    BudgetExceededError: 402,
    aurous.RateLimitError: 429,
    # What the operator of the service can: its key, its balance, its code.
    aurous.AuthenticationError: 502,
    aurous.PermissionDeniedError: 502,
    aurous.InsufficientCreditsError: 503,
    ConfigurationError: 500,
    # What nobody here can.
    aurous.APIConnectionError: 503,
    aurous.APITimeoutError: 504,
    aurous.WaitTimeoutError: 504,
    aurous.ServerError: 502,
    aurous.APIStatusError: 502,
    aurous.APIResponseError: 502,
    aurous.OutputError: 502,
    aurous.StreamInterruptedError: 502,
    aurous.CompletionError: 502,
    aurous.CompletionFailedError: 502,
    AurousError: 500,
}


def status_of(error: AurousError) -> int:
    """The status to respond with; that of the nearest class that has one."""
    if isinstance(error, ConfigurationError) and error.param is not None:
        return 422  # an argument, as an id that is none: here, all of them come from the caller
    if isinstance(error, BudgetExceededError) and error.budget.get("is_closed"):
        return STATUSES[aurous.InsufficientCreditsError]  # the balance of the team, and no limit of the caller
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


@app.exception_handler(AurousError)
async def respond(_: Request, error: AurousError) -> JSONResponse:
    """An error as JSON, with the status of its class."""
    headers = {} if error.retry_after is None else {"Retry-After": str(math.ceil(error.retry_after))}
    return JSONResponse({"error": error.as_dict()}, status_of(error), headers)
