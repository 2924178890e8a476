"""Pages to files: pictures drawn, PDFs printed, unchanged pages copied from the release before.

Belongs here: the order of work, the worker processes, what is written where, and when a page need not be drawn again.
Does not belong here: what pages say (``pages``), how a picture or PDF is made (``browser``, ``svg``, ``pdf``), or
whether the result is right (``verify``).

Every page's folder is complete in itself: page, style sheet, pictures and PDF. Only the hover library is shared.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from itertools import islice
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from reports.browser import Browser, plotly_script
from reports.figure import Figure
from reports.page import Page
from reports.pdf import clean_pdf
from reports.svg import clean_svg
from reports.theme import NARROW, WIDE
from reports.words import Words

STATIC = Path(__file__).parent / "static"
ASSETS = "assets"
LEDGER = f"{ASSETS}/render.json"  # what each folder was made from: lets the next release copy instead of draw
PDF_NAME = "rapport.pdf"
CHUNK = 4  # pages handed to a worker at once: enough to keep it busy, few enough to finish together
TRIES = 2  # a browser that dies is started once more

Progress = Callable[[int, int, str], None]
"""Called after every page: pages done, pages known so far, path."""


@dataclass(frozen=True)
class RenderReport:
    """What one run of the renderer did."""

    pages: int
    drawn: int
    reused: int
    pictures: int
    pdfs: int
    live: bool  # charts are drawn in the reader's browser, because there was none here
    notice: str  # one line for the person at the keyboard; empty when there is nothing to say
    seconds: float


@dataclass(frozen=True)
class _Job:
    """What a worker needs to know besides the pages."""

    out: Path
    browser: Path | None
    css: str


def render(
    pages: Iterable[Page],
    out: Path,
    browser: Path | None,
    workers: int = 2,
    previous: Path | None = None,
    *,
    progress: Progress | None = None,
) -> RenderReport:
    """Write all pages below a folder.

    Args:
        pages: The pages; may be a generator, whose pages are then built while others are drawn.
        out: Folder of the release; made when missing.
        browser: Chromium or Chrome; ``None`` gives pages with live charts and no PDF.
        workers: Worker processes, each with a browser of its own; 0 works in this process.
        previous: An earlier output folder; pages made from the same input are copied from there. It may be ``out``
            itself: then such pages stay as they are. Pages in ``out`` that this run does not name stay too.
        progress: Called after every page.

    Returns:
        Counts, time and a notice.

    Raises:
        ValueError: Two pages have the same path.
    """
    started = time.perf_counter()
    out.mkdir(parents=True, exist_ok=True)
    css = style_sheet()
    _write_assets(out)
    job = _Job(out, browser, css)
    before = _read_ledger(previous)
    ledger = {path: entry for path, entry in _read_ledger(out).items() if (out / path).is_file()}
    counts = {"drawn": 0, "reused": 0, "pictures": 0, "pdfs": 0}

    def account(path: str, key: str, files: dict[str, str], kind: str) -> None:
        counts[kind] += 1
        counts["pictures"] += sum(name.endswith(".svg") for name in files)
        counts["pdfs"] += PDF_NAME in files
        ledger[path] = {"key": key, "files": files}
        if progress is not None:
            progress(counts["drawn"] + counts["reused"], len(keys), path)

    keys: dict[str, str] = {}

    def to_draw() -> Iterator[Page]:
        for page in pages:
            if page.path in keys:
                raise ValueError(f"two pages have the path {page.path}")
            keys[page.path] = content_key(page, css, with_browser=browser is not None)
            known = before.get(page.path)
            if previous is not None and known is not None and known["key"] == keys[page.path]:
                files = known["files"]
                if _intact(previous / page.path, files):
                    if previous.resolve() != out.resolve():
                        _reuse(previous / page.path, out / page.path, files)
                    account(page.path, keys[page.path], files, "reused")
                    continue
            yield page

    for path, files in _draw_all(to_draw(), job, workers):
        account(path, keys[path], files, "drawn")
    _write_ledger(out, ledger)
    notice = "" if browser else Words(_language(list(keys), out)).text("render.no_browser")
    return RenderReport(
        pages=len(keys),
        live=browser is None,
        notice=notice,
        seconds=time.perf_counter() - started,
        **counts,
    )


def style_sheet() -> str:
    """The style sheet of every folder: the common one, and what the pages of the whole add to it."""
    return "".join((STATIC / name).read_text(encoding="utf-8") for name in ("style.css", "national.css"))


def content_key(page: Page, css: str, *, with_browser: bool) -> str:
    """Hash of everything a page's folder is made from; equal keys mean equal folders."""
    digest = hashlib.sha256(_own_version().encode())
    parts = [page.path, page.title, page.html, css, str(with_browser), str(page.print_pdf)]
    for figure in page.figures:
        parts += [figure.name, str(figure.json)]
    for part in parts:
        digest.update(part.encode())
        digest.update(b"\0")
    return digest.hexdigest()


