"""The reader's browser at build time: pictures out of chart descriptions, PDFs out of pages.

Belongs here: finding the system's Chromium or Chrome, starting it without network, and the two things asked of it (SVG,
PDF) plus an opened page for tests. Does not belong here: what the pictures or pages contain (``figures``, ``pages``),
making the results repeatable (``svg``, ``pdf``), or the order of work (``render``).
"""

from __future__ import annotations

import html
import logging
import os
import shutil
import sys
from functools import cache
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

BROWSER_VARIABLE = "POLITIEMONITOR_BROWSER"
BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",  # containers and build machines run as root; only files made by this program are opened
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--font-render-hinting=none",  # the same glyph positions on every machine with the same fonts
    "--force-color-profile=srgb",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # no name resolves: nothing can be fetched, even by mistake
)

_DRAW = """async figures => {
  const drawn = [];
  for (const figure of figures) {
    const {width, height} = figure.layout;
    drawn.push(await Plotly.toImage(figure, {format: 'svg', width, height, imageDataOnly: true}));
  }
  return drawn;
}"""


def find_browser() -> Path | None:
    """The browser to use: ``POLITIEMONITOR_BROWSER`` when set, else the first known one on the search path.

    Returns:
        The executable, or ``None`` when this machine has none (reports then get live charts and no PDF).
    """
    wanted = os.environ.get(BROWSER_VARIABLE)
    for name in (wanted,) if wanted else BROWSER_NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    return None


@cache
def working_browser() -> Path | None:
    """The browser, if it really starts here: one that is there may still lack a library of the system.

    Returns:
        The executable, or ``None`` (see ``find_browser``). Tried once per process.
    """
    found = find_browser()
    if found is None:
        return None
    try:
        with Browser(found):
            return found
    except Exception:  # whatever keeps it from starting, pages can be made without it
        logging.getLogger(__name__).warning("%s is there but does not start", found)
        return None


def plotly_script() -> bytes:
    """The chart library as it is inside the installed plotly package: one version for pictures and hover."""
    return (resources.files("plotly") / "package_data" / "plotly.min.js").read_bytes()


class Browser:
    """One headless browser without network, used as a context manager.

    Pages are printed in a context without JavaScript: a PDF then shows exactly the pictures of the page, never a chart
    that hover was about to draw.
    """

    def __init__(self, executable: Path) -> None:
        self._executable = executable

    def __enter__(self) -> Self:
        # Playwright takes 0.3 s to import and is needed only by the processes that draw.
        from playwright.sync_api import sync_playwright  # noqa: PLC0415

        self._playwright = sync_playwright().start()
        try:
            self._browser = self._playwright.chromium.launch(executable_path=str(self._executable), args=list(FLAGS))
            self._canvas = self._browser.new_context(offline=True).new_page()
            self._canvas.set_content("<!doctype html><html lang=nl><title>.</title><body></body></html>")
            self._canvas.add_script_tag(content=plotly_script().decode("utf-8"))
            self._paper = self._browser.new_context(offline=True, java_script_enabled=False).new_page()
        except BaseException:
            self._playwright.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._browser.close()
        finally:
            self._playwright.stop()

    @property
    def version(self) -> str:
        """Version of the browser, e.g. ``156.0.7000.1``: part of what pictures and PDFs depend on."""
        return str(self._browser.version)

    def svgs(self, figures: list[dict[str, Any]]) -> list[str]:
        """Draw chart descriptions as SVG, many in one call (about 15 ms each).

        Args:
            figures: Plain dicts ``{data, layout}``; the layout carries ``width`` and ``height``.

        Returns:
            Plotly's SVG of each, in the same order, with Plotly's random ids still in it (see ``reports.svg``).
        """
        if not figures:
            return []
        return cast("list[str]", self._canvas.evaluate(_DRAW, figures))

    def pdf(self, html_path: Path, *, title: str, page_label: str) -> bytes:
        """Print a page on A4: tagged, with outline, and a footer with title and page numbers.

        Args:
            html_path: The page, with its style sheet and pictures beside it.
            title: Title for the footer (a document title, never input of citizens).
            page_label: Catalogue text with ``{page}`` and ``{pages}``, e.g. "Pagina {page} van {pages}".

        Returns:
            The PDF as Chromium made it (dates still in it; see ``reports.pdf``).
        """
        numbers = html.escape(page_label).replace("{page}", '<span class="pageNumber"></span>')
        numbers = numbers.replace("{pages}", '<span class="totalPages"></span>')
        footer = (
            '<div style="font:8pt Arial,Liberation Sans,sans-serif;color:#444b55;width:100%;margin:0 15mm;'
            'display:flex;justify-content:space-between">'
            f"<span>{html.escape(title)}</span><span>{numbers}</span></div>"
        )
        self._paper.goto(html_path.resolve().as_uri(), wait_until="load")
        return self._paper.pdf(
            format="A4",
            tagged=True,
            outline=True,
            print_background=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=footer,
            margin={"top": "14mm", "bottom": "18mm", "left": "15mm", "right": "15mm"},
        )


if __name__ == "__main__":  # `make` asks whether there is a browser to draw with
    sys.exit(0 if working_browser() else 1)
