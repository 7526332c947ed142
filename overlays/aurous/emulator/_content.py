"""The body of a request, as it came: JSON, a form with files, or bytes."""

import json
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from ._contract import is_json

FORM: Final = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file of a form."""

    name: str
    media_type: str | None
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Content:
    """The body of a request."""

    raw: bytes
    media_type: str
    """As told, without parameters; empty where nothing is told."""
    data: Any = None
    """The JSON value; None where it is none."""
    form: dict[str, list[str | UploadedFile]] = field(default_factory=dict[str, list[str | UploadedFile]])
    problem: str = ""
    """Why it is not what its media type says; empty where it is."""

    @property
    def recorded(self) -> Any:
        """What is kept of it: the JSON value, else the bytes, and None where nothing was sent."""
        return self.data if is_json(self.media_type) and not self.problem else self.raw or None


async def receive(request: Request) -> Content:
    """Read the body of a request. What is wrong with it is told in it, and nothing is raised for that."""
    raw = await request.body()
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if raw and is_json(media_type):
        return _json(raw, media_type)
    if media_type == FORM:
        return await _form(request, raw)
    return Content(raw, media_type)


def _json(raw: bytes, media_type: str) -> Content:
    try:
        data = json.loads(raw, parse_constant=_no_constant)
    except RecursionError:
        return Content(raw, media_type, problem="nested too deeply")
    except ValueError as error:
        return Content(raw, media_type, problem=str(error))
    return Content(raw, media_type, data)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


async def _form(request: Request, raw: bytes) -> Content:
    form: dict[str, list[str | UploadedFile]] = {}
    try:
        async with request.form() as parts:
            for name, value in parts.multi_items():
                form.setdefault(name, []).append(await _part(value))
    # Which of the two it is depends on what is around the request.
    except (HTTPException, MultiPartException) as error:
        problem = error.message if isinstance(error, MultiPartException) else error.detail
        return Content(raw, FORM, problem=problem)
    return Content(raw, FORM, form=form)


async def _part(value: str | UploadFile) -> str | UploadedFile:
    if isinstance(value, str):
        return value
    return UploadedFile(value.filename or "", value.content_type, await value.read())
