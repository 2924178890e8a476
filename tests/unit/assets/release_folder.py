"""A finished release in a folder, made from the small release by hand, and ways to spoil it."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pandas as pd
import pikepdf
import pytest

from reports.inputs import ReportData
from reports.pages import area_page, national_page
from reports.render import render
from tests.unit.reports import factory

TEAM = "teams/T1"
HIDDEN = "9f3c61d07be2a485"  # a hidden figure beside those of the small release
RESPONSE, PSEUDONYM = "r2025070007", "ad8b2f935a93e75981e6"
SAID = "De agent met de rode fiets luisterde heel goed naar mijn verhaal"


def hashed_data() -> ReportData:
    """The small release with ids as they really are: sixteen hexadecimal digits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(factory, "figure_id", _hashed)
        return factory.make_data()


def _hashed(*parts: object) -> str:
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:16]


def make_release(data: ReportData, root: Path) -> Path:
    """The pages of all areas and the two tables every check starts from."""
    pages = [national_page(data)]
    pages += [area_page(data, level, code) for level, code in data.current_areas if level != "nation"]
    render(pages, root, None)
    (root / "tables").mkdir()
    for name in ("index.html", "style.css"):
        source = root / TEAM / name
        if name.endswith(".css"):
            (root / name).write_bytes(source.read_bytes())
        else:
            (root / name).write_text("<!doctype html><title>Overzicht</title>", "utf-8")
    figures = data.estimates.copy()
    figures["period_start"] = pd.to_datetime(figures["period_start"]).dt.date
    hidden = figures.iloc[[0]].copy()
    numbers = [c for c in figures.columns if figures[c].dtype.kind in "fi" or c in {"n", "n_eff", "estimate", "se"}]
    hidden[numbers] = None
    hidden = hidden.assign(
        figure_id=HIDDEN, status="hidden", reason="disclosure", target_group="melder", window="month"
    )
    save(root, "estimates", pd.concat([figures.astype(object), hidden.astype(object)], ignore_index=True))
    save(root, "areas", data.areas)
    for name, frame in (("response", data.response), ("peers", data.peers)):
        if "figure_id" in frame:
            save(root, name, frame)
    return root


NUMBER_COLUMNS = frozenset(
    {"n", "n_eff", "estimate", "se", "se_fpc", "ci_low", "ci_high", "reliability", "estimate_adjusted",
     "estimate_shrunken", "shrunken_low", "shrunken_high", "reference_estimate", "difference"}
)  # fmt: skip


def save(root: Path, name: str, frame: pd.DataFrame) -> None:
    """A table twice, with types."""
    stem = (root / "tables" / name).as_posix()
    kinds = {c: "double" if c in NUMBER_COLUMNS else "date" if c.startswith("period_") else "varchar" for c in frame}
    kinds |= {"is_current": "boolean"} if "is_current" in frame else {}
    cast = ", ".join(f'cast("{c}" as {kind}) as "{c}"' for c, kind in kinds.items())
    texts = frame.astype(object).where(frame.notna(), None).map(lambda v: None if v is None else str(v))
    with duckdb.connect() as connection:
        connection.register("given", texts)
        for kind in ("parquet", "csv"):
            connection.execute(f"copy (select {cast} from given) to '{stem}.{kind}' (format {kind})")


def pdf(*lines: str, attached: bool = False) -> bytes:
    """A PDF that shows lines as a browser prints them: glyph by glyph, in a font that names its characters."""
    document = pikepdf.new()
    characters = sorted({c for line in lines for c in line})
    codes = {c: number for number, c in enumerate(characters, start=1)}
    pairs = "\n".join(f"<{number:04X}> <{ord(c):04X}>" for c, number in codes.items())
    names = document.make_stream(f"{len(codes)} beginbfchar\n{pairs}\nendbfchar".encode())
    font = document.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type0, BaseFont=pikepdf.Name.Test,
            Encoding=pikepdf.Name("/Identity-H"), ToUnicode=names,
        )
    )  # fmt: skip
    shown = " ".join(
        "BT /F1 12 Tf 1 0 0 1 10 10 Tm " + " ".join(f"<{codes[c]:04X}> Tj 6 0 Td" for c in line) + " ET"
        for line in lines
    )
    document.add_blank_page()
    page = document.pages[0]
    page.Contents = document.make_stream(shown.encode())
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    if attached:
        document.attachments["answers.csv"] = b"n;7"
    target = io.BytesIO()
    document.save(target, compress_streams=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return target.getvalue()


def into(path: Path, old: str, new: str) -> None:
    """Replace a piece of a file, once."""
    text = path.read_text("utf-8")
    assert old in text, f"{path.name} has no {old!r}"
    path.write_text(text.replace(old, new, 1), "utf-8")


def rows_to(path: Path, rows: Iterable[Iterable[object]]) -> None:
    """Write a list that is no table of the release."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
