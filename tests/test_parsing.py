"""From bodies to completions: JSON that names the id asked for comes through, whole; anything else is an error."""

import copy
import json
import pickle
import threading
import tracemalloc
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from aurous import UNSET, APIResponseError, AurousError, ChatCompletion, CompletionStatus, FinishReason, Unset
from documents import bodies, completions, is_error_envelope, json_values, number_texts
from scripted import CONTRACT, EXAMPLES, ID, MakesCaller, Reply, caught, completion, ok, reply, sync_caller

SCHEMAS: dict[str, Any] = CONTRACT["components"]["schemas"]


def parsed(document: object) -> ChatCompletion:
    """The completion that a call gives for a body."""
    return sync_caller(reply(document), on_drift="ignore").retrieve()


# --- What the contract documents ---


def closed(schema: Any) -> Any:
    """A schema that lets no undocumented field through: such a field is drift, though no error."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    within = {name: closed(value) for name, value in schema.items()}
    return {**within, "additionalProperties": False} if "properties" in schema else within


VALIDATOR = jsonschema.Draft202012Validator(
    {
        "$ref": "#/components/schemas/ChatCompletion",
        "components": {"schemas": {name: closed(schema) for name, schema in SCHEMAS.items()}},
    }
)


def documented(value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether a parsed value has the type that the contract documents for it."""
    if "$ref" in schema:
        return documented(value, SCHEMAS[schema["$ref"].rpartition("/")[2]])
    if "oneOf" in schema:
        return any(documented(value, choice) for choice in schema["oneOf"])
    if "properties" in schema:
        return type(value).__module__.startswith("aurous") and all(
            documented_attribute(value, name, inner) for name, inner in schema["properties"].items()
        )
    kinds = schema.get("type", ["object"])
    return any(of_type(value, kind, schema) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def documented_attribute(model: object, name: str, schema: Mapping[str, Any]) -> bool:
    # A name that is taken already gets an underscore. A model without the attribute is another model.
    for attribute in (name, f"{name}_"):
        value = getattr(model, attribute, model)
        if value is not model and not callable(value):
            return value is None or value is UNSET or documented(value, schema)
    return False


def of_type(value: Any, kind: str, schema: Mapping[str, Any]) -> bool:
    match kind:
        case "array":
            return isinstance(value, list) and all(documented(item, schema["items"]) for item in value)
        case "string":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "null":
            return value is None
    return True


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_of_the_contract_comes_through_whole(call: MakesCaller, name: str) -> None:
    document = EXAMPLES[name]
    result = call(reply(document), on_drift="ignore").retrieve(document["id"])

    assert result.to_dict() == document
    assert bool(result.drift) is (name == "vendor_sample")
    assert documented(result, SCHEMAS["ChatCompletion"])


def test_the_vendors_own_sample_names_each_place_where_it_leaves_the_contract() -> None:
    result = parsed(completion("vendor_sample"))

    assert {(deviation.pointer, deviation.problem) for deviation in result.drift} == {
        ("/object", "missing"),
        ("/choices/0/message/content", "type"),
    }
    missing: list[object] = [result.object, result.choices[0].message.role]
    assert missing == [UNSET, UNSET]
    assert result.tool_calls[0].arguments == {"city": "Tokyo"}


# --- Any document ---


@given(body=bodies())
@example(body=json.dumps({"id": ID}).encode())
@example(body=f'{{"id": "{ID}", "id": "{ID}"}}'.encode())
@example(body=f'{{"id": "{ID}", "created": NaN}}'.encode())
@example(body=f'{{"id": "{ID}", "created": 1e999}}'.encode())
@example(body=f'{{"id": "{ID}", "created": {"1" * 5000}}}'.encode())
def test_any_body_is_a_completion_or_an_error_of_the_sdk(call: MakesCaller, body: bytes) -> None:
    caller = call(Reply(200, body), on_drift="ignore")
    try:
        result = caller.retrieve()
    except APIResponseError as failure:
        assert (failure.status_code, len(failure.attempts)) == (200, 1)
        assert str(failure).isprintable()
        assert len(str(failure)) < 2000
    else:
        assert result.id == ID
        assert documented(result, SCHEMAS["ChatCompletion"])


@given(document=completions() | st.dictionaries(st.text(max_size=5), json_values, max_size=3))
def test_a_document_is_believed_exactly_if_it_names_the_id(document: dict[str, Any]) -> None:
    assume(not is_error_envelope(document))
    assert parsed({**document, "id": ID}).to_dict() == {**document, "id": ID}

    document.pop("id", None)
    assert isinstance(caught(parsed, document), APIResponseError)


@pytest.mark.parametrize(
    "members", [{}, {"id": ID}, {"id": ID, "object": "error"}], ids=["bare", "with the id", "with more"]
)
def test_an_error_in_place_of_a_completion_is_an_error(call: MakesCaller, members: dict[str, Any]) -> None:
    envelope = {"error": {"type": "server_error", "code": "internal_error", "message": "Sorry."}, **members}
    failure = caught(call(reply(envelope)).retrieve)
    assert isinstance(failure, APIResponseError)
    assert "internal_error" in str(failure)


@given(document=completions())
def test_there_is_drift_exactly_where_the_schema_or_its_fields_do_not_hold(document: dict[str, Any]) -> None:
    result = parsed(document)
    assert (result.drift == ()) is VALIDATOR.is_valid(document), (
        result.drift,
        [problem.message for problem in VALIDATOR.iter_errors(document)],
    )


@pytest.mark.parametrize("version", ["7.0", "7e0", "70e-1"])
def test_a_whole_number_is_an_integer_however_it_is_written(version: str) -> None:
    body = json.dumps(completion()).replace('"pricing_version": 7', f'"pricing_version": {version}')
    result = sync_caller(Reply(200, body.encode()), on_drift="ignore").retrieve()

    assert VALIDATOR.is_valid(json.loads(body))  # JSON Schema 2020-12, 6.1.1: 7.0 is an integer
    assert result.drift == ()
    assert result.receipt.pricing_version == 7
    assert isinstance(result.receipt.pricing_version, int)


@given(document=completions(changes=1))
def test_drift_points_at_what_came(document: dict[str, Any]) -> None:
    def at(pointer: str) -> Any:
        found: Any = document
        for token in pointer.split("/")[1:]:
            name = token.replace("~1", "/").replace("~0", "~")
            found = found[int(name) if isinstance(found, list) else name]
        return found

    for deviation in parsed(document).drift:
        assert deviation.expected
        if deviation.problem == "missing":
            assert deviation.found is UNSET
            with pytest.raises((KeyError, IndexError)):
                at(deviation.pointer)
        else:
            assert deviation.found == at(deviation.pointer)


@given(document=completions(), name=st.text(max_size=8), value=json_values)
def test_an_unknown_field_is_kept_and_told_and_disturbs_nothing(
    document: dict[str, Any], name: str, value: Any
) -> None:
    known = SCHEMAS["ChatCompletion"]["properties"]
    name = f"{name}?" if name in known or name in document else name
    without, result = parsed(document), parsed({**document, name: value})

    assert result.additional_properties[name] == value
    assert set(result.drift) - set(without.drift), "an unknown field is drift"
    assert (result.status, result.choices, result.usage) == (without.status, without.choices, without.usage)


@given(document=completions())
def test_one_bad_place_costs_nothing_beside_it(document: dict[str, Any]) -> None:
    """What fits is there, whatever stands next to it."""
    result = parsed(document)
    if isinstance(document.get("model"), str):
        assert result.model == document["model"]
    if isinstance(document.get("status"), str):
        assert result.status == document["status"]
    usage = document.get("usage")
    if isinstance(usage, dict) and isinstance(usage.get("total_tokens"), int):
        expected = UNSET if isinstance(usage["total_tokens"], bool) else usage["total_tokens"]
        assert result.usage.total_tokens == expected


# --- Copies ---


@given(document=completions() | json_values.map(lambda value: {"id": ID, "surprise": value}))
def test_a_completion_survives_copy_deepcopy_pickle_and_a_round_trip(document: dict[str, Any]) -> None:
    result = parsed(document)
    copies = {
        "copy": copy.copy(result),
        "deepcopy": copy.deepcopy(result),
        "pickle": pickle.loads(pickle.dumps(result)),
        "from_dict": ChatCompletion.from_dict(result.to_dict()),
        "from_json": ChatCompletion.from_json(result.to_json()),
    }
    for way, other in copies.items():
        assert other == result, way
        assert type(other) is ChatCompletion
        assert other.to_dict() == document
        assert sorted(other.drift, key=str) == sorted(result.drift, key=str), "in the order of the members"
        assert repr(other) == repr(result)
        assert (other.error is UNSET) is (result.error is UNSET)
    assert copies["deepcopy"].meta == copies["pickle"].meta == result.meta


@given(document=completions())
def test_reading_changes_nothing_in_what_it_reads(document: dict[str, Any]) -> None:
    before = copy.deepcopy(document)
    result = ChatCompletion.from_dict(document)

    assert document == before
    assert result.to_dict() == before


def test_what_to_dict_gives_is_the_callers_own() -> None:
    document = completion(surprise={"list": [1]}, choices=[{"index": 0, "message": "no message"}, 7])
    result = parsed(document)
    result.to_dict()["surprise"]["list"].append(2)
    result.to_dict()["choices"][0]["message"] = "changed"
    result.to_dict()["choices"].clear()

    assert result.to_dict() == document


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_there_is_one_unset(duplicate: Any) -> None:
    assert duplicate(UNSET) is UNSET
    assert Unset() is UNSET
    assert duplicate([UNSET])[0] is UNSET
    assert not UNSET
    assert repr(UNSET) == "UNSET"


# --- Open enums ---


@given(value=st.text(st.characters(), max_size=20))
def test_an_unknown_status_is_its_own_string(value: str) -> None:
    status = parsed(completion(status=value)).status
    twins = (status, copy.copy(status), copy.deepcopy(status), pickle.loads(pickle.dumps(status)))
    for twin in twins:
        assert type(twin) is CompletionStatus
        assert twin == value
        assert hash(twin) == hash(value)
        assert str(twin) == value
        assert f"{twin}" == value
        assert twin.is_known is (value in {"completed", "in_progress", "failed", "cancelled"})
        assert {value: "found"}[twin] == "found"
    assert json.loads(json.dumps(status)) == value


def test_an_unknown_value_does_not_become_known() -> None:
    parsed(completion(status="quite_new"))
    assert not CompletionStatus("quite_new").is_known
    assert "quite_new" not in list(CompletionStatus)
    assert [deviation.problem for deviation in parsed(completion(status="quite_new")).drift] == ["unknown_value"]


@pytest.mark.parametrize("value", [7, None, [], {}, True, 1.5])
def test_an_open_enum_is_open_for_strings_only(value: Any) -> None:
    result = parsed(completion(status=value))
    assert not result.status
    assert [deviation.pointer for deviation in result.drift] == ["/status"]
    with pytest.raises(ValueError, match=repr(value) if not isinstance(value, list | dict) else "is not a valid"):
        CompletionStatus(value)


def test_known_members_are_members() -> None:
    assert parsed(completion()).status is CompletionStatus.COMPLETED
    assert parsed(completion()).choices[0].finish_reason is FinishReason.STOP


# --- Numbers ---


@given(text=number_texts)
def test_a_receipt_is_exact_to_the_last_digit(text: str) -> None:
    body = json.dumps(completion()).replace("0.0117", text).replace("0.0108", text)
    result = sync_caller(Reply(200, body.encode()), on_drift="ignore").retrieve()

    for twin in (result, copy.deepcopy(result), pickle.loads(pickle.dumps(result))):
        assert twin.receipt.credits == Decimal(text)
        assert [line.credits for line in twin.receipt.lines] == [Decimal("0.0009"), Decimal(text)]
        assert float(twin.usage.credits_charged) == float(text)


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "-Infinity", "1e999", "-1e400", "01", "+1", "1.", ".5", "0x10", "1_0"]
)
def test_what_is_no_json_number_is_not_believed(call: MakesCaller, text: str) -> None:
    body = json.dumps(completion()).replace("0.0117", text)
    assert isinstance(caught(call(Reply(200, body.encode())).retrieve), APIResponseError)


