"""What changed from one contract to another, and what that means for the callers of its methods.

Each contract is read into facts (operation_facts.py). Two sets of facts are compared one by one, and `_RULES` says of
each difference how grave it is, and in what words.

A response may promise more than before, and a request may ask for less, without breaking anybody. Enums are open, so a
new value breaks nobody either. How a request looks on the wire is nothing that callers notice, but it is told: mocks
and recordings do. What cannot be judged counts as breaking.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, cast

from openapi_python_client.config import Config

from openapi.contract import Contract
from openapi.document import display_name
from openapi.facts import OWNER, Direction, Fact, Limit, canonical
from openapi.operation_facts import ContractReader, moves, renamings
from openapi.public_names import public_names
from openapi.schema_facts import LOWER, UPPER, ValueType


class Level(StrEnum):
    """How grave a change is; the gravest first."""

    BREAKING = "breaking"
    ADDITION = "addition"
    DOCUMENTATION = "documentation"


@dataclass(frozen=True)
class Change:
    """One difference between two contracts.

    Attributes:
        level: how grave it is.
        kind: what happened, in words that stay the same (`property-removed`).
        message: what it means for callers. One line.
        pointer: where it is, a JSON pointer as a URI fragment.
        line: the line of that place, from 1.
        file: the file of that place, as the reader should see it; the old one for what is gone.
    """

    level: Level
    kind: str
    message: str
    pointer: str
    line: int
    file: str


def compare(old: Contract, new: Contract, config: Config) -> list[Change]:
    """Find what changed from one contract to another, `info.version` apart.

    Args:
        old: The contract as it was, one that the generator can read (`generator_rules.rehearsal`).
        new: The contract as it is, one that the generator can read.
        config: The generator's configuration, which has a say in names.

    Returns:
        The changes, the gravest first, and within a level those of the new file first, by line.
    """
    prefix = config.field_prefix
    readers = (
        ContractReader(old, public_names(old, config), prefix, {}, {}),
        ContractReader(new, public_names(new, config), prefix, moves(old, new), renamings(old, new)),
    )
    for reader in readers:
        reader.read()
    was, now = (reader.facts(readers[0].bodies | readers[1].bodies) for reader in readers)
    one_sided = was.keys() ^ now.keys()
    found: list[tuple[Change, str]] = []
    for key in dict.fromkeys([*now, *was]):
        # What is gone or new as a whole is told once, and not again of its parts.
        told = any(key[:length] in one_sided for length in range(1, len(key)))
        change = None if told else _difference(was.get(key), now.get(key), old, new)
        found += [(change, (now.get(key) or was[key]).owner)] if change else []
    return _ordered(found, display_name(old.path))


def _ordered(found: Iterable[tuple[Change, str]], old: str) -> list[Change]:
    """Each change once: a component is part of many methods, and an alias has many pointers. The first one stands."""
    levels, once, owners = list(Level), dict[tuple[str, int, str], Change](), dict[tuple[str, int, str], list[str]]()
    for change, owner in found:
        mark = (change.file, change.line, change.message)
        once.setdefault(mark, change)
        owners[mark] = [*dict.fromkeys([*owners.get(mark, ()), owner])]
    told = [replace(one, message=one.message.replace(OWNER, _listed(owners[mark]))) for mark, one in once.items()]
    return sorted(told, key=lambda one: (levels.index(one.level), one.file == old, one.line, one.message))


def _listed(owners: list[str]) -> str:
    """Methods in a sentence; of many, the first few."""
    named = owners if len(owners) <= _MOST_OWNERS else [*owners[: _MOST_OWNERS - 1], f"{len(owners) - 2} more"]
    return " and ".join(filter(None, [", ".join(named[:-1]), named[-1]]))


# --- Differences ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Rule:
    """How grave a difference is, and what to say of it.

    Attributes:
        kind: what it is called in a `Change`.
        verdict: how grave it is; or the direction in which it breaks nobody.
        sentence: what it means, with the `label` of the fact, the `owner`, and `was` and `now` for its texts.
    """

    kind: str
    verdict: Level | Direction
    sentence: str


_BREAKING, _ADDITION, _DOCUMENTATION = Level
_REQUEST, _RESPONSE = Direction
_MOST_OWNERS: Final = 3
_TYPES: Final = "{label} is {now}, and was {was}."
_LIMITED: Final = "not every value fits that did before."
_UNLIMITED: Final = "values fit that did not before."
_ON_THE_WIRE: Final = "callers notice nothing, but mocks and recordings no longer match."

# By the kind of the fact, and what happened to it. Of what is not listed, other facts tell.
_RULES: Final = {
    ("server", "gone"): _Rule("server-removed", _BREAKING, "{label} is no longer described."),
    ("server", "new"): _Rule("server-added", _ADDITION, "{label} is new."),
    ("operation", "gone"): _Rule("operation-removed", _BREAKING, "{label} is gone: there is no {was} any more."),
    ("operation", "new"): _Rule("operation-added", _ADDITION, "{label} is new: {now}."),
    ("operation", "changed"): _Rule(
        "operation-moved", _ADDITION, "{label} sends {now}, and sent {was}: " + _ON_THE_WIRE
    ),
    ("method", "changed"): _Rule("method-renamed", _BREAKING, "{was} is now {now}: calls of the old name fail."),
    ("parameter", "gone"): _Rule("parameter-removed", _BREAKING, "{label} is gone: calls that give it fail."),
    ("parameter", "new"): _Rule("parameter-added", _ADDITION, "{label} is new, and may be left out."),
    ("parameter", "new, needed"): _Rule(
        "parameter-added", _BREAKING, "{label} is new, and has to be given: calls without it fail."
    ),
    ("parameter", "needed"): _Rule("became-required", _BREAKING, "{label} has to be given: calls without it fail."),
    ("parameter", "not needed"): _Rule("became-optional", _ADDITION, "{label} may be left out."),
    ("parameter name", "changed"): _Rule(
        "parameter-renamed", _BREAKING, "the parameter {was} of {owner} is now {now}: calls that name it fail."
    ),
    ("sent", "changed"): _Rule("parameter-moved", _ADDITION, "{label} goes {now}, and went {was}: " + _ON_THE_WIRE),
    ("idempotency", "new"): _Rule(
        "idempotency-added", _ADDITION, "{owner} takes an `idempotency_key`: it is retried, and carried out once."
    ),
    ("idempotency", "gone"): _Rule(
        "idempotency-removed",
        _BREAKING,
        "{owner} takes no `idempotency_key` any more: calls that give one fail, and no call is repeated.",
    ),
    ("body", "needed"): _Rule("body-required", _ADDITION, "{label} is sent also where nothing is given for it."),
    ("body", "not needed"): _Rule("body-optional", _ADDITION, "{label} is not sent where nothing is given for it."),
    ("form", "changed"): _Rule("body-form", _ADDITION, "{label} goes as {now}, and went as {was}: " + _ON_THE_WIRE),
    ("result", "changed"): _Rule("result-changed", _BREAKING, "{label} returns {now}, and returned {was}."),
    ("pages", "changed"): _Rule("paging-changed", _ADDITION, "{label} asks for the next page in another way."),
    ("identity", "new"): _Rule(
        "identity-added", _ADDITION, "{label} refuses a response whose {now} is not what was asked for."
    ),
    ("identity", "gone"): _Rule("identity-removed", _ADDITION, "{label} takes a response whatever its {was} is."),
    ("identity", "changed"): _Rule(
        "identity-changed", _ADDITION, "{label} holds {now} of a response against what was asked for, and did {was}."
    ),
    ("creates", "new"): _Rule("creation-added", _ADDITION, "{label} refuses a response whose {now} is long ago."),
    ("creates", "gone"): _Rule(
        "creation-removed", _ADDITION, "{label} takes a response however long ago its {was} is."
    ),
    ("creates", "changed"): _Rule(
        "creation-changed", _ADDITION, "{label} looks at {now} to tell old from new, not {was}."
    ),
    ("media types", "changed"): _Rule("media-types-changed", _ADDITION, "{label} brings {now}, and brought {was}."),
    ("success", "gone"): _Rule("response-removed", _DOCUMENTATION, "{label} is no longer described."),
    ("success", "new"): _Rule("response-added", _ADDITION, "{label} is described."),
    ("response", "gone"): _Rule(
        "response-removed", _DOCUMENTATION, "{label} is no longer described; where it comes, it is raised all the same."
    ),
    ("response", "new"): _Rule("response-added", _ADDITION, "{label} is described: be ready for it."),
    ("media type", "gone"): _Rule("media-type-removed", _BREAKING, "{label} is no longer {was}."),
    ("media type", "new"): _Rule("media-type-added", _ADDITION, "{label} may be {now}."),
    ("header", "gone"): _Rule("header-removed", _BREAKING, "{label} no longer comes with this response."),
    ("header", "new"): _Rule("header-added", _ADDITION, "{label} may come with this response."),
    ("header", "new, needed"): _Rule("header-added", _ADDITION, "{label} comes with this response."),
    ("header", "needed"): _Rule("became-required", _ADDITION, "{label} always comes with this response."),
    ("header", "not needed"): _Rule("became-optional", _BREAKING, "{label} may be missing from this response."),
    ("security", "gone"): _Rule("security-removed", _BREAKING, "{owner} can no longer be called with {was}."),
    ("security", "new"): _Rule("security-added", _ADDITION, "{owner} can be called with {now}."),
    ("scheme", "changed"): _Rule("security-scheme", _BREAKING, "{label} goes as {now}, and went as {was}."),
    ("class", "gone"): _Rule("class-removed", _BREAKING, "the class {label} is gone: imports of it fail."),
    ("class", "new"): _Rule("class-added", _ADDITION, "the class {label} is new."),
    ("inner class", "gone"): _Rule("class-removed", _BREAKING, "the class {label} is gone: imports of it fail."),
    ("property", "gone"): _Rule("property-removed", _BREAKING, "{label} is gone: code that uses it fails."),
    ("property", "new"): _Rule("property-added", _ADDITION, "{label} is new: {now}, may be absent."),
    ("property", "new, needed"): _Rule("property-added", _RESPONSE, "{label} is new: {now}, has to be there."),
    ("property", "needed"): _Rule("became-required", _RESPONSE, "{label} has to be there: it is never `UNSET`."),
    ("property", "not needed"): _Rule("became-optional", _REQUEST, "{label} may be absent: it is `UNSET` then."),
    ("value", "gone"): _Rule("enum-value-removed", _BREAKING, "{label} is gone: code that names it fails."),
    ("value", "new"): _Rule("enum-value-added", _ADDITION, "{label} is new."),
    ("value", "changed"): _Rule("enum-member-renamed", _BREAKING, "{was} is now {now}: code that names it fails."),
    ("type", "tighter"): _Rule("type-narrowed", _RESPONSE, _TYPES),
    ("type", "looser"): _Rule("type-widened", _REQUEST, _TYPES),
    ("type", "changed"): _Rule("type-changed", _BREAKING, _TYPES),
    ("open", "new"): _Rule("enum-opened", _ADDITION, "{label} may have values that are not listed: they are no drift."),
    ("open", "gone"): _Rule("enum-closed", _RESPONSE, "{label} has the listed values only: another one is drift."),
    ("limit", "new"): _Rule("limit-tightened", _RESPONSE, "{label} is new ({now}): " + _LIMITED),
    ("limit", "gone"): _Rule("limit-loosened", _REQUEST, "{label} is gone ({was}): " + _UNLIMITED),
    ("limit", "tighter"): _Rule("limit-tightened", _RESPONSE, "{label} went from {was} to {now}: " + _LIMITED),
    ("limit", "looser"): _Rule("limit-loosened", _REQUEST, "{label} went from {was} to {now}: " + _UNLIMITED),
    ("limit", "changed"): _Rule("limit-changed", _BREAKING, "{label} went from {was} to {now}: " + _LIMITED),
    ("deprecation", "new"): _Rule("deprecated", _ADDITION, "{label} is deprecated."),
    ("deprecation", "gone"): _Rule("not-deprecated", _DOCUMENTATION, "{label} is no longer deprecated."),
    ("code", "new"): _Rule("error-code", _ADDITION, "{label} is described; advice and retries go by it."),
    ("code", "gone"): _Rule(
        "error-code", _ADDITION, "{label} is no longer described: no advice, and no retries by it."
    ),
    ("code fact", "new"): _Rule("error-code", _ADDITION, "{label} is {now}; advice and retries go by it."),
    ("code fact", "gone"): _Rule(
        "error-code", _ADDITION, "{label} was {was}, and is gone; advice and retries go by it."
    ),
    ("code fact", "changed"): _Rule(
        "error-code", _ADDITION, "{label} is {now}, and was {was}; advice and retries go by it."
    ),
    ("words", "new"): _Rule("wording", _DOCUMENTATION, "{label} is new."),
    ("words", "gone"): _Rule("wording", _DOCUMENTATION, "{label} is gone."),
    ("words", "changed"): _Rule("wording", _DOCUMENTATION, "{label} changed."),
}


def _difference(was: Fact | None, now: Fact | None, old: Contract, new: Contract) -> Change | None:
    """The change that there is between two facts; None where there is none, or other facts tell of it."""
    fact, contract = (now, new) if now else (was, old)
    rule = _RULES.get((fact.kind, _happened(was, now))) if fact else None
    if fact is None or rule is None:
        return None
    level = rule.verdict
    if isinstance(level, Direction):
        level = Level.BREAKING if (was or fact).direction & ~level else Level.ADDITION
    texts = {"was": was.text if was else "", "now": now.text if now else ""}
    said = rule.sentence.format(label=fact.label, owner=OWNER, **texts)
    place = contract.problem(fact.pointer, said[:1].upper() + said[1:])
    return Change(level, rule.kind, place.message, place.pointer, place.line, place.file)


def _happened(was: Fact | None, now: Fact | None) -> str:
    if was is None or now is None:
        return "gone" if now is None else "new, needed" if now.needed else "new"
    if was.needed != now.needed:
        return "needed" if now.needed else "not needed"
    if isinstance(was.value, frozenset) and isinstance(now.value, frozenset):
        return _types_moved(was.value, now.value)
    if was.kind == now.kind == "limit":
        return _limit_moved(cast("Limit", was.value), cast("Limit", now.value))
    return "changed" if was.value != now.value else ""


def _types_moved(was: frozenset[ValueType], now: frozenset[ValueType]) -> str:
    narrower = all(any(one.fits(other) for other in was) for one in now)
    wider = all(any(one.fits(other) for other in now) for one in was)
    return "" if was == now else "tighter" if narrower else "looser" if wider else "changed"


def _limit_moved(was: Limit, now: Limit) -> str:
    name, before, after = was[0], was[1], now[1]
    if canonical(before) == canonical(after):
        return ""
    if isinstance(before, list) and isinstance(after, list) and name == "enum":
        values = [{canonical(one) for one in side} for side in (before, after)]
        return "tighter" if values[0] > values[1] else "looser" if values[0] < values[1] else "changed"
    if isinstance(before, int | float) and isinstance(after, int | float) and name in LOWER + UPPER:
        inward = after > before if name in LOWER else after < before
        return "tighter" if inward else "looser" if after != before else ""
    return "changed"
