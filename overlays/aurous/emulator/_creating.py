"""The operation that creates chat completions."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import Any, Final

from ._completions import StoredCompletion
from ._errors import RefusalError
from ._json import Body, list_in, object_in
from ._models import Model
from ._replies import Reply, finish_reason_of, limited
from ._responses import EVENT_STREAM, OperationRequest, SuccessResponse
from ._samples import has_foreign_reference
from ._store import Store
from ._stream import Stream
from ._streaming import Streaming
from ._tokens import tokens_of_prompt
from ._writing import Writing, hold_for

_CAPABILITY: Final = "tool_choice_required"
_WORDS: Final = {
    "tool_choice": ("none", "auto", "required"),
    "reasoning_effort": ("minimal", "low", "med", "medium", "high"),  # API_FACTS 4.1, item 13: two pages, two lists.
}
_IMAGES: Final = ("https://", "data:image/")


def create(store: Store, request: OperationRequest) -> Generator[float, None, Any]:
    """The completion, once it is written, or its stream. Yields the moments to wait for."""
    body, model = request.body, _model(store, request.body)
    _check(store, model, body)
    writing = _begun(store, request, model)
    stored = StoredCompletion(writing.body(), request.team, cancellable=False)
    completions = store.completions  # A reset in between has others.
    completions[writing.id] = stored
    try:
        script = store.scripted(body)
        if script.after:
            yield request.at + script.after
        reply = _identified(store, limited(store.said(script, body), body))
    except RefusalError:
        # Nothing is charged, and there is no completion.
        writing.team.ledger.drop(writing.entry)
        completions.pop(writing.id, None)
        raise
    if body.get("stream"):
        return _streamed(store, request, stored, writing, reply, script.streaming)
    writing.write(reply)
    stored.end(writing.end("completed", finish_reason_of(reply), store.clock.time()))
    return stored.body


def _streamed(
    store: Store,
    request: OperationRequest,
    stored: StoredCompletion,
    writing: Writing,
    reply: Reply,
    streaming: Streaming,
) -> SuccessResponse:
    """The response that streams the completion."""
    has_key = "idempotency-key" in request.headers
    stored.cancellable = streaming.cancellable
    stored.running = stream = Stream(
        store=store,
        stored=stored,
        writing=writing,
        reply=reply,
        streaming=streaming,
        error=store.error_of(streaming.error),
        request_id=request.request_id,
        has_key=has_key,
    )
    headers = {
        "Cache-Control": "no-cache, no-transform",
        "Aurous-Idempotency-Status": "ignored_streaming" if has_key else "not_set",
    }
    return SuccessResponse(200, EVENT_STREAM, stream, headers)


def _identified(store: Store, reply: Reply) -> Reply:
    """The reply with an id for each tool call."""
    calls = [{**call, "id": call.get("id") or store.new_id("call")} for call in reply.tool_calls]
    return replace(reply, tool_calls=calls)


def _begun(store: Store, request: OperationRequest, model: Model) -> Writing:
    """A completion that holds its credits."""
    body, refusal = request.body, store.contract.catalogue.refusal
    prompt_tokens, cap = tokens_of_prompt(body), model.hard_cap
    if model.context_window is not None and prompt_tokens > model.context_window:
        message = f"The input has {prompt_tokens} tokens, and the context window of {model.id} {model.context_window}."
        raise refusal("max_input_tokens_exceeded", message, param="messages")
    team = store.teams[request.team]
    if not team.tokens.has(prompt_tokens, request.at):
        retry_after = team.tokens.retry_after(request.at, prompt_tokens)
        raise refusal("tpm_rate_limit_exceeded", retry_after=retry_after)
    team.tokens.drain(prompt_tokens, request.at)
    # How much is held where the request does not say how much may be written is not documented; here all that may be.
    most = body.get("max_tokens", cap or 0)
    completion_id, credits = store.new_id("cmp"), hold_for(model, prompt_tokens, int(most))
    entry = team.ledger.hold(request, completion_id, "chat", model.id, credits)
    if entry is None:
        message = f"{credits:.5f} credits have to be held, and {team.ledger.available} are available."
        raise refusal("balance_too_low", message)
    return Writing(completion_id, int(request.at), model, prompt_tokens, team, entry)


def _model(store: Store, body: Body) -> Model:
    refusal = store.contract.catalogue.refusal
    model = store.models.get(body["model"])
    if model is None:
        # Which code this gets is not documented, and the contract has no 404 for it. To the emulator, what is none of
        # the known values has another form than the expected one (see `_validation`).
        known = ", ".join(each.id for each in store.models.values() if each.kind != "embedding")
        raise refusal("invalid_format", f"There is no model {body['model']!r:.80}: take {known}.", param="model")
    if model.kind == "embedding":
        raise refusal("model_wrong_kind", f"The model {model.id} is not a chat model.", param="model")
    return model


def _check(store: Store, model: Model, body: Body) -> None:
    """Refuse what the schema of the contract lets through, and the model does not."""
    refusal = store.contract.catalogue.refusal
    most, cap = body.get("max_tokens"), model.hard_cap
    if most is not None and cap is not None and most > cap:
        message = f"max_tokens {most} exceeds the hard cap of {model.id}, {cap}."
        raise refusal("max_tokens_exceeds_hard_cap", message, param="max_tokens")
    if most is not None and most < 1:
        raise refusal("value_out_of_range", f"max_tokens: {most} is less than 1", param="max_tokens")
    # Which codes the rest gets is not documented.
    _check_words(refusal, body)
    choice, tools = body.get("tool_choice"), list_in(body.get("tools"))
    if choice == "required" and not model.can(_CAPABILITY):
        message = f"The model {model.id} does not support tool_choice required."
        raise refusal("tool_choice_required_unsupported", message, param="tool_choice")
    names = [object_in(tool.get("function")).get("name") for tool in tools]
    wanted = object_in(object_in(choice).get("function")).get("name")
    if (choice == "required" and not tools) or (wanted is not None and wanted not in names):
        raise refusal("invalid_format", "tool_choice: tools has no such function", param="tool_choice")
    response_format = object_in(body.get("response_format"))
    if response_format.get("type") == "json_schema":
        # The contract leaves the form of the answer open for types that are not documented.
        named = object_in(response_format.get("json_schema"))
        for name in ("name", "schema"):
            if name not in named:
                param = f"response_format.json_schema.{name}"
                raise refusal("missing_field", f"{param} is missing.", param=param)
    if has_foreign_reference(response_format):
        raise refusal("invalid_format", "response_format: a $ref leaves the schema", param="response_format")


def _check_words(refusal: Callable[..., Exception], body: Body) -> None:
    """Refuse words and addresses of images that no page has, though the schema is open for them."""
    for name, words in _WORDS.items():
        word = body.get(name)
        if isinstance(word, str) and word not in words:
            raise refusal("invalid_format", f"{name}: {word!r:.80} is none of {', '.join(words)}", param=name)
    for place, url in _image_urls(body):
        if not url.lower().startswith(_IMAGES):
            raise refusal("invalid_format", f"{place}: {url!r:.80} is neither https nor data:image/", param=place)


def _image_urls(body: Body) -> Iterator[tuple[str, str]]:
    """The address of each image of a conversation, behind its place."""
    for number, message in enumerate(body["messages"]):
        for index, part in enumerate(list_in(object_in(message).get("content"))):
            url = object_in(object_in(part).get("image_url")).get("url")
            if isinstance(url, str):
                yield f"messages.{number}.content.{index}.image_url.url", url
