"""Make the site: the pages of docs/, a reference of the packages and the contract to read, with a search.

    python scripts/docs.py [--output site | --check]

It is made by zensical in a folder of its own, and put into its place when all is well: no link and no anchor leads
nowhere, it loads nothing from elsewhere, and each public name is in the reference. Exits with 0 then, with 1 otherwise.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from documentation import dead_links, reference, sources
from documentation.links import ROOT


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        0 when the site was made, 1 otherwise.
    """
    parser = argparse.ArgumentParser(description="Make the site of docs/, the reference and the contract.")
    parser.add_argument("--output", type=Path, default=ROOT / "site", metavar="FOLDER", help="(default: site/)")
    parser.add_argument("--check", action="store_true", help="say what is wrong with the site, and keep none")
    options = parser.parse_args(arguments)
    output: Path = options.output
    with tempfile.TemporaryDirectory(prefix="aurous-docs-") as scratch:
        folder, site = Path(scratch), Path(scratch, "site")
        problems = sources.problems()
        if not problems:
            sources.write(folder)
            problems = build(folder) or [*dead_links.problems(site), *missing(site)]
        if problems:
            print(*problems, sep="\n", file=sys.stderr)
            return 1
        if options.check:
            return 0
        shutil.rmtree(output, ignore_errors=True)
        shutil.copytree(site, output)
    print(f"{output / 'index.html'}\nTo look at it, with its search: python -m http.server --directory {output}")
    return 0


def build(folder: Path) -> list[str]:
    """Let zensical make the site of the sources in a folder.

    Returns:
        What it has to object, line by line, without its colors.
    """
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", errors="replace", check=False)
    if done.returncode == 0:
        return []
    said = re.sub(r"\x1b\[[0-9;]*m", "", f"{done.stdout}\n{done.stderr}").strip()
    if said.endswith("--strict flag is set"):  # with a traceback that says no more than the warnings before it
        said = said.partition("Traceback (most recent call last)")[0]
    return [line for line in said.splitlines() if line.strip()]


def missing(site: Path) -> list[str]:
    """The public names that the reference lacks, a line each."""
    held = dead_links.anchors(site / "api")
    return [f"{name} is public, and the reference does not have it" for name in sorted(reference.public_names() - held)]


if __name__ == "__main__":
    sys.exit(main())
