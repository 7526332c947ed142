"""A stream relayed by FastAPI from its pool of threads."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import Body, FastAPI
from fastapi.responses import StreamingResponse

from aurous import Aurous, ChatStream

app = FastAPI()
client = Aurous()


@app.post("/streams")
def stream_answer(question: Annotated[str, Body()]) -> StreamingResponse:
    """Answer while it is written."""
    stream = client.chat.completions.stream(model="aurous-grow-2.0-pro", messages=question)
    return StreamingResponse(pieces(stream), media_type="text/plain")


async def pieces(stream: ChatStream) -> AsyncIterator[str]:
    """Each piece is read by a thread of the pool, which is left alone where the caller leaves."""
    in_thread = partial(to_thread.run_sync, abandon_on_cancel=True)
    try:
        await in_thread(stream.__enter__)
        while (piece := await in_thread(next, stream.text_stream, None)) is not None:
            yield piece
    finally:
        stream.close()
