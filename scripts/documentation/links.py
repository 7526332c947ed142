"""Links of a Markdown page, led elsewhere: a page that leaves the repository takes none along that would be dead."""

import posixpath
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent.parent

_FENCE: Final = r"^(?P<fence>`{3,}|~{3,}).*?^(?P=fence)[^\S\n]*$"
_INLINE: Final = r"(?P<ticks>`+)(?!`)(?:(?!\n\n).)+?(?<!`)(?P=ticks)(?!`)"
_LINK: Final = r"(?P<image>!?)\[(?P<text>(?:`[^`]*`|[^\[\]`])*)\]\((?P<target>[^()\s]+)\)"
_CODE_OR_LINK: Final = re.compile(f"(?ms:{_FENCE}|{_INLINE})|{_LINK}")


def relinked(markdown: str, place: Callable[[str], str | None]) -> str:
    """A page whose links lead elsewhere; code stays as it is.

    Args:
        markdown: The page.
        place: Gives for the target of a link the one that takes its place, or None where the text shall be no link.
    """

    def replacement(match: re.Match[str]) -> str:
        if match["target"] is None:
            return match[0]
        target = place(match["target"])
        return match["text"] if target is None else f"{match['image']}[{match['text']}]({target})"

    return _CODE_OR_LINK.sub(replacement, markdown)


def targets(markdown: str) -> list[str]:
    """Where the links of a page lead, in order."""
    return [match["target"] for match in _CODE_OR_LINK.finditer(markdown) if match["target"] is not None]


def is_relative(target: str) -> bool:
    """Whether a link leads to another file of the repository: not to an address, nor within its page."""
    return not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|#|//", target)


def resolved(page: str, target: str) -> tuple[str, str]:
    """The file of the repository to which a relative link leads, and the anchor with its `#`, or nothing.

    Args:
        page: The file that holds the link, from the root of the repository.
        target: Where the link leads.
    """
    file, sign, anchor = target.partition("#")
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), file)), sign + anchor


def file_address(path: str) -> str | None:
    """Where a file of the repository is on the web, at the tag of this version; None if pyproject.toml does not say."""
    template: str = tomllib.loads(_read("pyproject.toml"))["tool"]["aurous"]["file-url"]
    (version,) = re.findall(r'(?m)^__version__ = "(.+)"$', _read("overlays/aurous/_version.py"))
    return template.format(revision=f"v{version}", path=path) if template else None


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")
