"""A service at work: it asks, streams, loses a stream and finds its bill, gets data, lets tools run, and counts."""

from decimal import Decimal
from typing import Final

from aurous import AurousError, Receipt
from aurous.emulator import Emulator, Reply, Streaming
from demonstration.stage import DemoError, Stage

MODEL: Final = "aurous-grow-2.0-pro"
MOST_TOKENS: Final = 300
BUDGET: Final = Decimal(2)
"""Credits that the steps may have cost before another one begins."""

_CREATE: Final = f'''\
model, receipts = "{MODEL}", {{}}
question = "Name three sights of Tokyo."
completion = client.chat.completions.create(
    model=model, messages=question, max_tokens={MOST_TOKENS}
)
print(completion.text)
receipts["create"] = completion.receipt
'''
_STREAM: Final = f"""\
history = [
    {{"role": "user", "content": question}},
    completion,
    {{"role": "user", "content": "How do I visit the first one?"}},
]
with client.chat.completions.stream(
    model=model, messages=history, max_tokens={MOST_TOKENS}
) as stream:
    for piece in stream.text_stream:
        print(piece, end="", flush=True)
print("longest gap:", round(stream.timing.longest_gap or 0, 2), "s")
receipts["stream"] = stream.get_final_completion().receipt
"""
_LOSE: Final = f"""\
from aurous import StreamInterruptedError
try:
    with client.chat.completions.stream(
        model=model, messages="When is it best?", max_tokens={MOST_TOKENS}
    ) as stream:
        for piece in stream.text_stream:
            print(piece, end="", flush=True)
except StreamInterruptedError as error:
    print(error)
    completion = error.recover(timeout=60)
else:
    completion = stream.get_final_completion()
print(completion)
receipts["lost stream"] = completion.receipt
"""
_CLOSE: Final = """\
            if len(stream.so_far.text or "") > 20:
                stream.close()
"""
"""Stands for a network that fails, where none does."""
_PARSE: Final = f"""\
from dataclasses import dataclass
@dataclass
class Sight:
    name: str
    founded: int
    is_free: bool
parsed = client.chat.completions.parse(
    Sight, model=model, messages="Senso-ji?", max_tokens={MOST_TOKENS}
)
print(parsed.value)
receipts["parse"] = parsed.completion.receipt
"""
_RUN: Final = f'''\
def opening_hours(sight: str, day: str) -> str:
    """When a sight is open on a day of the week."""
    print("called with", sight, day)
    return "6:00 to 17:00"
run = client.chat.completions.run(
    model=model, messages="Can I visit Senso-ji on Sunday at 16:00?",
    tools=[opening_hours], max_tokens={MOST_TOKENS}, max_rounds=3,
)
print(run.stopped, "after", len(run.completions), "completions:", run.text)
receipts["run"] = run.receipt
'''


def plan(emulator: Emulator) -> None:
    """Let the emulator say what a model might."""
    emulator.answers("The Senso-ji temple, the Meiji shrine and the park of Ueno.")
    emulator.answers(
        "Come early, before the incense and the crowds. Walk in through the Thunder Gate, under its red lantern, and "
        "down the street of small shops. Then turn left at the pagoda: the garden behind it is open, and empty.",
        streaming=Streaming(silence=0.5, gap=0.05),
    )
    emulator.answers(
        "The best time is the last week of March, when the cherry trees along the river are in bloom.",
        streaming=Streaming(gap=0.06, end="closed", end_after=7),
    )
    emulator.answers(Reply('{"name": "Senso-ji", "founded": 645, "is_free": true}', reasoning_tokens=16))
    emulator.answers(
        [{"name": "opening_hours", "arguments": {"sight": "Senso-ji", "day": "Sunday"}}],
        "Yes: on Sundays the main hall is open until 17:00.",
    )


def tell(stage: Stage, *, is_real: bool) -> None:
    """Tell the story.

    Args:
        stage: Where.
        is_real: Whether it is the API that answers: then nobody breaks the stream but the demo itself.
    """
    lose = _LOSE.replace("except", f"{_CLOSE}except", 1) if is_real else _LOSE
    stage.step("A service asks a model")
    stage.run("before = client.balance.retrieve()\nprint(before)")
    stage.run(_CREATE)
    for title, code in (
        ("The answer as it is written", _STREAM),
        ("A stream that breaks, and its bill", lose),
        ("Data of a type", _PARSE),
        ("A model that calls a function of the service", _RUN),
    ):
        stage.step(title)
        if _sum(stage) > BUDGET:
            raise DemoError(f"{_sum(stage)} credits are spent, and the demo stops at {BUDGET}")
        stage.attempt(code, AurousError)
    _count(stage)


def _count(stage: Stage) -> None:
    """Show the receipts, and the balance that they explain."""
    stage.step("What all that cost")
    stage.run("after = client.balance.retrieve()\nreceipts")
    receipts, spent = _receipts(stage), _sum(stage)
    places = max(_places(amount) for amount in (spent, *(receipt.credits for receipt in receipts.values())))
    rows: list[tuple[object, ...]] = [
        (name, *_tokens(receipt), f"{receipt.credits:.{places}f}") for name, receipt in receipts.items()
    ]
    rows.append(("sum", "", "", "", f"{spent:.{places}f}"))
    numbers = ("input", "output", "reasoning", "credits")
    stage.table("receipt", *numbers, rows=rows, right=" ".join(numbers), total=True)
    try:
        before, after = (Decimal(str(stage.names[name].credits)) for name in ("before", "after"))
    except ArithmeticError:
        raise DemoError("the balance does not say how many credits there are") from None
    stage.console.print()
    stage.print(f"The balance went from {before} to {after}, by {before - after:.{places}f} credits.")
    if before - after == spent:
        stage.print("That is the sum of the receipts, to the last digit.", style="green")
    else:
        stage.print("That is not the sum of the receipts: others may spend from it as well.", style="yellow")


def _places(amount: Decimal) -> int:
    """How many decimals show it exactly."""
    exponent = amount.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _tokens(receipt: Receipt) -> list[object]:
    known = {line.name: line.tokens for line in receipt.lines}
    return [known.get(name, "") for name in ("input", "output", "reasoning")]


def _receipts(stage: Stage) -> dict[str, Receipt]:
    """What the shown code calls `receipts`."""
    receipts: dict[str, Receipt] = stage.names.get("receipts", {})
    return receipts


def _sum(stage: Stage) -> Decimal:
    return sum((receipt.credits for receipt in _receipts(stage).values()), Decimal())
