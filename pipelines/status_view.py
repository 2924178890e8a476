"""The state of a home on a terminal: compact tables, what asks for a look first.

Belongs here: which rows are printed and in which order. Does not belong here: finding them (``status``).
The quality page says the same to people without a terminal; reasons are in the language of the survey.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.status import Rows, Status
from reports.quality.frames import HELD_BACK_LIMIT

ORDINARY_SHOWN = 12
"""So many files without anything to look at are listed; ``--json`` has all."""
WIDTH = 150
"""Of a log or a pipe, which has no width of its own."""
PARTS = ("accepted", "superseded", "quarantined", "erased")
WITHIN = (("vanished", "vanished but counted"), ("withdrawn", "withdrawn"), ("repaired", "repaired"))
WINDOWS = ("four_quarters", "quarter", "month")
UNKNOWN = "-"


def print_status(status: Status) -> None:
    """Print the state of a home on stdout."""
    console = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    for name, value in (("home", status.home), ("survey", status.survey), ("release", status.release_id or "none yet")):
        console.print(f"{name:<9} {value}", markup=False, soft_wrap=True)
    taken = [row for row in status.deliveries if row["status"] == "taken"]
    _totals(console, status, taken)
    _refused(console, status)
    _deliveries(console, status, taken)
    _quarantine(console, status)
    _warnings(console, status, taken)
    _marks(console, status)
    _fieldwork(console, status)
    _breaks(console, status)
    _checks(console, status)


def looked_at(row: dict[str, Any], warnings: Rows) -> list[str]:
    """What is out of the ordinary about a file that was read, in a few words each."""
    told = []
    read, held_back = row["rows_read"], row["rows_quarantined"]
    if read != sum(row[f"rows_{part}"] for part in PARTS):
        told.append("rows do not add up")
    if read and held_back / read > HELD_BACK_LIMIT:
        told.append(f"{held_back / read:.1%} held back")
    if row["rows_vanished"]:
        told.append(f"{row['rows_vanished']:,} vanished, counted")
    warned = sum(warning["delivery_id"] == row["delivery_id"] for warning in warnings)
    if warned:
        told.append(f"{warned} warning{'s' if warned > 1 else ''}")
    return told


def _totals(console: Console, status: Status, taken: Rows) -> None:
    counts = {name: sum(row[f"rows_{name}"] for row in taken) for name in ("read", *PARTS)}
    sums = " + ".join(f"{name} {counts[name]:,}" for name in PARTS)
    others = {name: sum(row["status"] == name for row in status.deliveries) for name in ("refused", "repeat")}
    console.print(f"files     {len(taken)} read, {others['refused']} refused, {others['repeat']} repeats", markup=False)
    console.print(f"rows      read {counts['read']:,} = {sums}", markup=False, soft_wrap=True)


def _refused(console: Console, status: Status) -> None:
    rows = [row for row in status.deliveries if row["status"] == "refused"]
    lines = [(row["file_name"], row["message"], row["remedy"]) for row in rows]
    _print(console, "Refused files", ("file", "why", "what to do"), lines)


def _deliveries(console: Console, status: Status, taken: Rows) -> None:
    newest = sorted(taken, key=lambda row: (row["month"] or "", row["sequence"] or 0), reverse=True)
    told = {row["delivery_id"]: looked_at(row, status.warnings) for row in newest}
    odd = [row for row in newest if told[row["delivery_id"]]]
    ordinary = [row for row in newest if not told[row["delivery_id"]]]
    shown = [*odd, *ordinary[:ORDINARY_SHOWN]]
    lines = []
    for row in shown:
        parts = [f"{row[f'rows_{part}']:,}" for part in PARTS]
        within = [f"{row[f'rows_{name}']:,} {words}" for name, words in WITHIN if row[f"rows_{name}"]]
        notes = [*told[row["delivery_id"]], *(note for note in within if "vanished" not in note)]
        lines.append((row["file_name"], (row["month"] or "")[:7], f"{row['rows_read']:,}", *parts, "; ".join(notes)))
    _print(console, "Files, those to look at first", ("file", "month", "#read", *(f"#{p}" for p in PARTS), ""), lines)
    if len(ordinary) > ORDINARY_SHOWN:
        console.print(f"  and {len(ordinary) - ORDINARY_SHOWN} older files with nothing to look at (--json has all)")


def _quarantine(console: Console, status: Status) -> None:
    found: dict[str, dict[str, Any]] = {}
    for row in status.quarantine:
        entry = found.setdefault(row["rule_id"], {**row, "rows": 0, "files": 0})
        entry["rows"] += row["rows"]
        entry["files"] += 1
        where = f"{row['file_name']} row {row['row_ranges']}{' ...' if row['more_rows'] else ''}"
        entry["where"] = where  # of the last file by name: the newest
    ordered = sorted(found.values(), key=lambda entry: (entry["effect"] != "quarantined", -entry["rows"]))
    lines = [
        (f"{e['rows']:,}", str(e["files"]), e["rule_id"], f"{e['reason']} {e['remedy']}", e["where"]) for e in ordered
    ]
    _print(console, "Held back, by reason", ("#rows", "#files", "rule", "why and what to do", "newest"), lines)


def _warnings(console: Console, status: Status, taken: Rows) -> None:
    newest = [row for row in status.warnings if row["newest"]]
    lines = [
        (row["last_file"], f"{row['measure']} {row['label'] or ''}".strip(), _seen(row), _expected(row))
        for row in newest
    ]
    _print(console, "Newest month against the months before it", ("file", "what", "seen", "expected"), lines)
    if taken and not newest:
        nothing = "Nothing differs from the months before it." if status.compared else "Too few months to compare with."
        console.print(f"\nNewest month: {nothing}")
    earlier = len(status.warnings) - len(newest)
    if earlier:
        console.print(f"  and {earlier} warnings about earlier months (--json has all)")


def _seen(row: dict[str, Any]) -> str:
    if row["observed"] is None:
        return "few (hidden)"
    return f"{row['observed']:,.0f}" if row["measure"] == "rows" else f"{row['observed']:.1%}"


def _expected(row: dict[str, Any]) -> str:
    if row["measure"] == "rows":
        return f"{row['expected_low']:,.0f} to {row['expected_high']:,.0f}"
    return f"{row['expected_low']:.1%} to {row['expected_high']:.1%}"


def _marks(console: Console, status: Status) -> None:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in status.marks:
        if row["code"] == "all":
            continue
        entry = found.setdefault((row["mark_kind"], row["code"]), {**row, "rows": 0, "shown": 0, "hidden": 0})
        entry["rows"] += row["rows"] or 0
        entry["shown" if row["rows"] is not None else "hidden"] += 1
    lines = [
        (
            kind,
            code,
            _count(entry["rows"] if entry["shown"] else None),
            str(entry["hidden"] or ""),
            entry["label"] or entry["reason"] or "",
        )
        for (kind, code), entry in sorted(found.items())
    ]
    heads = ("kind", "code", "#rows", "#files too small to show", "why")
    _print(console, "In order, but left out of the figures or worth a look", heads, lines)


def _fieldwork(console: Console, status: Status) -> None:
    closed = [row for row in status.fieldwork if row["closed"]]
    for window in WINDOWS:
        own = [row for row in closed if row["window"] == window]
        if own:
            break
    else:
        return
    start = max(row["period_start"] for row in own)
    rows = [row for row in own if row["period_start"] == start and row["dimension"] in {"channel", "all"}]
    rows.sort(key=lambda row: row["dimension"] == "all")
    lines = [
        (
            row["label"] or row["category"],
            *(_count(row[name]) for name in ("contacts", "excluded", "invited", "responses", "unanswered")),
            UNKNOWN if row["response_rate"] is None else f"{row['response_rate']:.0%}",
            *(UNKNOWN if row[n] is None else f"{row[n]:.1f}" for n in ("lead_days_mean", "answer_days_mean")),
        )
        for row in rows
    ]
    heads = (
        "channel",
        "#contacts",
        "#left out",
        "#invited",
        "#answered",
        "#no answer",
        "#rate",
        "#days to invite",
        "#days to answer",
    )
    _print(console, f"Invitations and answers, {start} to {rows[0]['period_end']}", heads, lines)


def _count(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


def _breaks(console: Console, status: Status) -> None:
    lines = [(row["break_date"], row["item"], row["cause"], row["status"], row["reason"]) for row in status.breaks]
    _print(console, "Changes of the method", ("from", "item", "cause", "status", "why"), lines)


def _checks(console: Console, status: Status) -> None:
    passed = sum(bool(row["passed"]) for row in status.expectations)
    if status.expectations:
        console.print(f"\nchecks    {passed} of {len(status.expectations)} requirements hold")
    lines = [
        (
            row["table_name"],
            "failed" if row["severity"] == "contract" else "warning",
            f"{row['unexpected']:,} of {row['evaluated']:,}",
            ", ".join(row["columns"]),
            row["reason"],
        )
        for row in status.expectations
        if not row["passed"]
    ]
    _print(console, "Requirements that do not hold", ("table", "outcome", "#differ", "columns", "why"), lines)


def _print(console: Console, title: str, heads: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    """One table; a head that starts with # is a column of numbers. Nothing where there are no lines."""
    listed = list(lines)
    if not listed:
        return
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, head in enumerate(heads):
        number = head.startswith("#")
        table.add_column(
            head.removeprefix("#"), justify="right" if number else "left", no_wrap=number, overflow="fold",
            ratio=None, min_width=12 if place == 0 else None,
        )  # fmt: skip
    for line in listed:
        table.add_row(*(Text(str(cell or "")) for cell in line))  # as text: brackets in a name are no markup
    console.print()
    console.print(table)
