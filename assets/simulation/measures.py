"""One run held against the truth: which intervals cover, which sentences are false, which changes are found.

Belongs here: counting, per kind of result, hits and trials of one run. Does not belong here: adding up over runs
(``assets.statistics.simulation``), what is wanted (``scenarios.yaml``), making tables (``harness``).

What is counted, by ``quantity`` and ``statement``:

* ``coverage``: shown figures whose interval holds the truth: ``interval`` (every closed period) and ``shrunken``.
* ``alarm``: figures about which something is said that is not so: ``year_earlier`` (higher or lower than a year
  before), ``maybe`` (perhaps so), ``funnel`` (differs from the whole), ``signal`` (the newest point of a series),
  ``uniformity`` (areas differ), ``disagreement`` (the rules for sentences and the tests they stand on say different
  things); ``any_alarm``: releases with at least one; ``alarms``: their number per release.
* ``found``, ``maybe_found``, ``wrong_way``: areas that truly shifted, by size, with the sentence that says so, may say
  so, or says the opposite; ``false_discovery``: part of the sentences that is about areas that did not shift.
* ``said_equal``, ``wrong_equal``: "stayed the same", where nothing shifted, and where a relevant shift was planted.
* ``bias``: mean of figure minus truth, ``weighted`` and ``unweighted``: in percentage points or points of the scale.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import pyarrow as pa

from assets.simulation.harness import Harness
from assets.simulation.police import Police
from assets.simulation.scenarios import Scenario
from assets.simulation.truth import Subject, subjects
from expectations.model import Survey

SIGNALS, UNIFORMITY, VERDICTS = "publication.signals", "publication.uniformity", "publication.verdicts"
TABLES = ("publication.estimates", "publication.comparisons", "publication.rungs", SIGNALS, UNIFORMITY, VERDICTS)
"""What is made in every run, with all that it is made from."""
SAID = ("higher", "lower")
MAYBE = ("maybe_higher", "maybe_lower")
CHANGED = ("improvement", "deterioration")


@dataclass(frozen=True, order=True)
class Key:
    """Which result. ``size`` is the planted shift in points, 0 where there is none."""

    scenario: str
    quantity: str
    statement: str
    level: str
    item: str
    measure: str
    window: str
    size: float = 0.0


@dataclass(frozen=True)
class Tally:
    """What one run adds to a result: a total (hits, or a sum) and of how many."""

    key: Key
    total: float
    count: float

    def as_row(self) -> list[str | float]:
        """Plain values, for a file."""
        return [*astuple(self.key), self.total, self.count]


def tallies(name: str, scenario: Scenario, police: Police, harness: Harness) -> list[Tally]:
    """Everything that is counted in one run.

    Args:
        name: Of the scenario.
        scenario: What was simulated.
        police: What was drawn.
        harness: The tables that were made from it.
    """
    survey = harness.survey
    harness.register("truth_by_month", _truth_rows(police, subjects(survey)))
    harness.register("levels", pa.table({
        "level": [level.code for level in survey.levels],
        "headline_window": [level.headline_window for level in survey.levels],
    }))  # fmt: skip
    harness.execute(_TRUTH)
    counted = _Counted(harness, name)
    counted.add("coverage", "interval", _coverage("ci_low", "ci_high"))
    counted.add("coverage", "shrunken", _coverage("shrunken_low", "shrunken_high"))
    counted.add("bias", "weighted", _bias("figures.estimate"))
    counted.add("bias", "unweighted", _bias("figures.unweighted"))
    if harness.has(VERDICTS):
        counted.add("alarm", "disagreement", _DISAGREEMENT)
    if scenario.shifts:
        _changes(counted, survey)
    elif scenario.areas_differ:
        _still(counted)
    else:
        _equal(counted, survey)
    return counted.found


def _truth_rows(police: Police, wanted: tuple[Subject, ...]) -> pa.Table:
    """The truth per month, leaf area and figure, as a long table."""
    truth = police.truth
    months, areas = len(truth.months), len(truth.areas)
    tables = []
    for subject in wanted:
        sums = {
            "contacts": truth.contacts,
            "expected": truth.expected[subject.kind],
            "answers": truth.answers[subject.kind],
            "answered": truth.answered[subject.kind],
        }
        tables.append(pa.table({
            "month": pa.array([month for month in truth.months for _ in range(areas)], pa.date32()),
            "leaf_code": list(truth.areas) * months,
            "shift": list(truth.shift) * months,
            "item": [subject.item] * (months * areas),
            "measure": [subject.measure] * (months * areas),
            **{name: values.ravel() for name, values in sums.items()},
        }))  # fmt: skip
    return pa.concat_tables(tables)


_TRUTH = """
create temporary table figures as
with truth as (
    select rollup.level, rollup.area_code, periods."window", periods.period_start, item, measure,
        sum(expected) / nullif(sum(contacts), 0) as truth,
        sum(answered) / nullif(sum(answers), 0) as unweighted,
        max(abs(shift)) as size, max(shift) > 0 as upwards, count(distinct leaf_code) as leaf_areas
    from truth_by_month
    inner join reference.area_rollup as rollup using (leaf_code)
    inner join reference.periods as periods on month between periods.period_start and periods.period_end
    where periods.closed
    group by all
)
select truth.*, estimates.estimate, estimates.ci_low, estimates.ci_high, estimates.shrunken_low,
    estimates.shrunken_high, truth."window" = levels.headline_window
        and truth.period_start = max(truth.period_start) over (partition by truth.level, truth."window") as leads
