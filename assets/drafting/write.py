"""A drafted contract as files: YAML with comments that say what was guessed, and the organisation as CSV.

Belongs here: which file says what, and the words of comments and decisions. Does not belong here: any choice
(``plan``), the folder on disk (``assets.drafting``).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from assets.drafting.plan import ItemDraft, Plan
from assets.drafting.plan_fields import (
    EVERY_CHANNEL,
    ONE_AREA,
    ONE_CHANNEL,
    ONE_GROUP,
    TOTAL,
    UNKNOWN,
    Decision,
    Entry,
    FieldDraft,
)
from assets.drafting.scale_drafts import ScaleDraft
from assets.drafting.scales import OFTEN
from assets.drafting.words import MARKS, texts
from assets.drafting.yaml_text import comment, document, entry, flow, scalar
from expectations.model import ROW_AS_ID

_MOST_NAMES = 240  # characters of a list of names in a decision
# As the politiemonitor has them.
_THRESHOLDS = """
  minimum_n: 10
  mean_indicative_below: 30
  compare_means_from: 30
  percentage_from: 50
  caution_below: 100
  maximum_percentage_width: 0.30
  maximum_mean_half_width: 1.0
  minimum_reliability: 0.5
  relevant_difference: 0.05
  relevant_difference_mean: 0.0222
  false_discovery_rate: 0.10
  confidence: 0.95
