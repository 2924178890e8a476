"""``marts.weights``: what one answer of a quarter and cell stands for, from the counts of the contact register.

Belongs here: the order of the steps (selection, response classes, calibration with its ladder of margin sets), and when
a released quarter keeps the weights it had.
Does not belong here: formulas (``statistics.weighting``), groups and margins (``weighting_cells``), where released
weights are kept (``frozen_weights``), what readers see (``publication_weighting``).

A weight is a function of quarter, leaf area, channel, group and age band: of the register, never of an answer.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from assets.statistics import weighting
from assets.statistics.intervals import Floats, Integers
from assets.weighting_cells import CELL, Cells, Margin, cells_of, margins_of
from expectations.model import Survey, Weighting
from expectations.shapes import WEIGHT_UNIT

CURRENT, KEPT, RENEWED = "current", "kept", "renewed"
"""Where the weights of a quarter come from. Current: what the counts of today give (a release may have had the same).
Kept: its release, although today's counts would give others. Renewed: today's counts, because those changed too much
since the release, or the contract weights in another way."""


@dataclass(frozen=True)
class QuarterWeights:
    """Weights of the cells of one quarter.

    Attributes:
        base: Weight before calibration, contacts per respondent.
        weight: Weight in thousandths of a contact.
        margins: Margins that were calibrated to.
        margin_set: Position of their set in the contract; one more than the last: national total only.
    """

    base: Floats
    weight: Integers
    margins: list[Margin]
    margin_set: int


@dataclass(frozen=True)
class Frozen:
    """Weights of released quarters, per quarter: the rules they were made by, and per cell what was kept."""

    rules: Mapping[dt.date, str]
    margin_set: Mapping[dt.date, int]
    cells: Mapping[dt.date, Mapping[tuple[str, ...], tuple[int, int, float, int]]]

    @classmethod
    def of(cls, frozen_weights: pa.Table) -> Frozen:
        """From ``marts.frozen_weights``."""
        rules: dict[dt.date, str] = {}
        margin_set: dict[dt.date, int] = {}
        cells: dict[dt.date, dict[tuple[str, ...], tuple[int, int, float, int]]] = {}
        names = ("contacts", "responses", "base_weight", "weight")
        for row in frozen_weights.to_pylist():
            quarter = row["quarter"]
            rules[quarter], margin_set[quarter] = row["weighting_rules"], row["margin_set"]
            cells.setdefault(quarter, {})[tuple(row[name] for name in CELL)] = tuple(row[name] for name in names)
        return cls(rules, margin_set, cells)


def rules_version(survey: Survey) -> str:
    """Names the weighting of the contract: weights made by other rules are not kept."""
    if survey.weighting is None:
        return ""
    # What decides when weights are kept, and the alarms on them, change no weight.
    rules = survey.weighting.model_dump_json(exclude={"frozen_until", "design_effect_warn", "design_effect_stop"})
    return hashlib.sha256(f"{WEIGHT_UNIT} {rules}".encode()).hexdigest()[:16]


def weights(survey: Survey, leaf_counts: pa.Table, area_rollup: pa.Table, frozen_weights: pa.Table) -> pa.Table:
    """``marts.weights``: one row per quarter and cell with contacts that were not left out.

    Args:
        survey: The contract.
        leaf_counts: ``marts.leaf_counts``, months past their retention included.
        area_rollup: ``reference.area_rollup``.
        frozen_weights: ``marts.frozen_weights``.

    Returns:
        The rows by key. Without weighting in the contract every weight is one contact.

    Raises:
        ValueError: A cell has more answers than contacts, or a weight is not a positive number; says in which quarter.
    """
    cells = cells_of(survey, leaf_counts, area_rollup)
    frozen = Frozen.of(frozen_weights)
    judged = [quarter_weights(survey, quarter, those, frozen) for quarter, those in cells.quarters()]
    found = [one for one, _ in judged]
    sources = [source for one, source in judged for _ in range(len(one.base))]
    return pa.table(
        {
            **{name: cells.table.column(name) for name in ("quarter", *CELL, "contacts", "invited", "responses")},
            "base_weight": pa.array(_joined([one.base for one in found], np.float64), pa.float64()),
            "weight": pa.array(_joined([one.weight for one in found], np.int64), pa.int64()),
            "margins": _positions(found),
            "margin_set": pa.array(
                _joined([np.full(len(one.base), one.margin_set) for one in found], np.int64), pa.int32()
            ),
            "weights_from": pa.array(sources, pa.string()),
        }
    )


def quarter_weights(survey: Survey, quarter: dt.date, cells: Cells, frozen: Frozen) -> tuple[QuarterWeights, str]:
    """Weights of one quarter, and where they come from: ``current``, ``kept`` or ``renewed``.

    Args:
        survey: The contract.
        quarter: First day of the quarter.
        cells: Its cells today.
        frozen: Weights of released quarters.

    Raises:
        ValueError: A cell has more answers than contacts, or a weight is not a positive number.
    """
    _require_complete_register(quarter, cells)
    rules = survey.weighting
    if rules is None:
        ones = np.ones(len(cells))
        return QuarterWeights(ones, np.full(len(cells), WEIGHT_UNIT, dtype=np.int64), [], 0), CURRENT
    made, source = fresh_weights(cells, rules), CURRENT
    if quarter in frozen.cells:
        then = frozen.cells[quarter]
        if frozen.rules[quarter] != rules_version(survey) or _moved(cells, then) > rules.frozen_until:
            source = RENEWED
        else:
            kept = _kept(cells, rules, made, then, frozen.margin_set[quarter])
            if not (np.array_equal(kept.weight, made.weight) and np.array_equal(kept.base, made.base)):
                made, source = kept, KEPT
    wrong = int((~np.isfinite(made.base) | (made.base <= 0) | (made.weight <= 0)).sum())
    if wrong:
        raise ValueError(f"quarter {quarter}: {wrong} cells without a positive weight; nothing can be published")
    return made, source


def fresh_weights(cells: Cells, rules: Weighting) -> QuarterWeights:
    """Weights from the counts of one quarter.

    Args:
        cells: Of the quarter.
        rules: The weighting of the contract.
    """
    contacts, invited, responses = (cells.count(name) for name in ("contacts", "invited", "responses"))
    last = len(rules.margin_sets)
    if not responses.sum():
        return _plain(cells, 1.0, last)
    selection = weighting.merged(invited, cells.paths(rules.selection), rules.minimum_class)
    classes = weighting.merged(responses, cells.paths(rules.response_classes), rules.minimum_class)
    base = weighting.base_weights(contacts, invited, responses, selection, classes)
    bounds = (rules.bounds.lower, rules.bounds.upper)
    for margin_set in range(last):
        margins = margins_of(cells, rules, margin_set)
        design = weighting.indicator_matrix(_columns(margins), sum(len(margin.total) for margin in margins))
        totals = np.concatenate([margin.total for margin in margins])
        try:
            met = weighting.calibrate(base, design, totals, "logit", bounds, count=responses.astype(np.float64))
        except weighting.NoSolutionError:
            continue
        return QuarterWeights(base, _whole(base * met.factor), margins, margin_set)
    return _plain(cells, float(contacts.sum() / responses.sum()), last)


def _moved(cells: Cells, then: Mapping[tuple[str, ...], tuple[int, int, float, int]]) -> float:
    """Changes of contacts and of responses, summed over cells, as part of what there was; the larger of the two."""
    now = dict(
        zip(
            _keys(cells),
            zip(cells.count("contacts").tolist(), cells.count("responses").tolist(), strict=True),
            strict=True,
        )
    )
    shares = []
    for position in (0, 1):
        changes = sum(
            abs(now.get(key, (0, 0))[position] - (then[key][position] if key in then else 0))
            for key in now.keys() | then.keys()
        )
        before = sum(counts[position] for counts in then.values())
        shares.append(changes / before if before else float(changes > 0))
    return max(shares)


def _kept(
    cells: Cells,
    rules: Weighting,
    made: QuarterWeights,
    then: Mapping[tuple[str, ...], tuple[int, int, float, int]],
    margin_set: int,
) -> QuarterWeights:
    """The weights of the release; a cell that was not there then gets the weight of today."""
    base, weight = made.base.copy(), made.weight.copy()
    for position, key in enumerate(_keys(cells)):
        if key in then:
            base[position], weight[position] = then[key][2], then[key][3]
    margins = made.margins if margin_set == made.margin_set else margins_of(cells, rules, margin_set)
    return QuarterWeights(base, weight, margins, margin_set)


def _plain(cells: Cells, per_answer: float, margin_set: int) -> QuarterWeights:
    """Everyone the same weight."""
    base = np.full(len(cells), per_answer)
    return QuarterWeights(base, _whole(base), [], margin_set)


def _whole(weight: Floats) -> Integers:
    """In thousandths of a contact, one at least: rounding takes nobody out of the figures."""
    return np.maximum(np.rint(weight * WEIGHT_UNIT), 1).astype(np.int64)


def _columns(margins: Sequence[Margin]) -> list[Integers]:
    """Column of each cell per margin, numbered through all margins."""
    starts = np.cumsum([0, *(len(margin.total) for margin in margins)])
    return [margin.column + start for margin, start in zip(margins, starts, strict=False)]


def _positions(found: Sequence[QuarterWeights]) -> pa.Array:
    """Per cell the columns it counts in."""
    columns = [
        np.stack(_columns(one.margins), axis=1) if one.margins else np.zeros((len(one.base), 0), dtype=np.int64)
        for one in found
    ]
    length = _joined([np.full(len(each), each.shape[1], dtype=np.int64) for each in columns], np.int64)
    offsets = np.concatenate([[0], np.cumsum(length)]).astype(np.int32)
    flat = _joined([each.ravel() for each in columns], np.int64).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(flat))


def _keys(cells: Cells) -> list[tuple[str, ...]]:
    return list(zip(*(cells.table.column(name).to_pylist() for name in CELL), strict=True))


def _joined(parts: Sequence[Floats] | Sequence[Integers], kind: type) -> Floats | Integers:
    joined: Floats | Integers = np.concatenate([np.zeros(0, dtype=kind), *parts]).astype(kind)
    return joined


def _require_complete_register(quarter: dt.date, cells: Cells) -> None:
    over = int((cells.count("responses") > cells.count("contacts")).sum())
    if over:
        raise ValueError(f"quarter {quarter}: {over} cells with more answers than contacts: the register is incomplete")
