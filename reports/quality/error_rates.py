"""How often figures and sentences are wrong, as simulated: the section of the quality page.

Belongs here: which results are shown, how they are named and written. Does not belong here: simulating and judging (the
table did), drawing (``figures.error_rates``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from expectations.model import Level, Survey
from reports.figure import Figure
from reports.figures.error_rates import CoverageRow, coverage_figure
from reports.inputs import ReportData, day, integer, number, text
from reports.quality.frames import rows_of
from reports.words import DASH, Words

MET, NOT_MET, UNCERTAIN = "met", "not_met", "uncertain"
STILL = "steady"
"""The scenario in which nothing changes, with the most months: coverage is told of this one."""
PER_RELEASE = "alarms"


@dataclass(frozen=True)
class RatesTable:
    """One table of the section; the first cell of a row is its header."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class ErrorRates:
    """What the page shows.

    Attributes:
        intro: When, how often and on how much.
        finding: How many of the demands were met.
        missed: Demands that were not met, in words.
        doubtful: Demands of which it is not certain.
        figure: Coverage per level; None where nothing of it was simulated.
        tables: Coverage, false sentences, what is found, bias.
    """

    intro: str
    finding: str
    missed: tuple[str, ...]
    doubtful: tuple[str, ...]
    figure: Figure | None
    tables: tuple[RatesTable, ...]


def error_rates(data: ReportData, words: Words) -> ErrorRates | None:
    """The section; None where nothing was simulated for this survey."""
    rows = rows_of(data.error_rates)
    if not rows:
        return None
    written = _Written(data.survey, words)
    judged = [row for row in rows if text(row["judgement"]) != "not_judged"]
    met = sum(text(row["judgement"]) == MET for row in judged)
    tables = (_coverage(rows, written), _alarms(rows, written), _found(rows, written), _bias(rows, written))
    return ErrorRates(
        intro=words.text(
            "error_rates.intro",
            date=words.date(day(rows[0]["simulated_on"])),
            runs=words.integer(max(integer(row["runs"]) or 0 for row in rows)),
            responses=words.integer(integer(rows[0]["simulated_responses"]) or 0),
            code=text(rows[0]["simulated_code"]),
        ),
        finding=words.text("error_rates.finding", met=words.integer(met), judged=words.integer(len(judged))),
        missed=tuple(written.in_full(row) for row in judged if text(row["judgement"]) == NOT_MET),
        doubtful=tuple(written.in_full(row) for row in judged if text(row["judgement"]) == UNCERTAIN),
        figure=_figure(rows, written),
        tables=tuple(table for table in tables if table.rows),
    )