"""


def contract_files(plan: Plan) -> dict[str, str]:
    """Every file of the contract, by its path in the folder."""
    return {
        "survey.yaml": _survey(plan),
        "items.yaml": _items(plan),
        "scales.yaml": _scales(plan),
        "channels.yaml": _channels(plan),
        "target_groups.yaml": _groups(plan),
        "codes.yaml": _codes(plan),
        "sources.yaml": _sources(plan),
        "themes.yaml": _themes(plan),
        "organisation/areas.csv": _areas(plan),
    }


def decision_text(plan: Plan, decision: Decision) -> str:
    """What the analyst must decide, in words: ``file: what``."""
    words = texts(plan.language)
    shown: dict[str, object] = {}
    for name, value in decision.values.items():
        text = str(value)
        if name == "reasons" and isinstance(value, dict):
            text = ", ".join(f"{count} {words['left_' + str(reason)]}" for reason, count in sorted(value.items()))
        shown[name] = text if len(text) <= _MOST_NAMES else text[:_MOST_NAMES].rpartition(",")[0] + " …"
    return words[decision.key].format(**shown)


def _head(plan: Plan, file: str) -> list[str]:
    """First comment of a file: where it comes from, and what is to be decided in it."""
    words, mark = texts(plan.language), MARKS[plan.language]
    lines = comment(words["head"].format(file=plan.file_name, mark=mark)) if file == "survey.yaml" else []
    if file in {"survey.yaml", "scales.yaml"}:
        lines += comment(words["privacy"].format(often=OFTEN))
    for decision in plan.decisions:
        where, _, what = decision_text(plan, decision).partition(": ")
        if where == file:
            lines += comment(f"{mark}: {what}")
    return lines


def _survey(plan: Plan) -> str:
    words = texts(plan.language)
    windows = ("month", "quarter", "four_quarters") if plan.four_quarters else ("month", "quarter")
    below = windows[1:]
    headline = windows[-1]
    head = {
        "code": plan.code,
        "name": plan.name,
        "subject": words["subject"].format(name=plan.name),
        "language": plan.language,
        "status": words["status"],
        "version": "0.1",
        "valid_from": plan.first_month,
        "publisher": words["publisher"],
        "contact": words["contact"],
        "headline_item": plan.headline,
        "mark_item": plan.mark,
        "organisation": "organisation",
    }
    lines = [f"{key}: {scalar(value)}" for key, value in head.items() if value is not None]
    top = {
        "code": TOTAL,
        "folder": TOTAL,
        "label": words["total_label"],
        "label_plural": words["total_plural"],
        "title": "{name}",
        "own": words["total_own"],
        "single": True,
        "area": {"code": TOTAL, "name": plan.name},
        "channels": "channel",
        "windows": windows,
        "breakdown_windows": below,
        "headline_window": headline,
    }
    leaf = {
        "code": "area",
        "folder": "areas",
        "label": words["area_label"],
        "label_plural": words["area_plural"],
        "title": "{name}",
        "own": words["area_own"],
        "channels": "channel",
        "windows": below,
        "breakdown_windows": below,
        "headline_window": headline,
    }
    periods = [f"  first_month: {plan.first_month}"]
    if plan.last_month is not None:
        periods.append(f"  last_month: {plan.last_month}  # {words['last_month']}")
    periods += ["  closes_after_weeks: 6", "  four_quarters_from: 4"]
    return document(
        _head(plan, "survey.yaml"),
        lines,
        ["", *comment(words["levels"]), "levels:", *entry(top), *entry(leaf)],
        ["", *comment(words["thresholds"]), "thresholds:", *_THRESHOLDS.strip("\n").split("\n")],
        ["", "periods:", *periods],
    )


def _items(plan: Plan) -> str:
    def one(item: ItemDraft) -> Iterator[str]:
        yield ""
        yield from _about(plan, item)
        polarity = None if item.kind in {"ordinal", "mark"} else "none"
        yield from entry(
            {
                "id": item.id,
                "wording": item.wording,
                "label": item.label,
                "theme": item.theme,
                "scale": item.scale,
                "polarity": polarity,
                "part_of_service": True if item.part_of_service else None,
                "first_wave": plan.first_month,
            }
        )

    return document(_head(plan, "items.yaml"), ["items:"], (line for item in plan.items for line in one(item)))


def _about(plan: Plan, item: ItemDraft) -> list[str]:
    """Comments above an item."""
    words, mark = texts(plan.language), f"{MARKS[plan.language]}:"
    lines = []
    if item.invented:
        lines += comment(words["item_invented"].format(mark=mark), 2)
    elif not item.worded:
        lines += comment(words["item_wordless"].format(mark=mark), 2)
    if item.rare:
        lines += comment(words["item_rare"].format(mark=mark, cells=item.rare), 2)
    return lines


def _scales(plan: Plan) -> str:
    return document(
        _head(plan, "scales.yaml"), ["scales:"], (line for scale in plan.scales for line in _scale(plan, scale))
    )


def _scale(plan: Plan, scale: ScaleDraft) -> Iterator[str]:
    words, mark = texts(plan.language), f"{MARKS[plan.language]}:"
    yield ""
    family = scale.family if scale.kind != "open" else "open"
    key = "scale_family" if f"scale_{family}" not in words else f"scale_{family}"
    if family == "numbers" and scale.certain:
        key = "scale_labels"
    yield from comment(words[key].format(mark=mark), 2)
    if scale.kind in {"ordinal", "mark"}:
        yield from comment(words["scale_polarity"].format(mark=mark), 2)
    yield f"  - code: {scalar(scale.code)}"
    yield f"    kind: {scale.kind}"
    if scale.points:
        yield "    points:"
        for point in scale.points:
            shown: dict[str, object] = {"value": point.value} if point.code is None else {"code": point.code}
            shown["label"] = point.label
            if point.spellings:
                shown["spellings"] = point.spellings
            yield f"      - {flow(shown)}"
    for name in ("minimum", "maximum", "positive", "negative", "positive_label", "negative_label", "not_applicable"):
        value = getattr(scale, name)
        if value not in {None, (), ""}:
            yield f"    {name}: {flow(value)}"


def _channels(plan: Plan) -> str:
    words = texts(plan.language)
    listed = plan.channels or (Entry(ONE_CHANNEL, words["one_channel_label"]),)
    lines = ["classes:", f"  - {flow({'code': EVERY_CHANNEL, 'label': words['one_channel_class']})}", "", "channels:"]
    for channel in listed:
        shown = _named(channel, words) | {"channel_class": EVERY_CHANNEL}
        lines.append(f"  - {flow(shown)}")
    return document(_head(plan, "channels.yaml"), lines)


def _groups(plan: Plan) -> str:
    words = texts(plan.language)
    listed = plan.groups or (Entry(ONE_GROUP, words["one_group_label"]),)
    lines = ["target_groups:"]
    for group in listed:
        plural = words["one_group_plural"] if group.code == ONE_GROUP else group.label or words["unknown"]
        lines.append(f"  - {flow(_named(group, words) | {'label_plural': plural})}")
    return document(_head(plan, "target_groups.yaml"), lines)


def _codes(plan: Plan) -> str:
    if not plan.age_bands:
        return document(_head(plan, "codes.yaml"), ["codes: []"])
    words = texts(plan.language)
    entries = [f"      - {flow(_named(band, words))}" for band in plan.age_bands]
    return document(_head(plan, "codes.yaml"), ["codes:", "  - field: age_band", "    codes:", *entries])


def _named(listed: Entry, words: dict[str, str]) -> dict[str, object]:
    """Code, label and spellings of an entry of a list."""
    label = words["unknown"] if listed.code == UNKNOWN and not listed.label else listed.label
    shown: dict[str, object] = {"code": listed.code, "label": label}
    return shown | ({"spellings": listed.spellings} if listed.spellings else {})


def _sources(plan: Plan) -> str:
    words = texts(plan.language)
    settings = {
        "name": "responses",
        "kind": "combined",
        "files": plan.files,
        "month": r"(\d{4}-\d{2})" if plan.month_pattern else None,
        "month_constant": None if plan.month_pattern else plan.month_constant,
        "format": plan.format,
        "profile": plan.profile,
        "delimiter": plan.delimiter,
        "encoding": plan.encoding,
        "date_formats": plan.date_formats,
        "missing": plan.missing,
        **({"holds": "whole_month", "vanished": "withdrawn"} if _by_place(plan) else {}),
    }
    lines = entry(settings)
    lines.append("    fields:")
    for name, found in plan.fields.items():
        if found.columns:  # one column per option: one line per option
            lines += [f"      {name}:", "        columns:"]
            lines += [f"          {code}: {scalar(column)}" for code, column in found.columns.items()]
            lines += [f"        values: {flow(found.values)}"] if found.values else []
        else:
            lines.append(f"      {name}: {flow(_field(found))}")
    if plan.ignored:
        lines.append("    ignore_columns:")
        lines += [f"      - {scalar(left.column)}  # {words['left_' + left.reason]}" for left in plan.ignored]
    return document(_head(plan, "sources.yaml"), ["sources:"], lines)


def _by_place(plan: Plan) -> bool:
    """Whether rows are told apart by their place, which another file of the month cannot keep."""
    return any(found.column == ROW_AS_ID for found in plan.fields.values())


def _field(found: FieldDraft) -> dict[str, object]:
    shown: dict[str, object] = {
        "column": found.column,
        "separator": found.separator,
        "constant": found.constant,
        "values": found.values,
    }
    return {key: value for key, value in shown.items() if value is not None and value != {}}


def _themes(plan: Plan) -> str:
    words = texts(plan.language)
    lines = ["themes:"]
    for code, name in plan.themes:
        label = words["questions"] if not name else (name if " " in name else words["theme"].format(name=name))
        lines.append(f"  - {flow({'code': code, 'label': label})}")
    return document(_head(plan, "themes.yaml"), lines)


def _areas(plan: Plan) -> str:
    """One row per area; its code is the name of its folder in a release."""
    listed = plan.areas or (Entry(ONE_AREA, texts(plan.language)["one_area_label"]),)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["code", "name", "parent", "valid_from", "spellings"])
    for area in listed:
        writer.writerow([area.code, area.label, TOTAL, plan.first_month.isoformat(), "|".join(area.spellings)])
    return out.getvalue()
