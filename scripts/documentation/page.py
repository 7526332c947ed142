"""A page that is made with the site, beside those of the repository."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A page in Markdown.

    Attributes:
        path: Its file, from the root of the site's sources.
        title: Its name in the navigation.
        text: What it says.
    """

    path: str
    title: str
    text: str
