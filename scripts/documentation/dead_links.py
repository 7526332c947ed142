"""What is wrong with a site that was made: links and anchors that lead nowhere, and what is loaded from elsewhere."""

from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

_LOADED: Final = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "video": "src"}


class _Html(HTMLParser):
    """The anchors of a page, where it leads, and what it loads."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element is called and where it leads."""
        found = dict(attrs)
        self.anchors |= {name for name in (found.get("id"), found.get("name")) if name}
        if tag == "a" and (target := found.get("href")):
            self.links.append(target)
        elif (target := found.get(_LOADED.get(tag, ""))) and found.get("rel") not in {"canonical", "prev", "next"}:
            self.loaded.append(target)


@cache
def _parsed(page: Path) -> _Html:
    parser = _Html()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser


def problems(site: Path) -> Iterator[str]:
    """What leads nowhere in a site, or is loaded from elsewhere, a line each."""
    site = site.resolve()
    for page in sorted(site.rglob("*.html")):
        name = page.relative_to(site).as_posix()
        for target in dict.fromkeys(_parsed(page).links):
            if not urlsplit(target).scheme and not _leads_somewhere(site, page, target):
                yield f"{name}: {target} leads nowhere"
        for target in dict.fromkeys(_parsed(page).loaded):
            if urlsplit(target).netloc:
                yield f"{name}: {target} is loaded from elsewhere"
            elif not target.startswith("data:") and not _leads_somewhere(site, page, target):
                yield f"{name}: {target} is loaded, and is not there"
    for sheet in sorted(site.rglob("*.css")):
        text = sheet.read_text(encoding="utf-8")
        if any(mark in text for mark in ("@import", "url(http", "url(//", "url('http", 'url("http')):
            yield f"{sheet.relative_to(site).as_posix()}: loads something from elsewhere"


def anchors(folder: Path) -> set[str]:
    """Every anchor of the pages under a folder."""
    return {anchor for page in folder.resolve().rglob("*.html") for anchor in _parsed(page).anchors}


def _leads_somewhere(site: Path, page: Path, target: str) -> bool:
    parts = urlsplit(target)
    path = unquote(parts.path)
    above = site if path.startswith("/") else page.parent
    file = (above / path.lstrip("/")).resolve() if path else page
    if file.is_dir():
        file /= "index.html"
    if not file.is_file() or not file.is_relative_to(site):
        return False
    anchor = unquote(parts.fragment)
    return not anchor or file.suffix != ".html" or anchor in _parsed(file).anchors