class _Written:
    """Names and numbers of results in words."""

    def __init__(self, survey: Survey, words: Words) -> None:
        self.survey, self.words = survey, words
        self.levels = {level.code: level for level in survey.levels}
        self.order = {level.code: place for place, level in enumerate(survey.levels)}

    def level(self, row: dict[str, Any]) -> Level | None:
        return self.levels.get(text(row["level"]))

    def place(self, row: dict[str, Any]) -> str:
        """``basisteam, percentage, vier kwartalen``."""
        level = self.level(row)
        parts = [level.label if level else text(row["level"]), self.kind(row), self.window(row)]
        return ", ".join(parts)

    def kind(self, row: dict[str, Any]) -> str:
        return self.words.text(f"error_rates.kind_{'mean' if text(row['measure']) == 'mean' else 'percentage'}")

    def window(self, row: dict[str, Any]) -> str:
        return self.words.text(f"error_rates.window_{text(row['window'])}")

    def number(self, row: dict[str, Any], name: str) -> str:
        """One number of a result: a share as a percentage with one decimal, a mean in its own unit."""
        value = number(row[name])
        if value is None:
            return DASH
        quantity = text(row["quantity"])
        if quantity == PER_RELEASE:
            return self.words.decimal(value, 2)
        if quantity == "bias":
            return self.words.decimal(value, 2)
        return f"{self.words.decimal(100 * value)}%"

    def interval(self, row: dict[str, Any]) -> str:
        ends = [self.number(row, name) for name in ("simulated_low", "simulated_high")]
        return DASH if DASH in ends else self.words.text("quality.from_to", low=ends[0], high=ends[1])

    def wanted(self, row: dict[str, Any]) -> str:
        low, high = (self.number(row, name) for name in ("wanted_low", "wanted_high"))
        if high == DASH:
            return DASH if low == DASH else self.words.text("error_rates.at_least", value=low)
        if low == DASH:
            return self.words.text("error_rates.at_most", value=high)
        return self.words.text("quality.from_to", low=low, high=high)

    def judgement(self, row: dict[str, Any]) -> str:
        return self.words.text(f"error_rates.judgement_{text(row['judgement'])}")

    def statement(self, row: dict[str, Any]) -> str:
        return self.words.text(f"error_rates.{text(row['quantity'])}_{text(row['statement'])}")

    def in_full(self, row: dict[str, Any]) -> str:
        """A result as one line of a list."""
        size = number(row["size"]) or 0
        shift = self.words.text("error_rates.shifted", points=self.words.decimal(size, 0)) if size else ""
        return self.words.text(
            "error_rates.in_full",
            scenario=self.words.text(f"error_rates.scenario_{text(row['scenario'])}"),
            statement=self.statement(row) + shift,
            place=self.place(row),
            value=self.number(row, "simulated"),
            interval=self.interval(row),
            wanted=self.wanted(row),
        )

    def sorted(self, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """From the top level down, percentages first, long windows first."""
        windows = {"four_quarters": 0, "year": 0, "half_year": 1, "quarter": 2, "month": 3}
        return sorted(
            rows,
            key=lambda row: (
                text(row["statement"]),
                self.order.get(text(row["level"]), len(self.order)),
                text(row["measure"]) == "mean",
                windows.get(text(row["window"]), len(windows)),
                number(row["size"]) or 0,
            ),
        )

    def table(self, caption: str, rows: Sequence[tuple[str, dict[str, Any]]]) -> RatesTable:
        """A table of results with what is wanted of them."""
        columns = ("what", "value", "interval", "wanted", "judgement")
        return RatesTable(
            self.words.text(f"error_rates.{caption}"),
            tuple(self.words.text(f"error_rates.column_{name}") for name in columns),
            tuple(
                (label, self.number(row, "simulated"), self.interval(row), self.wanted(row), self.judgement(row))
                for label, row in rows
            ),
        )


def _chosen(rows: Iterable[dict[str, Any]], quantity: str, *scenarios: str) -> list[dict[str, Any]]:
    return [r for r in rows if text(r["quantity"]) == quantity and (not scenarios or text(r["scenario"]) in scenarios)]


def _coverage(rows: list[dict[str, Any]], written: _Written) -> RatesTable:
    chosen = written.sorted(_chosen(rows, "coverage", STILL))
    return written.table("coverage_caption", [(f"{written.statement(r)}: {written.place(r)}", r) for r in chosen])


def _alarms(rows: list[dict[str, Any]], written: _Written) -> RatesTable:
    """Sentences that are not so: at the lowest level, where there are most; of charts and of spread at every level."""
    leaf = written.survey.leaf.code
    every_level = ("signal", "uniformity")
    chosen = [
        row
        for quantity in ("alarm", "any_alarm", "false_discovery", "wrong_equal")
        for row in written.sorted(_chosen(rows, quantity))
        if (text(row["level"]) == leaf or text(row["statement"]) in every_level)
        and text(row["judgement"]) != "not_judged"
    ]
    return written.table("alarms_caption", [(f"{written.statement(r)}: {_with_size(r, written)}", r) for r in chosen])


def _with_size(row: dict[str, Any], written: _Written) -> str:
    size = number(row["size"]) or 0
    shift = written.words.text("error_rates.shifted", points=written.words.decimal(size, 0)) if size else ""
    return written.place(row) + shift


def _found(rows: list[dict[str, Any]], written: _Written) -> RatesTable:
    """What is found of planted shifts, by size."""
    words = written.words
    maybe = {_cell(row): row for row in _chosen(rows, "maybe_found")}
    wrong = {_cell(row): row for row in _chosen(rows, "wrong_way")}
    lines = []
    for row in written.sorted(_chosen(rows, "found")):
        points = words.text("units.percentage_points", value=words.decimal(number(row["size"]) or 0, 0))
        others = [written.number(table[_cell(row)], "simulated") if _cell(row) in table else DASH
                  for table in (maybe, wrong)]  # fmt: skip
        lines.append((f"{points}: {written.place(row)}", written.number(row, "simulated"), *others))
    columns = ("shift", "found", "maybe_found", "wrong_way")
    header = tuple(words.text(f"error_rates.column_{name}") for name in columns)
    return RatesTable(words.text("error_rates.found_caption"), header, tuple(lines))


def _bias(rows: list[dict[str, Any]], written: _Written) -> RatesTable:
    """Figure minus truth with and without weights, where not everybody answers alike."""
    words = written.words
    places = {written.survey.top.code, written.survey.leaf.code}
    all_rows = _chosen(rows, "bias")
    plain = {_cell(row): row for row in all_rows if text(row["statement"]) == "unweighted"}
    lines = []
    for row in written.sorted(r for r in all_rows if text(r["statement"]) == "weighted" and text(r["level"]) in places):
        scenario = words.text(f"error_rates.scenario_{text(row['scenario'])}")
        without = written.number(plain[_cell(row)], "simulated") if _cell(row) in plain else DASH
        lines.append((
            f"{scenario}: {written.place(row)}", without, written.number(row, "simulated"), written.interval(row),
            written.wanted(row), written.judgement(row),
        ))  # fmt: skip
    columns = ("what", "unweighted", "weighted", "interval", "wanted", "judgement")
    header = tuple(words.text(f"error_rates.column_{name}") for name in columns)
    return RatesTable(words.text("error_rates.bias_caption"), header, tuple(sorted(lines)))


def _cell(row: dict[str, Any]) -> tuple[str, ...]:
    """What two results have in common that only differ in quantity or statement."""
    return tuple(text(row[name]) for name in ("scenario", "level", "item", "measure", "window", "size"))


def _figure(rows: list[dict[str, Any]], written: _Written) -> Figure | None:
    """Coverage in the headline window of each level, with the wanted band."""
    found = []
    for row in written.sorted(_chosen(rows, "coverage", STILL)):
        level = written.level(row)
        low, high = number(row["wanted_low"]), number(row["wanted_high"])
        if level is None or text(row["window"]) != level.headline_window or low is None or high is None:
            continue
        name = written.words.text(f"error_rates.short_{text(row['statement'])}", level=level.label)
        ends = (number(row["simulated_low"]), number(row["simulated_high"]))
        value = number(row["simulated"])
        if value is not None:
            found.append(CoverageRow(f"{name}, {written.kind(row)}", value, *ends, low, high))
    return coverage_figure(found, written.words) if found else None
