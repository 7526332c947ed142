"""A service with FastAPI: one client for all requests, completions, streams for a browser, errors as responses."""

import math
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel

from aurous import (
    APITimeoutError,
    AsyncAurous,
    AurousError,
    BadRequestError,
    ChatCompletion,
    ConfigurationError,
    RateLimitError,
)

MODEL = "aurous-grow-2.0-pro"


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[dict[str, AsyncAurous]]:
    """One client as long as the service runs; what is yielded is the state of each request."""
    async with AsyncAurous() as client:
        yield {"client": client}


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


@app.post("/streams", response_class=EventSourceResponse)
async def stream_answer(question: Question, client: Client) -> AsyncIterator[ServerSentEvent]:
    """Answer while it is written. FastAPI cancels this where the browser leaves, and so the stream is closed."""
    try:
        async with client.chat.completions.stream(model=MODEL, messages=question.text, max_tokens=500) as stream:
            async for piece in stream.text_stream:
                yield ServerSentEvent(event="text", data=piece, id=stream.id)
            completion = await stream.get_final_completion()
    except AurousError as error:
        yield ServerSentEvent(event="error", data=error.as_dict())
    else:
        yield ServerSentEvent(event="end", data={"id": completion.id, "receipt": completion.receipt.as_dict()})


@app.exception_handler(AurousError)
async def respond(_: Request, error: AurousError) -> JSONResponse:
    """An error as JSON. What the caller can do something about has the status that says so."""
    headers = {} if error.retry_after is None else {"Retry-After": str(math.ceil(error.retry_after))}
    match error:
        case ConfigurationError():
            status = 500
        case BadRequestError():
            status = 422
        case RateLimitError():
            status = 503
        case APITimeoutError():
            status = 504
        case _:
            status = 502
    return JSONResponse({"error": error.as_dict()}, status, headers)
