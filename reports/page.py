"""What every page is: a file with figures beside it, made from a template that escapes everything.

Belongs here: the page object, paths and links between pages, the template environment and the security policy.
Does not belong here: what stands on a page (``area_page``, ``national_page``, ...), writing files (``render``).
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from expectations.model import Level
from reports.figure import Figure
from reports.inputs import ReportData
from reports.words import Words, capital

ROOM = Path(__file__).parent
# The two hashes are the empty style elements Plotly's basic bundle creates and fills itself.
POLICY = (
    "default-src 'none'; script-src 'self'; img-src 'self' data:; "
    "style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' "
    "'sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o='; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True)
class Page:
    """One HTML file of a release.

    ``path`` is relative to the release and posix; ``html`` refers to ``figures/<name>-704.svg`` and
    ``figures/<name>-358.svg`` beside it. ``print_pdf`` asks for a PDF of the same page.
    """

    path: str
    title: str
    html: str
    figures: tuple[Figure, ...] = ()
    print_pdf: bool = False


def area_path(level: Level, code: str) -> str:
    """Where the page of an area stands."""
    return f"{level.folder}/index.html" if level.single else f"{level.folder}/{code}/index.html"


def link(from_path: str, to_path: str) -> str:
    """Relative address of one page as seen from another."""
    return posixpath.relpath(to_path, posixpath.dirname(from_path) or ".")


@cache
def environment() -> jinja2.Environment:
    """Templates: autoescape everywhere, and an unknown name is an error instead of an empty place."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROOM / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["capital"] = capital
    return env


def make_page(
    template: str,
    data: ReportData,
    *,
    path: str,
    title: str,
    subtitle: str = "",
    figures: tuple[Figure, ...] = (),
    print_pdf: bool = False,
    **context: Any,
) -> Page:
    """Render a template that extends ``base.html``.

    The template sees ``w`` (words), ``data``, ``survey``, ``title``, ``subtitle``, ``root`` (way back to the
    release folder), ``policy``, ``figures`` and everything in ``context``.
    """
    words = Words(data.survey.language)
    depth = path.count("/")
    html = (
        environment()
        .get_template(template)
        .render(
            w=words,
            data=data,
            survey=data.survey,
            title=title,
            subtitle=subtitle,
            root="../" * depth,
            policy=Markup(POLICY),  # noqa: S704 - a constant of this module
            figures=figures,
            path=path,
            print_pdf=print_pdf,
            **context,
        )
    )
    return Page(path, title, html, figures, print_pdf)
