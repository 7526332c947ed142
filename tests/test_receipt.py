"""Receipts: credits exact from the JSON text, and nothing recomputed."""

import decimal
import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurous import APIResponseError, ChatCompletion, Receipt, ReceiptLine
from documents import json_values, number_texts
from scripted import EXAMPLES, ID, MakesCaller, Reply, caught, completion, reply, sync_caller

# The samples of the vendor's pages: what was charged, and what it is broken down to (API_FACTS 4.1, item 10).
SAMPLES = (
    ("0.2856", {"input_credits": "0.0006", "output_credits": "0.27", "reasoning_credits": "0.015"}, "0"),
    ("0.3645", {"input_credits": "0.0135", "output_credits": "0.1890", "reasoning_credits": "0.1620"}, "0"),
    ("0.0298", {"input_credits": "0.0145", "output_credits": "0.0153"}, "0"),
    ("0.3075", {"input_credits": "0.0006", "output_credits": "0.27", "reasoning_credits": "0.015"}, "0.0219"),
    ("0.1", {"input_credits": "0.1", "output_credits": "0.2"}, "-0.2"),
)


def receipt(credits: str, **breakdown: str) -> Receipt:
    """The receipt of a response that spells its numbers so."""
    lines = ", ".join(
        f'"{name}": {text}' for name, text in {"input_credits": "0", "output_credits": "0", **breakdown}.items()
    )
    document = json.dumps(completion(usage="USAGE"))
    usage = f'{{"credits_charged": {credits}, "breakdown": {{{lines}, "model": "m"}}}}'
    return sync_caller(Reply(200, document.replace('"USAGE"', usage).encode()), on_drift="ignore").retrieve().receipt


def test_the_receipt_of_the_contracts_example(call: MakesCaller) -> None:
    result = call(reply(EXAMPLES["tool_calls"])).retrieve(EXAMPLES["tool_calls"]["id"])
    assert result.receipt == Receipt(
        credits=Decimal("0.3645"),
        lines=(
            ReceiptLine("input", Decimal("0.0135"), 180),
            ReceiptLine("output", Decimal("0.189"), 420),
            ReceiptLine("reasoning", Decimal("0.162"), 350),
        ),
        model="aurous-grow-2.0-pro",
        pricing_version=7,
    )
    assert result.receipt.adds_up


def test_token_counts_are_no_credits() -> None:
    """The cancellation page breaks down to tokens."""
    found = ChatCompletion.from_dict(EXAMPLES["cancelled"]).receipt
    assert (found.credits, found.lines, found.model, found.pricing_version) == (
        Decimal("0.0167"),
        (),
        "aurous-grow-2.0-pro",
        None,
    )
    assert (found.difference, found.adds_up) == (Decimal(0), True)


@pytest.mark.parametrize(("credits", "breakdown", "difference"), SAMPLES)
def test_the_difference_is_told_and_exact(credits: str, breakdown: dict[str, str], difference: str) -> None:
    found = receipt(credits, **breakdown)
    assert found.credits == Decimal(credits)
    wanted = {name: Decimal(text) for name, text in breakdown.items()}
    assert {f"{line.name}_credits": line.credits for line in found.lines} == wanted
    assert found.difference == Decimal(difference)
    assert found.adds_up is (difference == "0")


@given(credits=number_texts, input=number_texts, output=number_texts)
def test_credits_are_exactly_what_was_written(credits: str, input: str, output: str) -> None:
    found = receipt(credits, input_credits=input, output_credits=output)
    assert [found.credits, *(line.credits for line in found.lines)] == [
        Decimal(credits),
        Decimal(input),
        Decimal(output),
    ]


prices = st.decimals(-1000, 1000, places=5).map(str)


@given(credits=prices, input=prices, output=prices, digits=st.integers(1, 30))
def test_the_difference_does_not_depend_on_the_callers_decimal_context(
    credits: str, input: str, output: str, digits: int
) -> None:
    found = receipt(credits, input_credits=input, output_credits=output)
    with decimal.localcontext(decimal.Context(prec=digits, traps=[decimal.Inexact, decimal.Rounded])):
        exact = Fraction(credits) - Fraction(input) - Fraction(output)
        assert Fraction(found.difference) == exact
        assert found.adds_up is (exact == 0)


@pytest.mark.parametrize(
    "usage", [None, {}, [], "0.5", {"credits_charged": None}, {"credits_charged": "0.5"}, {"credits_charged": True}]
)
def test_no_charge_is_an_error_and_not_zero(usage: object) -> None:
    result = ChatCompletion.from_dict(completion(usage=usage))
    failure = caught(lambda: result.receipt)
    assert isinstance(failure, APIResponseError)
    assert ID in str(failure)
    assert "credits_charged" in str(failure)


@given(
    breakdown=json_values
    | st.dictionaries(
        st.sampled_from(["input_credits", "output_credits", "model", "pricing_version", "input", "output"]), json_values
    )
)
def test_whatever_the_breakdown_is_the_charge_stands(breakdown: Any) -> None:
    usage = {**completion()["usage"], "breakdown": breakdown}
    found = ChatCompletion.from_dict(completion(usage=usage)).receipt
    assert found.credits == Decimal("0.0117")
    assert all(isinstance(line.credits, Decimal) for line in found.lines)
    assert found.model is None or isinstance(found.model, str)
    assert isinstance(found.pricing_version, int | None)
    assert isinstance(found.difference, Decimal)
    assert isinstance(found.adds_up, bool)


def test_a_receipt_from_stored_data_shows_what_the_number_shows() -> None:
    stored = json.loads(json.dumps(ChatCompletion.from_dict(completion()).to_dict()))
    assert ChatCompletion.from_dict(stored).receipt.credits == Decimal("0.0117")


def test_zero_credits_are_a_receipt() -> None:
    found = ChatCompletion.from_dict(EXAMPLES["in_progress"]).receipt
    assert (found.credits, found.adds_up) == (Decimal(0), True)