# --- Sizes ---


@pytest.mark.parametrize("depth", [10, 100, 300, 480, 700, 900, 2_500, 8_000, 100_000])
@pytest.mark.parametrize("shape", [("[", "]"), ('{"a":', "}")], ids=["arrays", "objects"])
@pytest.mark.parametrize("field", ["surprise", "status", "choices", "usage"])
def test_nesting_ends_in_an_error_or_in_a_completion_that_can_be_used(
    call: MakesCaller, depth: int, shape: tuple[str, str], field: str
) -> None:
    nested = shape[0] * depth + "1" + shape[1] * depth
    body = json.dumps(completion(**{field: "NESTED"})).replace('"NESTED"', nested)
    try:
        result = call(Reply(200, body.encode()), on_drift="warn").retrieve()
    except APIResponseError:
        assert depth > 50
        return
    assert repr(result)
    assert str(result.drift)
    assert copy.deepcopy(result) == result == pickle.loads(pickle.dumps(result))
    assert json.dumps(result.to_dict())
    assert result.raise_for_status() is result


@pytest.mark.parametrize("opened", ["[", '{"a":'])
def test_nesting_is_counted_before_it_is_parsed(call: MakesCaller, opened: str) -> None:
    """A parser that descends into it would take the process down where the stack is small."""
    closed = "]" if opened == "[" else "}"
    body = (opened * 10_000 + "1" + closed * 10_000).encode()
    failures: list[AurousError] = []
    before = threading.stack_size(131_072)
    try:
        thread = threading.Thread(target=lambda: failures.append(caught(call(Reply(200, body)).retrieve)))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert "nested" in str(failures[0])


