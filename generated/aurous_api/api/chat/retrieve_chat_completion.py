from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ... import errors
from ...models.chat_completion import ChatCompletion
from ...models.error_envelope import ErrorEnvelope
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def _get_kwargs(
    id: str,
    *,
    aurous_version: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(aurous_version, Unset):
        headers["Aurous-Version"] = aurous_version

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/chat/completions/{id}".format(
            id=quote(str(id), safe=""),
        ),
    }

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ChatCompletion | ErrorEnvelope | None:
    if response.status_code == 200:
        response_200 = ChatCompletion.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = ErrorEnvelope.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = ErrorEnvelope.from_dict(response.json())

        return response_401

    if response.status_code == 402:
        response_402 = ErrorEnvelope.from_dict(response.json())

        return response_402

    if response.status_code == 403:
        response_403 = ErrorEnvelope.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = ErrorEnvelope.from_dict(response.json())

        return response_404

    if response.status_code == 409:
        response_409 = ErrorEnvelope.from_dict(response.json())

        return response_409

    if response.status_code == 410:
        response_410 = ErrorEnvelope.from_dict(response.json())

        return response_410

    if response.status_code == 422:
        response_422 = ErrorEnvelope.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = ErrorEnvelope.from_dict(response.json())

        return response_429

    if response.status_code == 500:
        response_500 = ErrorEnvelope.from_dict(response.json())

        return response_500

    if response.status_code == 502:
        response_502 = ErrorEnvelope.from_dict(response.json())

        return response_502

    if response.status_code == 503:
        response_503 = ErrorEnvelope.from_dict(response.json())

        return response_503

    if response.status_code == 504:
        response_504 = ErrorEnvelope.from_dict(response.json())

        return response_504

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ChatCompletion | ErrorEnvelope]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    id: str,
    *,
    client: AuthenticatedClient,
    aurous_version: str | Unset = UNSET,
) -> Response[ChatCompletion | ErrorEnvelope]:
    """Retrieve a stored chat completion

     Returns the stored completion, reconstructed from its record. `status` is `in_progress`
    while the completion is still being streamed to whoever created it; that status is
    only ever seen here.

    The scope `read` covers every GET; the documentation names no other for chat.
    A completion of another team is not found (404).

    Args:
        id (str):
        aurous_version (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ChatCompletion | ErrorEnvelope]
    """

    kwargs = _get_kwargs(
        id=id,
        aurous_version=aurous_version,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    id: str,
    *,
    client: AuthenticatedClient,
    aurous_version: str | Unset = UNSET,
) -> ChatCompletion | ErrorEnvelope | None:
    """Retrieve a stored chat completion

     Returns the stored completion, reconstructed from its record. `status` is `in_progress`
    while the completion is still being streamed to whoever created it; that status is
    only ever seen here.

    The scope `read` covers every GET; the documentation names no other for chat.
    A completion of another team is not found (404).

    Args:
        id (str):
        aurous_version (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ChatCompletion | ErrorEnvelope
    """

    return sync_detailed(
        id=id,
        client=client,
        aurous_version=aurous_version,
    ).parsed


async def asyncio_detailed(
    id: str,
    *,
    client: AuthenticatedClient,
    aurous_version: str | Unset = UNSET,
) -> Response[ChatCompletion | ErrorEnvelope]:
    """Retrieve a stored chat completion

     Returns the stored completion, reconstructed from its record. `status` is `in_progress`
    while the completion is still being streamed to whoever created it; that status is
    only ever seen here.

    The scope `read` covers every GET; the documentation names no other for chat.
    A completion of another team is not found (404).

    Args:
        id (str):
        aurous_version (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ChatCompletion | ErrorEnvelope]
    """

    kwargs = _get_kwargs(
        id=id,
        aurous_version=aurous_version,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    id: str,
    *,
    client: AuthenticatedClient,
    aurous_version: str | Unset = UNSET,
) -> ChatCompletion | ErrorEnvelope | None:
    """Retrieve a stored chat completion

     Returns the stored completion, reconstructed from its record. `status` is `in_progress`
    while the completion is still being streamed to whoever created it; that status is
    only ever seen here.

    The scope `read` covers every GET; the documentation names no other for chat.
    A completion of another team is not found (404).

    Args:
        id (str):
        aurous_version (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ChatCompletion | ErrorEnvelope
    """

    return (
        await asyncio_detailed(
            id=id,
            client=client,
            aurous_version=aurous_version,
        )
    ).parsed
