"""The table of error rates in the README says what the results that are shipped with the contract say."""

from __future__ import annotations

import csv
from pathlib import Path

from expectations.load import DEFAULT_SURVEY

README = Path(__file__).parents[2] / "README.md"
LEVELS = ("nation", "unit", "district", "team")
HEADLINE, MARK = ("satisfaction", "positive"), ("mark", "mean")
ROWS = (
    ("The interval of the headline holds the truth", "93–97 %", "steady", "coverage", "interval", HEADLINE),
    ("The interval of the mark holds the truth", "93–97 %", "steady", "coverage", "interval", MARK),
    ("The shrunken headline of a team holds the truth", "92–98 %", "steady", "coverage", "shrunken", HEADLINE),
    ("The shrunken mark of a team holds the truth", "92–98 %", "steady", "coverage", "shrunken", MARK),
    ("Headline called higher or lower, though nothing changed", "≤ 1 %", "steady", "alarm", "year_earlier", HEADLINE),
    ("Releases with one such sentence or more", "≤ 10 %", "steady", "any_alarm", "year_earlier", HEADLINE),
    ("Headline called different from the nation, though equal", "≤ 0.5 %", "equal", "alarm", "funnel", HEADLINE),
)
SIZES = ("2", "5", "10")


def shipped() -> list[dict[str, str]]:
    with (DEFAULT_SURVEY / "error_rates.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def percent(row: dict[str, str] | None) -> str:
    return "" if row is None else f"{100 * float(row['simulated']):.1f}"


def expected_table(rows: list[dict[str, str]]) -> list[str]:
    """The lines of the table: shares in percent, in windows of four quarters."""
    found = {
        tuple(row[name] for name in ("scenario", "quantity", "statement", "level", "item", "measure", "size")): row
        for row in rows
        if row["window"] == "four_quarters"
    }
    lines = [
        "| share of figures or releases, % | wanted | nation | unit | district | team |",
        "|---|---|---|---|---|---|",
    ]
    for text, wanted, scenario, quantity, statement, figure in ROWS:
        values = [percent(found.get((scenario, quantity, statement, level, *figure, "0"))) for level in LEVELS]
        lines.append(f"| {text} | {wanted} | {' | '.join(values)} |")
    for name, figure in (("headline", HEADLINE), ("mark", MARK)):
        power = [percent(found.get(("changes", "found", "year_earlier", "team", *figure, size))) for size in SIZES]
        lines.append(
            f"| A change of {', '.join(SIZES)} percentage points is found, {name} | | | | | {', '.join(power)} |"
        )
    return lines


def test_the_readme_repeats_the_shipped_results() -> None:
    rows, text = shipped(), README.read_text(encoding="utf-8")
    missing = [line for line in expected_table(rows) if line not in text]
    assert not missing, "put these lines in the README:\n" + "\n".join(missing)
    runs = min(int(row["runs"]) for row in rows if row["scenario"] in {"steady", "equal", "changes"})
    assert f"{runs} synthetic police" in text


def test_the_shipped_results_are_of_the_size_of_the_demo_and_name_their_code() -> None:
    for row in shipped():
        assert row["simulated_responses"] == "150000"
        assert len(row["simulated_code"]) == 16 and row["simulated_on"] >= "2026-11-24"
