"""The contract of this repository, read once for all tests of a process. Nobody changes its data."""

from functools import cache
from pathlib import Path

from lint import load
from openapi.contract import Contract

OPENAPI = Path(__file__).resolve().parent.parent / "openapi.yaml"


@cache
def real_contract() -> Contract:
    """`openapi.yaml`, which takes a second to read."""
    return load(OPENAPI)
