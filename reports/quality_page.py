"""The quality page: what came in, what became of it, and what was checked; for a reader who does not program.

Belongs here: putting the parts of the page together, what asks for attention first. Does not belong here: the parts
(``quality``), counting rows or running checks (the tables did), any value of a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

from expectations.model import ALL, Survey
from reports.inputs import ReportData, Responses, day, integer, text
from reports.page import Page, link, make_page
from reports.quality.checks import checked_tables, open_requirements, outcome_counts
from reports.quality.deliveries import (
    PARTS,
    Delivery,
    deliveries,
    marks_over_files,
    reasons_over_files,
    refused,
)
from reports.quality.error_rates import error_rates
from reports.quality.fieldwork import changes, fieldwork
from reports.quality.frames import rows_of
from reports.quality.plausibility import plausibility
from reports.words import DASH, Words

PATH = "quality/index.html"
HELD_BACK_FILE = "quality/quarantine.csv"
FEW_FILES = 12
"""So many files need no unfolding."""


@dataclass(frozen=True)
class Attention:
    """Something to look at, and where on the page it stands."""

    said: str
    section: str


@dataclass(frozen=True)
class Year:
    """The files of one year that show nothing out of the ordinary."""

    year: str
    files: tuple[Delivery, ...]


def quality_page(data: ReportData) -> Page:
    """The quality page of a release."""
    words = Words(data.survey.language)
    found = plausibility(data, words)
    files = deliveries(data, found, words)
    totals = tuple(sum(file.parts[position] for file in files) for position in range(len(PARTS)))
    read = sum(file.read for file in files)
    tables = checked_tables(data, words)
    not_used = refused(data, words)
    checks = outcome_counts(tables) if tables else _suites(data)
    rates = error_rates(data, words)
    return make_page(
        "quality.html",
        data,
        path=PATH,
        title=words.text("quality.title"),
        subtitle=words.text("quality.subtitle"),
        index=link(PATH, "index.html"),
        methods=link(PATH, "methods/index.html"),
        figures=(rates.figure,) if rates and rates.figure else (),
        rates=rates,
        files=files,
        few_files=FEW_FILES,
        odd_files=[file for file in files if file.attention],
        years=_years(files),
        parts=PARTS,
        totals=totals,
        read=read,
        accepted_share=words.decimal(floor(totals[0] / read * 1000) / 10)
        if read
        else "",  # never 100 when one is missing
        wrong=words.listing([file.file for file in files if not file.adds_up]),
        refused=not_used,
        reasons=reasons_over_files(data),
        download=link(PATH, HELD_BACK_FILE) if totals[PARTS.index("quarantined")] else "",
        found=found,
        marks=marks_over_files(data),
        tables=tables,
        open_requirements=open_requirements(tables),
        check_counts=checks,
        coverage=_coverage(data, words),
        fieldwork=fieldwork(data, words),
        without_contact=_without_contact(data),
        response=_response(data, words),
        changes=changes(data, words),
        thresholds=_thresholds(data.survey, words),
        attention=_attention(
            words,
            wrong=sum(not file.adds_up for file in files),
            refused=sum(not entry["repeated"] for entry in not_used),
            checks_failed=checks["failed"],
            warnings=len(found.newest),
            odd=sum(file.attention for file in files),
            checks_warned=checks["warned"],
        ),
    )


def _attention(words: Words, **counts: int) -> list[Attention]:
    """What someone should look at, the most pressing first."""
    sections = {"refused": "geweigerd", "warnings": "waarschuwingen", "wrong": "bestanden", "odd": "bestanden"}
    listed = ((name, count, sections.get(name, "controles")) for name, count in counts.items())
    return [
        Attention(words.text(f"quality.attention_{name}{'_one' if count == 1 else ''}", count=words.integer(count)), at)
        for name, count, at in listed
        if count
    ]


def _years(files: list[Delivery]) -> list[Year]:
    """The files without anything out of the ordinary, per year of their month, newest first."""
    ordinary: dict[str, list[Delivery]] = {}
    for file in files:
        if not file.attention:
            ordinary.setdefault(str(file.date.year) if file.date else DASH, []).append(file)
    return [Year(year, tuple(listed)) for year, listed in ordinary.items()]


def _suites(data: ReportData) -> dict[str, int]:
    """Outcomes of whole suites, where a release does not know its single expectations."""
    counts = {"passed": 0, "warned": 0, "failed": 0}
    for row in rows_of(data.checks):
        outcome = "passed" if bool(row["passed"]) else "failed" if text(row["severity"]) == "contract" else "warned"
        counts[outcome] += 1
    return counts


def _without_contact(data: ReportData) -> int:
    """Answers to a contact that was not delivered or is held back."""
    return sum(integer(row.get("rows_without_contact")) or 0 for row in rows_of(data.deliveries))


def _coverage(data: ReportData, words: Words) -> str:
    """Contacts without a known area, in the newest headline period of the whole."""
    period, frame = data.top.period, data.coverage
    if period is None or frame is None or frame.empty:
        return words.text("quality.coverage_unknown")
    rows = [
        row
        for row in rows_of(frame)
        if (text(row["level"]), text(row["window"])) == (data.survey.top.code, period.window)
        and day(row["period_start"]) == period.start
    ]
    count, total = (integer(rows[0]["unallocated"]), integer(rows[0]["contacts"])) if rows else (None, None)
    if count is None or total is None:
        return words.text("quality.coverage_unknown")
    if count == 0:
        return words.text("quality.coverage_none")
    leaf = data.survey.leaf.label
    return words.text("quality.coverage", count=words.integer(count), total=words.integer(total), leaf=leaf)


def _response(data: ReportData, words: Words) -> list[tuple[str, tuple[str, ...]]]:
    """Response of the whole, in all and per class of channel."""
    labels = {cls.code: cls.label for cls in data.survey.channel_classes}
    found = [(words.text("quality.everyone"), row) for row in data.top.responses(ALL)]
    found += [(labels.get(row.category, row.category), row) for row in data.top.responses("channel_class")]
    return [(label, _numbers(row, words)) for label, row in found]


def _numbers(row: Responses, words: Words) -> tuple[str, ...]:
    counts = (row.contacts, row.excluded, row.invited, row.responses)
    rate = DASH if row.response_rate is None else words.percent(row.response_rate)
    return (*(DASH if count is None else words.integer(count) for count in counts), rate)


def _thresholds(survey: Survey, words: Words) -> list[tuple[str, str]]:
    found = survey.thresholds
    names = ("minimum_n", "mean_indicative_below", "compare_means_from", "percentage_from", "caution_below")
    rows = [(words.text(f"quality.{name}"), words.integer(getattr(found, name))) for name in names]
    points = words.text("units.percentage_points", value=words.hundred(found.relevant_difference))
    return [*rows, (words.text("quality.relevant_difference"), points)]
