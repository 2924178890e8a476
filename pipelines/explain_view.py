"""What ``politiemonitor explain`` prints: one figure, from definition to verdict, for people.

Belongs here: order and layout. Does not belong here: finding anything out (``assets.explanation``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.console import Report

HIDDEN = "hidden: too few people answered, or a small group answered alike. No number of it is shown anywhere."
WIDTH = 22


def print_explanation(report: Report, record: Mapping[str, Any]) -> None:
    """Print one figure section by section; what has nothing to say is left out."""
    place, decision = record["place"], record["decision"]
    report.line(f"figure {record['figure_id']}")
    _pairs(report, "Place", place)
    _definition(report, record["definition"])
    report.line("\nDecision")
    report.line(
        f"  {'status':<{WIDTH}} {decision['status']}" + (f" ({decision['reason']})" if decision["reason"] else "")
    )
    if decision["status"] == "hidden":
        report.line(f"  {HIDDEN}")
    for gate in decision["gates"]:
        report.line(f"  {'->' if gate['decides'] else '  '} {gate['gate']:<{WIDTH - 3}} {gate['says']}")
    _pairs(report, "Numbers", record["numbers"])
    _pairs(report, "Formulas", record["formulas"])
    _pairs(report, "Sums over respondents (weights in thousandths of a contact)", record.get("sums", {}))
    _listed(report, "Weights of its quarters", record.get("weights", []))
    _listed(report, "Comparisons", record.get("comparisons", []))
    _verdicts(report, record.get("verdicts", []))
    for name, rows in record.get("elsewhere", {}).items():
        _listed(report, f"In table {name}", rows)
    _listed(report, "Changes of the method", record["breaks"])
    report.line("\nFiles with contacts or answers of the period")
    for file in record["files"]:
        report.line(f"  {file['sha256']}  {file['file_name']}")
    _pairs(report, "Made by", record["made_by"])


def _definition(report: Report, definition: Mapping[str, Any]) -> None:
    told = {name: value for name, value in definition.items() if name != "asked"}
    asked = {f"asked {name.replace('_', ' ')}": value for name, value in definition["asked"].items() if value}
    _pairs(report, "Definition", {**told, **asked})


def _verdicts(report: Report, verdicts: list[Mapping[str, Any]]) -> None:
    if not verdicts:
        return
    report.line("\nWhich sentence may be written")
    for row in verdicts:
        why = "may be written" if row["allowed"] else f"not: {row['reason']}"
        report.line(f"  {row['rule_id']:<{WIDTH}} {why}. {row['sentence']}")
        inputs = ", ".join(f"{name} {_short(value)}" for name, value in row["inputs"].items())
        report.line(f"  {'':<{WIDTH}} {inputs}")


def _pairs(report: Report, title: str, values: Mapping[str, Any]) -> None:
    if not values:
        return
    report.line(f"\n{title}")
    for name, value in values.items():
        report.line(f"  {name:<{WIDTH}} {_short(value)}")


def _listed(report: Report, title: str, rows: list[Mapping[str, Any]]) -> None:
    if not rows:
        return
    report.line(f"\n{title}")
    for row in rows:
        report.line("  " + ", ".join(f"{name} {_short(value)}" for name, value in row.items() if value is not None))


def _short(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "-"}[value]
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return "; ".join(f"{name} = {_short(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(_short(inner) for inner in value)
    return str(value)