from truth
inner join publication.estimates as estimates
    on truth.level = estimates.level and truth.area_code = estimates.area_code and truth."window" = estimates."window"
    and truth.period_start = estimates.period_start and truth.item = estimates.item
    and truth.measure = estimates.measure and estimates.channel = 'all' and estimates.target_group = 'all'
inner join levels on truth.level = levels.level
"""
_GROUP = 'level, item, measure, "window"'
_SIGNALS = """
    (select level, item, measure, atom as "window",
        case when verdict in ('improvement', 'deterioration', 'ordinary') then verdict else 'nothing' end as outcome
    from publication.signals semi join truth_by_month using (item, measure))
"""
_UNIFORMITY = f"""
    select {_GROUP}, 0.0 as size, count(*) filter (where p_value < 0.05) as total, count(*) as count
    from publication.uniformity semi join figures using ({_GROUP}, period_start)
    where period_start = (select max(period_start) from figures where leads) and p_value is not null group by all
"""
_DISAGREEMENT = f"""
    select {_GROUP}, 0.0 as size, count(*) filter (where not agrees) as total, count(*) as count
    from publication.verdicts semi join truth_by_month using (item, measure) group by all
"""


def _coverage(low: str, high: str) -> str:
    return f"""
    select {_GROUP}, 0.0 as size, count(*) filter (where truth between {low} and {high}) as total, count(*) as count
    from figures where {low} is not null and {high} is not null group by all
    """


def _bias(value: str) -> str:
    return f"""
    select {_GROUP}, 0.0 as size, sum(({value} - truth) * case when measure = 'mean' then 1 else 100 end) as total,
        count(*) as count
    from figures where leads and figures.estimate is not null and {value} is not null group by all
    """


class _Counted:
    """Collects tallies from queries with the columns of a key, ``total`` and ``count``."""

    def __init__(self, harness: Harness, scenario: str) -> None:
        self.harness, self.scenario = harness, scenario
        self.found: list[Tally] = []

    def add(self, quantity: str, statement: str, select_sql: str) -> None:
        for row in self.harness.read(f"select * from ({select_sql}) order by all").to_pylist():
            if row["count"]:
                where = (row["level"], row["item"], row["measure"], row["window"])
                key = Key(self.scenario, quantity, statement, *where, float(row["size"]))
                self.found.append(Tally(key, float(row["total"]), float(row["count"])))


def _against(reference: str, *, headline: bool = True) -> str:
    """Comparisons of totals with a reference, beside what is true."""
    leads = "and figures.leads" if headline else ""
    return f"""
    (select figures.*, comparisons.outcome, comparisons.outcome <> 'not_compared' as compared
    from publication.comparisons as comparisons
    inner join figures using (level, area_code, item, measure, "window", period_start)
    where comparisons.against = '{reference}' and comparisons.channel = 'all' and comparisons.target_group = 'all'
        {leads})
    """


def _per_figure(source: str, outcomes: tuple[str, ...], where: str = "compared") -> str:
    return f"""
    select {_GROUP}, 0.0 as size, count(*) filter (where outcome in {_listed(outcomes)}) as total, count(*) as count
    from {source} where {where} group by all
    """


def _per_release(source: str, outcomes: tuple[str, ...], where: str = "compared") -> str:
    """One trial per release and indicator: how many there were."""
    return f"""
    select {_GROUP}, 0.0 as size, count(*) filter (where outcome in {_listed(outcomes)}) as total, 1 as count
    from {source} where {where} group by all
    """


def _any(per_release: str) -> str:
    return f"select * replace (cast(total > 0 as integer) as total) from ({per_release})"


def _alarms(counted: _Counted, statement: str, source: str, outcomes: tuple[str, ...], where: str = "compared") -> None:
    counted.add("alarm", statement, _per_figure(source, outcomes, where))
    counted.add("alarms", statement, _per_release(source, outcomes, where))
    counted.add("any_alarm", statement, _any(_per_release(source, outcomes, where)))


def _still(counted: _Counted) -> None:
    """Nothing changes: every change that is said is false."""
    past = _against("year_earlier")
    _alarms(counted, "year_earlier", past, SAID)
    _alarms(counted, "maybe", past, MAYBE)
    counted.add("said_equal", "year_earlier", _per_figure(past, ("equal",)))
    if counted.harness.has(SIGNALS):
        _alarms(counted, "signal", _SIGNALS, CHANGED, "outcome <> 'nothing'")


def _equal(counted: _Counted, survey: Survey) -> None:
    """Leaf areas differ by their mix only: every leaf area that is said to differ is said so falsely."""
    _alarms(counted, "funnel", _against("nation"), SAID, f"level = '{survey.leaf.code}'")
    if counted.harness.has(UNIFORMITY):
        counted.add("alarm", "uniformity", _UNIFORMITY)


def _changes(counted: _Counted, survey: Survey) -> None:
    """Some leaf areas shifted: which are found, and what is said of the others."""
    past = f"(select * from {_against('year_earlier')} where level = '{survey.leaf.code}' and compared)"
    right = "outcome = case when upwards then '{0}higher' else '{0}lower' end"
    wrong = "outcome in ('higher', 'lower') and not " + right.format("")
    for quantity, holds in {
        "found": right.format(""),
        "maybe_found": right.format("maybe_"),
        "wrong_way": wrong,
    }.items():
        counted.add(quantity, "year_earlier", f"""
            select {_GROUP}, size, count(*) filter (where {holds}) as total, count(*) as count
            from {past} where size > 0 group by all
        """)  # fmt: skip
    unshifted = f"(select * from {past} where size = 0)"
    counted.add("alarm", "year_earlier", _per_figure(unshifted, SAID))
    counted.add("said_equal", "year_earlier", _per_figure(unshifted, ("equal",)))
    counted.add("false_discovery", "year_earlier", f"""
        select {_GROUP}, 0.0 as size,
            coalesce(count(*) filter (where outcome in {_listed(SAID)} and (size = 0 or {wrong}))
                / nullif(count(*) filter (where outcome in {_listed(SAID)}), 0), 0) as total, 1 as count
        from {past} group by all
    """)  # fmt: skip
    relevant = 100 * survey.relevant_difference(survey.leaf.code)
    counted.add("wrong_equal", "year_earlier", f"""
        select {_GROUP}, size, count(*) filter (where outcome = 'equal') as total, count(*) as count
        from {past} where size >= {relevant!r} group by all
    """)  # fmt: skip


def _listed(values: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"'{value}'" for value in values) + ")"
