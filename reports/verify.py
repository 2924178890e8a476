"""The last look before a release goes live: every file opened again and held against the tables.

Belongs here: reading finished files with a parser of its own, and comparing what they say with rows found by a look-up
of its own. Does not belong here: anything that made the pages. Nothing is imported from ``words``, ``inputs``, the
figures or the templates: a mistake there cannot excuse itself here. One problem means the release must not go live.
"""

from __future__ import annotations

import json
import math
import posixpath
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from expectations.model import ALL, Level, Survey
from reports.pdf import describe_pdf
from reports.verify_reader import Reader, Seen

DASHES = frozenset({"–", "-", ""})
MONTHS = {
    "nl": ("januari februari maart april mei juni juli augustus september oktober november december"),
    "en": ("January February March April May June July August September October November December"),
}
_EXTERNAL = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_POLICY_NEEDS = ("default-src 'none'", "script-src 'self'", "base-uri 'none'", "form-action 'none'")
_POLICY_FORBIDS = ("unsafe-inline", "unsafe-eval", "http:", "https:", "*")


class Published(Protocol):
    """What of a release's data is looked at (``reports.inputs.ReportData`` has it)."""

    @property
    def survey(self) -> Survey:
        """The survey contract."""

    @property
    def estimates(self) -> pd.DataFrame:
        """``publication.estimates``."""

    @property
    def areas(self) -> pd.DataFrame:
        """``reference.areas``."""

    @property
    def periods(self) -> pd.DataFrame:
        """``reference.periods``."""


def verify_release(root: Path, data: Published) -> list[str]:
    """Check every page below a release folder.

    Args:
        root: The folder ``render`` wrote.
        data: The tables the release was made from.

    Returns:
        Problems in words, with the file they are in; empty when the release may go live.
    """
    return _Verifier(root, data).run()


