"""What the site is made of: pages of the repository, with links for the site, those that are made, and their places.

docs/README.md is the index: its headings are the parts of the navigation, its links the pages. A page that is named
there is on the site, wherever in the repository it is. What is made stands before the last part.
"""

import json
import posixpath
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from documentation import contract_pages, reference
from documentation.links import ROOT, file_address, is_relative, relinked, resolved, targets

INDEX: Final = "docs/README.md"
SETTINGS: Final = Path(__file__).parent / "site"
FILES: Final = {"openapi.yaml": "openapi.yaml", "LICENSE": "LICENSE.txt"}
"""Files that are on the site as they are, and where."""

_RENAMED: Final = {"README.md": "first-steps.md", "SECURITY.md": "compatibility.md"}
"""Pages beside docs/ whose names are taken on the site, or say nothing there."""


@dataclass(frozen=True)
class Part:
    """A part of the navigation.

    Attributes:
        title: Its heading.
        pages: What it holds: titles, and files of the repository or of the site.
    """

    title: str
    pages: list[tuple[str, str]]


def parts() -> list[Part]:
    """The parts of the index, with the pages of the repository that each names."""
    _, *sections = re.split(r"(?m)^## ", (ROOT / INDEX).read_text(encoding="utf-8"))
    found: list[Part] = []
    for section in sections:
        title, _, rest = section.partition("\n")
        links = re.findall(r"(?m)^- \[(.+?)\]\((.+?)\)", rest)
        found.append(Part(title, [(name, resolved(INDEX, target)[0]) for name, target in links]))
    return found


def problems() -> list[str]:
    """Why there cannot be a site: pages that the index does not name, and links to files that are not there."""
    named = [INDEX, *(file for part in parts() for _, file in part.pages)]
    pages = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")}
    found = [f"{INDEX} does not name {file}: give it a line under a heading" for file in sorted(pages - {*named})]
    return found + [f"{file}: {path} is not there" for file in named for path in _lacking(file)]


def _lacking(file: str) -> list[str]:
    """The files that a page leads to, and that are not there; the page itself, if it is not."""
    if not (ROOT / file).is_file():
        return [file]
    links = targets((ROOT / file).read_text(encoding="utf-8"))
    led = [resolved(file, target)[0] for target in links if is_relative(target)]
    return [path for path in led if not (ROOT / path).exists()]


def write(folder: Path) -> None:
    """Write the sources of the site to a folder: pages under `docs/`, and the settings of the generator."""
    index = parts()
    made = {"Methods": reference.methods(), "Classes": reference.classes(), "The contract": contract_pages.pages()}
    places = {INDEX: "index.md", **FILES, **{file: _place(file) for part in index for _, file in part.pages}}
    texts = {place: _for_site(file, places) for file, place in places.items() if file not in FILES}
    texts |= {page.path: page.text for pages in made.values() for page in pages}
    for name, text in texts.items():
        page = folder / "docs" / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    for file, name in FILES.items():
        shutil.copy(ROOT / file, folder / "docs" / name)
    shutil.copy(SETTINGS / "style.css", folder / "docs" / "style.css")
    shutil.copytree(SETTINGS / "theme", folder / "theme")
    written = [Part(part.title, [(title, places[file]) for title, file in part.pages]) for part in index]
    written[0].pages.insert(0, ("Overview", "index.md"))
    further = [Part(title, [(page.title, page.path) for page in pages]) for title, pages in made.items()]
    # What is looked up stands together, and how the SDK is made comes last.
    (folder / "zensical.toml").write_text(_settings([*written[:-1], *further, written[-1]]), encoding="utf-8")


def _place(file: str) -> str:
    """Where a page of the repository is on the site: all are at the top."""
    folder, name = posixpath.split(file)
    return name if folder else _RENAMED.get(name, name.lower())


def _for_site(file: str, places: dict[str, str]) -> str:
    """A page with its links as the site has them. What leads to what is not there is no link, or one to the forge."""

    def place(target: str) -> str | None:
        if not is_relative(target):
            return target
        path, anchor = resolved(file, target)
        if (name := places.get(INDEX if path == "docs" else path)) is not None:
            return name + anchor
        address = file_address(path)
        return address and address + anchor

    return relinked((ROOT / file).read_text(encoding="utf-8"), place)


def _settings(navigation: list[Part]) -> str:
    """The settings of the generator, with what only this machine and these pages know."""
    text = (SETTINGS / "zensical.toml").read_text(encoding="utf-8")
    values = {
        "@nav@": _toml_list([_toml_entry(part.title, _toml_list(_toml_pages(part))) for part in navigation], "\n  "),
        "@paths@": json.dumps([str(ROOT / "overlays"), str(ROOT / "generated")]),
        "@extension@": json.dumps(str(Path(__file__).parent / "griffe_extension.py")),
    }
    for mark, value in values.items():
        text = text.replace(f'"{mark}"', value)
    return text


def _toml_pages(part: Part) -> list[str]:
    return [_toml_entry(title, json.dumps(file)) for title, file in part.pages]


def _toml_entry(name: str, value: str) -> str:
    return f"{{ {json.dumps(name)} = {value} }}"


def _toml_list(values: list[str], between: str = " ") -> str:
    return "[" + ",".join(between + value for value in values) + "]"