@cache
def _own_version() -> str:
    """Changes with the chart library and with the code that rewrites pictures, PDFs and pages."""
    digest = hashlib.sha256(metadata.version("plotly").encode())
    for name in ("browser.py", "svg.py", "pdf.py", "render.py"):
        digest.update((Path(__file__).parent / name).read_bytes())
    return digest.hexdigest()


# Order of work ----------------------------------------------------------------------------------------------


def _draw_all(pages: Iterator[Page], job: _Job, workers: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Draw pages as they come, in this process or in workers; yields path and files (name -> sha256)."""
    if workers < 1 or job.browser is None:
        # Without a browser there is only text to write: processes would cost more than they bring.
        drawer = _Drawer(job)
        try:
            for page in pages:
                yield page.path, drawer.page(page)
        finally:
            drawer.close()
        return
    # Fresh processes: forking a program that runs a database or an orchestrator copies its locks.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker, initargs=(job,)) as pool:
        running: set[Future[list[tuple[str, dict[str, str]]]]] = set()
        try:
            while True:
                chunk = list(islice(pages, CHUNK))
                if chunk:
                    running.add(pool.submit(_work, chunk))
                if not running:
                    return
                enough = len(running) >= 3 * workers or not chunk
                done, running = wait(running, timeout=None if enough else 0, return_when=FIRST_COMPLETED)
                for future in done:
                    yield from future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


_worker: _Drawer | None = None


def _start_worker(job: _Job) -> None:
    """Give this process its own drawer; its browser is closed when the process ends."""
    global _worker  # noqa: PLW0603 - a worker process has exactly one job
    _worker = _Drawer(job)
    Finalize(None, _worker.close, exitpriority=10)


def _work(pages: list[Page]) -> list[tuple[str, dict[str, str]]]:
    assert _worker is not None
    return [(page.path, _worker.page(page)) for page in pages]


class _Drawer:
    """Makes page folders with one browser, which is started when first needed."""

    def __init__(self, job: _Job) -> None:
        self._job = job
        self._browser: Browser | None = None

    def close(self) -> None:
        """Close the browser, if one was started."""
        browser, self._browser = self._browser, None
        if browser is not None:
            browser.__exit__(None, None, None)

    def page(self, page: Page) -> dict[str, str]:
        """Write one page's folder.

        Returns:
            The files in it with their hashes.
        """
        for attempt in range(1, TRIES + 1):
            try:
                return _place(self._job.out / page.path, lambda folder: self._fill(page, folder))
            except Exception as error:
                # A mistake in a page fails the same way again; only a lost browser is worth another try.
                if attempt == TRIES or "closed" not in str(error).lower():
                    raise RuntimeError(f"page {page.path} could not be made: {error}") from error
                self._browser = None
        raise AssertionError("unreachable")

    def _fill(self, page: Page, folder: Path) -> dict[str, str]:
        name = Path(page.path).name
        (folder / "style.css").write_text(self._job.css, encoding="utf-8")
        if self._job.browser is None:
            (folder / name).write_text(live_html(page.html), encoding="utf-8")
            return _hashes(folder)
        (folder / name).write_text(page.html, encoding="utf-8")
        if self._browser is None and (page.figures or page.print_pdf):
            self._browser = Browser(self._job.browser).__enter__()
        if page.figures:
            self._draw(page.figures, folder / "figures")
        if page.print_pdf:
            self._print(page, folder)
        return _hashes(folder)

    def _draw(self, figures: tuple[Figure, ...], folder: Path) -> None:
        assert self._browser is not None
        folder.mkdir()
        names = [f"{figure.name}-{width}.svg" for figure in figures for width in (WIDE, NARROW)]
        drawn = self._browser.svgs([drawing for figure in figures for drawing in (figure.wide, figure.narrow)])
        for name, text in zip(names, drawn, strict=True):
            (folder / name).write_text(clean_svg(text), encoding="utf-8")

    def _print(self, page: Page, folder: Path) -> None:
        assert self._browser is not None
        language = language_of(page.html)
        words = Words(language)
        paper = folder / ".print.html"
        paper.write_text(without_file_links(page.html), encoding="utf-8")
        content = self._browser.pdf(
            paper, title=page.title, page_label=words.text("render.page_number", page="{page}", pages="{pages}")
        )
        paper.unlink()
        (folder / PDF_NAME).write_bytes(clean_pdf(content, title=page.title, language=language))


# Rewriting a finished page ----------------------------------------------------------------------------------

_PICTURE = re.compile(r"<picture\b[^>]*>.*?</picture>", re.DOTALL)
_ALT = re.compile(r'<img\b[^>]*\balt="([^"]*)"', re.DOTALL)
_PDF_LINK = re.compile(r"<(?P<tag>p|li|span)\b[^>]*\bdata-pdf\b[^>]*>.*?</(?P=tag)>", re.DOTALL)
_FILE_LINK = re.compile(r'(<a\b[^>]*?)\shref="(?!#|https?:|mailto:)[^"]*"')
_LANGUAGE = re.compile(r'<html\b[^>]*\blang="([A-Za-z-]+)"')


def live_html(html: str) -> str:
    """The page for a machine that made no pictures: places where ``hover.js`` draws, and no link to a PDF."""

    def place(match: re.Match[str]) -> str:
        alt = _ALT.search(match[0])
        label = alt[1] if alt else ""
        return f'<div class="chart-place" data-chart-place role="img" aria-label="{label}"></div>'

    html = _PICTURE.sub(place, html)
    html = _PDF_LINK.sub("", html)
    return html.replace("<html ", '<html data-charts="live" ', 1)


def without_file_links(html: str) -> str:
    """The page for print: links to other pages would point into this machine's folders."""
    return _FILE_LINK.sub(r"\1", html)


def language_of(html: str) -> str:
    """The language a page declares."""
    found = _LANGUAGE.search(html)
    if found is None:
        raise ValueError("the page declares no language")
    return found[1]


def _language(paths: list[str], out: Path) -> str:
    for path in paths:
        return language_of((out / path).read_text(encoding="utf-8"))
    return "nl"


# Files ------------------------------------------------------------------------------------------------------


def _place(target: Path, fill: Callable[[Path], dict[str, str]]) -> dict[str, str]:
    """Fill a temporary folder and put it in the place of the page's folder in one step.

    The page in the root of the release shares its folder with all others, so there the files are moved one by one.
    """
    home = target.parent
    home.parent.mkdir(parents=True, exist_ok=True)
    root_page = home.exists() and (home / ASSETS).is_dir()
    with tempfile.TemporaryDirectory(prefix=".page-", dir=home if root_page else home.parent) as name:
        folder = Path(name) / "content"
        folder.mkdir()
        files = fill(folder)
        if root_page:
            for file in files:
                (home / file).parent.mkdir(exist_ok=True)
                os.replace(folder / file, home / file)  # noqa: PTH105 - replaces atomically
        else:
            if home.exists():
                home.rename(Path(name) / "replaced")
            folder.rename(home)
    return files


def _reuse(source: Path, target: Path, files: dict[str, str]) -> None:
    """Copy a page's folder from an earlier output."""

    def fill(folder: Path) -> dict[str, str]:
        for file in files:
            (folder / file).parent.mkdir(exist_ok=True)
            shutil.copyfile(source.parent / file, folder / file)
        return files

    _place(target, fill)


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): _sha256(path) for path in files}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _intact(page: Path, files: dict[str, str]) -> bool:
    """Whether an earlier folder still holds what was written there: a file someone changed is not passed on."""
    paths = {page.parent / name: sha for name, sha in files.items()}
    return all(path.is_file() and _sha256(path) == sha for path, sha in paths.items())


def _write_assets(out: Path) -> None:
    folder = out / ASSETS
    folder.mkdir(exist_ok=True)
    (folder / "plotly.min.js").write_bytes(plotly_script())
    shutil.copyfile(STATIC / "hover.js", folder / "hover.js")


def _read_ledger(previous: Path | None) -> dict[str, dict[str, Any]]:
    """Ledger of an earlier output; an absent or damaged one only means that everything is drawn again."""
    if previous is None:
        return {}
    try:
        found = json.loads((previous / LEDGER).read_text(encoding="utf-8"))
        return {str(path): {"key": str(entry["key"]), "files": dict(entry["files"])} for path, entry in found.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _write_ledger(out: Path, ledger: dict[str, dict[str, Any]]) -> None:
    text = json.dumps(ledger, indent=1, sort_keys=True) + "\n"
    (out / LEDGER).write_text(text, encoding="utf-8")