class _Verifier:
    """One release with look-ups made from the frames directly."""

    def __init__(self, root: Path, data: Published) -> None:
        self.root = root
        self.survey = data.survey
        self.estimates = data.estimates
        self.by_id = {str(key): position for position, key in enumerate(data.estimates["figure_id"])}
        self.columns = {
            name: data.estimates[name].to_numpy(dtype=object)
            for name in ("level", "area_code", "measure", "status", "n", "estimate", "ci_low", "ci_high")
        }
        current = data.areas[data.areas["is_current"].astype(bool)]
        self.areas = {(str(r["level"]), str(r["area_code"])): r for r in current.to_dict("records")}
        self.periods = data.periods[data.periods["closed"].astype(bool)]
        levels = [level.code for level in self.survey.levels]
        self.chains = {area: self._chain(area, levels) for area in self.areas}
        self.problems: list[str] = []

    def run(self) -> list[str]:
        """All problems, in the order of the files."""
        expected = {self._path(level, code): (level, code) for level, code in self.areas}
        found = {path.relative_to(self.root).as_posix() for path in self.root.rglob("*.html")}
        others = {"index.html", "quality/index.html", "methods/index.html"}
        self.problems += [f"{path}: the page is missing" for path in sorted((set(expected) | others) - found)]
        self.problems += [f"{path}: no current area has this page" for path in sorted(found - set(expected) - others)]
        for path in sorted(found & (set(expected) | others)):
            for problem in self.page(path, expected.get(path)):
                self.problems.append(f"{path}: {problem}")
        return self.problems

    def _path(self, level_code: str, code: str) -> str:
        level = self._level(level_code)
        return f"{level.folder}/index.html" if level.single else f"{level.folder}/{code}/index.html"

    def _level(self, code: str) -> Level:
        return next(level for level in self.survey.levels if level.code == code)

    # One page -----------------------------------------------------------------------------------------------

    def page(self, path: str, owner: tuple[str, str] | None) -> list[str]:
        """Problems of one file; ``owner`` is the area it must be about."""
        reader = Reader()
        reader.feed((self.root / path).read_text(encoding="utf-8"))
        reader.close()
        seen = reader.seen
        problems = [*self._form(seen), *self._files(path, seen), *self._figures(seen)]
        if owner is not None:
            problems += self._identity(seen, owner)
            problems += self._headline(seen, owner)
        problems += self._numbers(seen, owner)
        return problems

    def _form(self, seen: Seen) -> list[str]:
        problems = []
        if seen.language != self.survey.language:
            problems.append(f"language is {seen.language!r}, not {self.survey.language!r}")
        missing = [part for part in _POLICY_NEEDS if part not in seen.policy]
        allowed = [part for part in _POLICY_FORBIDS if part in seen.policy]
        if missing or allowed:
            problems.append(f"content security policy lacks {missing} or allows {allowed}")
        problems += [f"the policy refuses this: {what}" for what in seen.inline]
        return problems

    def _files(self, path: str, seen: Seen) -> list[str]:
        problems = []
        folder = posixpath.dirname(path)
        for reference in seen.references:
            if _EXTERNAL.match(reference) or re.match(r"[a-z]+:", reference, re.IGNORECASE):
                problems.append(f"refers outside the release: {reference}")
                continue
            target = posixpath.normpath(posixpath.join(folder, reference.split("#")[0].split("?")[0]))
            if target.startswith(".."):
                problems.append(f"refers outside the release: {reference}")
            elif not (self.root / target).is_file():
                problems.append(f"refers to a file that is not there: {reference}")
            elif target.endswith(".svg"):
                problems += self._picture(target)
            elif target.endswith(".pdf"):
                problems += self._paper(target)
        problems += [f"link to nothing: {anchor}" for anchor in seen.anchors if anchor[1:] not in seen.identifiers]
        return problems

    def _picture(self, path: str) -> list[str]:
        text = (self.root / path).read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        signs = ("<script", "<foreignObject", "http:", "https:", "javascript:", "@import", "<image")
        return [f"{path} holds {sign}" for sign in signs if sign.lower() in text.lower()]

    def _paper(self, path: str) -> list[str]:
        content = (self.root / path).read_bytes()
        facts = describe_pdf(content)
        problems = [] if facts["tagged"] else [f"{path} is not tagged"]
        if facts["language"] != self.survey.language:
            problems.append(f"{path} has language {facts['language']!r}")
        if not facts["title"]:
            problems.append(f"{path} has no title")
        problems += [f"{path} links to a file of this machine" for link in facts["links"] if link.startswith("file:")]
        return problems

    def _figures(self, seen: Seen) -> list[str]:
        problems = []
        if seen.images_without_alt:
            problems.append(f"{seen.images_without_alt} pictures without alternative text")
        for name in seen.frames:
            if name not in seen.alts:
                problems.append(f"figure {name} has no alternative text")
            if name not in seen.captions:
                problems.append(f"figure {name} has no caption")
            if seen.tables.get(name, 0) < 2:
                problems.append(f"figure {name} has no table with its numbers")
        if len(set(seen.frames)) != len(seen.frames):
            problems.append("two figures have the same name")
        for text in seen.scripts:
            try:
                json.loads(text)
            except ValueError:
                problems.append("a figure's description is not JSON")
            if _EXTERNAL.search(text):
                problems.append("a figure's description holds an address")
        return problems

    # Right area, right numbers ------------------------------------------------------------------------------

    def _identity(self, seen: Seen, owner: tuple[str, str]) -> list[str]:
        problems = []
        name = str(self.areas[owner]["area_name"])
        if (seen.level, seen.area) != owner:
            problems.append(f"says it is about {seen.level} {seen.area}, not {owner[0]} {owner[1]}")
        if name not in seen.heading:
            problems.append(f"heading {seen.heading!r} does not name {name!r}")
        period = self._latest(self._level(owner[0]).headline_window)
        if period is not None:
            end = period[1]
            words = f"{MONTHS[self.survey.language].split()[end.month - 1]} {end.year}"
            if words not in seen.subtitle:
                problems.append(f"subtitle {seen.subtitle!r} does not name the period up to {words}")
        return problems

    def _latest(self, window: str) -> tuple[pd.Timestamp, pd.Timestamp] | None:
        found = self.periods[self.periods["window"] == window]
        if found.empty:
            return None
        starts = pd.to_datetime(found["period_start"])
        newest = int(starts.to_numpy().argmax())
        return starts.iloc[newest], pd.to_datetime(found["period_end"]).iloc[newest]

    def _headline(self, seen: Seen, owner: tuple[str, str]) -> list[str]:
        """The big number must be the newest headline figure of this very area, where that may be shown.

        Where the method changed within its period it must be that of the newest quarter.
        """
        row = self._own_headline(owner, self._level(owner[0]).headline_window)
        if row is not None and row["reason"] == "break":
            row = self._own_headline(owner, "quarter")
        if row is None or row["status"] not in ("published", "indicative") or _missing(row["estimate"]):
            return []
        if str(row["figure_id"]) not in seen.headline:
            return [f"the big number is not the area's own headline figure {row['figure_id']}"]
        return []

    def _own_headline(self, owner: tuple[str, str], window: str) -> dict[str, Any] | None:
        """The headline figure of an area in the newest period of a window."""
        period = self._latest(window)
        if period is None:
            return None
        frame, survey = self.estimates, self.survey
        measure = "positive" if survey.scale_of(survey.item(survey.headline_item)).positive else "mean"
        wanted = {
            "area_code": owner[1],
            "level": owner[0],
            "item": survey.headline_item,
            "measure": measure,
            "window": window,
            "channel": ALL,
            "target_group": ALL,
        }
        for name, value in wanted.items():
            frame = frame[frame[name] == value]
        frame = frame[pd.to_datetime(frame["period_start"]) == period[0]]
        return None if frame.empty else {str(k): v for k, v in frame.to_dict("records")[0].items()}

    def _numbers(self, seen: Seen, owner: tuple[str, str] | None) -> list[str]:
        problems = []
        allowed = None if owner is None else self._allowed(owner)
        for figure_id, part, text in seen.numbers:
            position = self.by_id.get(figure_id)
            if position is None:
                problems.append(f"number {text!r} refers to {figure_id}, which is not published")
                continue
            row = {name: values[position] for name, values in self.columns.items()}
            if allowed is not None and (str(row["level"]), str(row["area_code"])) not in allowed:
                problems.append(f"number {text!r} ({figure_id}) belongs to {row['level']} {row['area_code']}")
            if text in DASHES:
                continue
            status = str(row["status"])
            if status in ("hidden", "no_data") or (status == "too_few" and part != "n"):
                problems.append(f"number {text!r} shows {figure_id}, whose status is {status}")
                continue
            expected = self._texts(row, part)
            if status == "indicative":  # tables mark these
                expected |= {f"{found}*" for found in expected}
            if text not in expected:
                problems.append(f"number {text!r} ({figure_id}, {part}) should be {' or '.join(sorted(expected))}")
        return problems

    def _allowed(self, owner: tuple[str, str]) -> set[tuple[str, str]]:
        """The area itself, those above it, and those directly or further below it."""
        return {owner, *self.chains[owner]} | {area for area, chain in self.chains.items() if owner in chain}

    def _chain(self, area: tuple[str, str], levels: list[str]) -> list[tuple[str, str]]:
        top = next((found for found in self.areas if found[0] == levels[0]), None)
        chain = []
        while area in self.areas and levels.index(area[0]) > 0:
            above = levels[levels.index(area[0]) - 1]
            parent = (above, str(self.areas[area]["parent_code"]))
            if above == levels[0] and top is not None:
                parent = top
            if parent not in self.areas:
                break
            chain.append(parent)
            area = parent
        return chain

    def _texts(self, row: Mapping[str, Any], part: str) -> set[str]:
        """How a row's number may be written."""
        if part == "range":
            ends = [self._texts(row, end) for end in ("ci_low", "ci_high")]
            return {f"{low}–{high}" for low in ends[0] for high in ends[1] if not low.endswith("%")}
        if part not in row or _missing(row[part]):
            return {"nothing: the row has no such number"}
        value = row[part]
        if part == "n":
            return {self._grouped(round(float(value)))}
        if str(row["measure"]) == "mean":
            return {self._decimal(float(value))}
        whole = self._grouped(math.floor(float(value) * 100 + 0.5 + 1e-7))
        return {whole, f"{whole}%"}

    def _grouped(self, value: int) -> str:
        text = f"{value:,}"
        return text.replace(",", ".") if self.survey.language == "nl" else text

    def _decimal(self, value: float) -> str:
        text = f"{math.floor(value * 10 + 0.5 + 1e-8) / 10:.1f}"
        return text.replace(".", ",") if self.survey.language == "nl" else text


def _missing(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))
