"""Puts the files of examples/ into the pages of docs/recipes: `python tests/recipes/page.py`."""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
EXAMPLES: Final = ROOT / "examples"


def with_examples(text: str) -> str:
    """The text of a page, with each block that begins with the name of an example as that file is."""

    def block(named: re.Match[str]) -> str:
        return f"```python\n# {named[1]}\n{(EXAMPLES / named[1]).read_text(encoding='utf-8')}```"

    return re.sub(r"(?ms)^```python\n# (\w+\.py)\n.*?^```$", block, text)


if __name__ == "__main__":
    for page in (ROOT / "docs" / "recipes").glob("*.md"):
        page.write_text(with_examples(page.read_text(encoding="utf-8")), encoding="utf-8")
