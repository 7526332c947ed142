"""Read the contract and say what is wrong with it, on which line, and what to do about it.

    nox -s lint -- [openapi.yaml] [--config generator-config.yml] [--redocly]

Exits with 0 when nothing is wrong, with 1 otherwise. Three layers, and each is looked at only where the one before it
found nothing: the file itself (document.py); the rules of OpenAPI (rules.py, examples.py), those of this project for
names, requests, responses and schemas (*_rules.py), and what the generator would lose in silence (generator_rules.py),
all in openapi/; what the validator and the generator have to say of the whole.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, cast

from jsonschema import Draft202012Validator
from openapi_python_client.config import ClassOverride, Config, ConfigFile, MetaType
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import ValidationError

from openapi import (
    documentation_rules,
    examples,
    extension_rules,
    generator_rules,
    naming_rules,
    path_rules,
    request_rules,
    response_rules,
    rules,
    schema_rules,
)
from openapi.contract import Contract, mapping
from openapi.document import (
    Document,
    Json,
    Problem,
    display_name,
    escaped,
    kind_of,
    printable,
    quoted,
    read,
    write_any_text,
)

__all__ = ["Contract", "Problem", "lint", "load", "main", "redocly"]

ROOT = Path(__file__).resolve().parent.parent


def load(path: Path) -> Contract:
    """Read the contract. Never raises: where the file is of no use, its `data` is empty and its `problems` say why."""
    document = read(path)
    return Contract(document.path, document.data, document.problems, document.root)


def lint(contract: Contract, config_path: Path | None = None) -> list[Problem]:
    """Everything that is wrong with a contract, and with the generator's configuration if there is one.

    Args:
        contract: The contract, as `load` gave it.
        config_path: The generator's configuration; without it, its defaults.

    Returns:
        The problems, those of the contract first, in the order of their lines. Empty when there are none.
    """
    settings = read(config_path) if config_path else None
    found = list(_settings_problems(settings)) if settings else []
    config = _config(settings if settings and not found else None, contract.path)
    return _ordered(contract, [*_contract_problems(contract, config), *found])


def _contract_problems(contract: Contract, config: Config) -> list[Problem]:
    if contract.problems:
        return list(contract.problems)
    found = [problem for rule in rules.RULES for problem in rule(contract)]
    if not found:  # an example says nothing while its schema is broken
        found = [problem for rule in examples.RULES for problem in rule(contract)]
    conventions = (
        *extension_rules.RULES,
        *path_rules.RULES,
        *naming_rules.RULES,
        *response_rules.RULES,
        *schema_rules.RULES,
        *documentation_rules.RULES,
    )
    found += [problem for rule in conventions for problem in rule(contract)]
    configured = (*request_rules.RULES, *generator_rules.RULES)
    found += [problem for rule in configured for problem in rule(contract, config)]
    return found or [*_second_opinion(contract), *generator_rules.rehearsal(contract, config)]


class _Validator(OpenAPIV31SpecValidator):
    """The validator without the form of the document, which `rules.structure` has looked at already."""

    schema_validator = Draft202012Validator({})


def _second_opinion(contract: Contract) -> Iterator[Problem]:
    """What openapi-spec-validator says beyond the form of the document. It has no lines, and rarely a place."""
    try:
        errors = list(_Validator(cast("dict[Any, Any]", contract.data)).iter_errors())
    except Exception as error:  # noqa: BLE001  # whatever it is, it comes from the contract
        yield contract.problem("#", f"the validator breaks on this contract: {type(error).__name__}: {error}.")
        return
    for found in errors:
        pointer = "#" + "".join(f"/{escaped(str(part))}" for part in found.absolute_path)
        yield contract.problem(pointer, f"the validator says: {found.message}.")


def _ordered(contract: Contract, problems: Iterable[Problem]) -> list[Problem]:
    """Each problem once, the contract's first, by line. An alias shows the same line under several pointers."""
    first = display_name(contract.path)
    ordered = sorted(
        problems, key=lambda problem: (problem.file != first, problem.line, problem.pointer, problem.message)
    )
    return list({(problem.file, problem.line, problem.message): problem for problem in reversed(ordered)}.values())[
        ::-1
    ]


# --- The generator's configuration ------------------------------------------------------------------------------------