def test_drift_does_not_outgrow_the_answer() -> None:
    """A deviation for each item of a long wrong list would take a hundred times the memory of the list."""
    body = json.dumps(completion(choices=[1] * 20_000)).encode()
    caller = sync_caller(Reply(200, body), on_drift="ignore")
    tracemalloc.start()
    try:
        result = caller.retrieve()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert result.drift
    assert peak < 30 * len(body)


def test_no_item_is_lost_however_many_places_leave_the_contract(call: MakesCaller) -> None:
    """What is noted is bounded, what is read is not."""
    lora = {"id": "lora_1", "slug": "a", "name": "a", "is_public": True, "created_at": "2026-01-01T00:00:00Z"}
    for new in (0, 1, 11):
        odd = {**lora, **{f"new_{n}": n for n in range(new)}}
        found = call(reply([odd] * 1500), on_drift="ignore").run(lambda client: client.loras.list())
        assert (len(found), found[-1].id, len(found.to_dict())) == (1500, "lora_1", 1500)
        page = {"object": "list", "data": [{"id": "img_1", **odd}] * 1500, "has_more": False, "next_cursor": None}
        listed = call(reply(page), on_drift="ignore").run(lambda client: client.images.list())
        assert len(listed) == len(listed.to_dict()["data"]) == 1500
    choice = {"index": 0, "message": {"role": "assistant", "content": "a", "new": 1}, "finish_reason": "stop"}
    assert len(call(ok(choices=[choice] * 1200), on_drift="ignore").retrieve().choices) == 1200


# --- from_dict ---


@given(document=json_values.filter(lambda value: isinstance(value, dict)))
def test_from_dict_takes_any_object(document: dict[str, Any]) -> None:
    assert ChatCompletion.from_dict(document).to_dict() == document


def test_from_dict_takes_what_a_database_with_decimals_gives_back() -> None:
    stored = json.loads(json.dumps(completion()), parse_float=Decimal)
    assert ChatCompletion.from_dict(stored).to_dict() == stored


def test_a_completion_that_no_call_brought_has_no_meta() -> None:
    result = ChatCompletion.from_dict(completion())
    assert isinstance(caught(lambda: result.meta), APIResponseError)


def test_warm_json_text_stays_unicode(call: MakesCaller) -> None:
    text = "Tōkyō 東京 \U0001f5fc \u202e"
    assert call(ok(choices=[{"index": 0, "message": {"role": "assistant", "content": text}}])).retrieve().text == text
