"""Text and values of others, made fit for a message or a log."""

import re
from typing import Final

MASK: Final = "[api key]"
_KEY_LIKE: Final = re.compile(r"al_live_[0-9A-Za-z_-]+|\bog_(?=\w*[0-9])\w{8,}", re.ASCII)
"""The form of a key, and that of older ones, which no word has."""


def masked(text: str) -> str:
    """The text without what looks like a key: one in the wrong place is still one."""
    return _KEY_LIKE.sub(MASK, text)


def json_kind(value: object) -> str:
    """What a JSON value is, with its article."""
    kinds = (type(None), "null"), (bool, "a boolean"), (str, "a string"), (list, "an array"), (dict, "an object")
    return next((words for kind, words in kinds if type(value) is kind), "a number")


def one_line(text: str, most: int) -> str:
    """The text on one line of printable characters, cut to so many: a server could otherwise forge log records."""
    if len(text) <= most and text.isprintable():
        return text
    shown = "".join(letter if letter.isprintable() else "?" for letter in text[: most + 1])
    return shown if len(shown) <= most else f"{shown[: most - 3]}..."