def _settings_problems(settings: Document) -> Iterator[Problem]:
    """What is wrong with the configuration. The generator takes the default where a key is misspelt."""
    if settings.problems:
        yield from settings.problems
        return
    yield from _unknown(settings, "#", settings.data, ConfigFile.model_fields)
    for name, override in mapping(settings.data.get("class_overrides")).items():
        yield from _unknown(
            settings, f"#/class_overrides/{escaped(name)}", mapping(override), ClassOverride.model_fields
        )
    try:
        ConfigFile.model_validate(settings.data, strict=True)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            pointer = "#" + "".join(f"/{escaped(str(part))}" for part in detail["loc"])
            yield settings.problem(
                pointer, f"{detail['msg']}, and this is {kind_of(cast('Json', detail['input']))}. Correct it."
            )


def _unknown(settings: Document, pointer: str, entries: dict[str, Json], known: Iterable[str]) -> Iterator[Problem]:
    names = list(known)
    for key in entries:
        if key not in names:
            meant = rules.suggestion(key, names)
            remedy = f"Did you mean {quoted(meant)}?" if meant else f"It knows {', '.join(map(quoted, names))}."
            message = f"the generator knows no key {quoted(key)}, and ignores it. {remedy}"
            yield settings.problem(f"{pointer}/{escaped(key)}", message)


def _config(settings: Document | None, source: Path) -> Config:
    """The configuration as the generator sees it."""
    return Config.from_sources(
        ConfigFile.model_validate(settings.data if settings else {}),
        MetaType.NONE,
        document_source=source,
        file_encoding="utf-8",
        overwrite=False,
        output_path=None,
    )


# --- Redocly ----------------------------------------------------------------------------------------------------------


def redocly(path: Path) -> tuple[list[Problem], str]:
    """Run Redocly's linter on the contract, where Node and the linter are installed. Nothing is downloaded.

    Args:
        path: The contract. The rules are in `redocly.yaml`.

    Returns:
        What the linter found, and one line that says whether it ran, or why not.
    """
    command = _redocly_command()
    if not command:
        return [], "Redocly's linter was left out: neither `redocly` nor `npx` is on the PATH."
    command += ["lint", "--format", "json", "--config", str(ROOT / "redocly.yaml"), str(path)]
    quiet = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    try:
        run = subprocess.run(
            command, capture_output=True, check=False, text=True, encoding="utf-8", timeout=60, env=quiet
        )
        found = json.loads(run.stdout)["problems"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError) as error:
        return [], f"Redocly's linter was left out: it is not installed, or does not run ({type(error).__name__})."
    problems = [_from_redocly(path, one) for one in found]
    return problems, f"Redocly's linter found {_counted('problem', len(problems))}."


def _redocly_command() -> list[str]:
    if program := shutil.which("redocly"):
        return [program]
    program = shutil.which("npx")
    return [program, "--no-install", "redocly"] if program else []


def _from_redocly(path: Path, found: Any) -> Problem:
    place = found["location"][0]
    line = place.get("start", {}).get("line") or load(path).line(place["pointer"])
    return Problem(
        place["pointer"] or "#", line, f"{found['message']} (Redocly: {found['ruleId']})", display_name(path)
    )


# --- Command line -----------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Lint the contract and print what is found.

    Returns:
        0 when nothing is wrong, 1 otherwise.
    """
    parser = argparse.ArgumentParser(
        description="Say what is wrong with the contract, on which line, and what to do about it."
    )
    parser.add_argument("contract", type=Path, nargs="?", default=ROOT / "openapi.yaml")
    parser.add_argument(
        "--config", type=Path, default=ROOT / "generator-config.yml", help="the generator's configuration"
    )
    parser.add_argument("--redocly", action="store_true", help="run Redocly's linter as well, where it is installed")
    options = parser.parse_args(arguments)
    write_any_text()
    contract = load(options.contract)
    problems = lint(contract, options.config)
    if options.redocly and not contract.problems:
        found, said = redocly(options.contract)
        problems = _ordered(contract, [*problems, *found])
        print(said)
    for file, group in groupby(problems, key=lambda problem: problem.file):
        print(_report(file, list(group)))
    if not problems:
        print(_summary(contract))
    return 1 if problems else 0


def _report(file: str, problems: list[Problem]) -> str:
    lines = [f"{printable(file)}: {_counted('problem', len(problems))}", ""]
    for problem in problems:
        lines += [printable(f"{file}:{problem.line} {problem.pointer}"), f"    {printable(problem.message)}"]
    return "\n".join([*lines, ""])


def _summary(contract: Contract) -> str:
    found = {
        "operation": len(list(contract.operations())),
        "schema": len(mapping(mapping(contract.data.get("components")).get("schemas"))),
        "example": len(list(examples.examples(contract))),
    }
    return f"{display_name(contract.path)}: no problems ({', '.join(_counted(*one) for one in found.items())})."


def _counted(noun: str, number: int) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


if __name__ == "__main__":
    sys.exit(main())
