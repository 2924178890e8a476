"""One contract, two uses: on the same seeded bad rows the row rules and the suites point at the same rows.

The rules see what was delivered; the suites see what would have reached the tables had there been no rules.
"""

from __future__ import annotations

import random
from pathlib import Path

import pandas as pd

from expectations import suites
from expectations.derived import with_derived_expectations
from tests.tiny_survey import House, contact, response, tiny_survey

CONTACT_FAULTS = {
    "channel": ("fax", None),
    "target_group": ("martian", None),
    "age_band": ("130plus",),
    "exclusion_reason": ("bored",),
}
RESPONSE_FAULTS = {"satisfaction": ("7", "0"), "mark": ("11", "0"), "heard": ("perhaps",), "retired": ("9",)}
ROWS = 60


def seeded(faults: dict[str, tuple[str | None, ...]], seed: int) -> dict[int, dict[str, str | None]]:
    """Row position -> the cell that is wrong there; every fault at least once."""
    rng = random.Random(seed)
    wrong = [{column: value} for column, values in faults.items() for value in values]
    return dict(zip(rng.sample(range(ROWS), len(wrong)), wrong, strict=True))


def flagged(name: str, frame: pd.DataFrame) -> set[int]:
    """Row positions that the blocking suite of a table finds wrong."""
    table = dict(with_derived_expectations(tiny_survey()))[name]
    own = {column for column in suites.columns_of(table.expectations) if column in frame}
    kept = tuple(e for e in table.expectations if set(suites.columns_of([e])) <= own and own)
    outcome = suites.validate(table.model_copy(update={"expectations": kept}), "contract", frame)
    return {position for found in outcome.outcomes for position in found.positions}


def test_contacts(tmp_path: Path) -> None:
    wrong = seeded(CONTACT_FAULTS, 1)
    rows = [contact(f"c{i}", **wrong.get(i, {})) for i in range(ROWS)]
    house = House(tmp_path)
    house.deliver("contacts", rows)
    house.build()
    refused = {row - 1 for row, _ in house.rules("contacts")}

    passed_through = pd.DataFrame(rows).replace({"": None})[["contact_id", "contact_date", *CONTACT_FAULTS]]
    assert refused == flagged("staging.contacts", passed_through) == set(wrong)


def test_responses(tmp_path: Path) -> None:
    wrong = seeded(RESPONSE_FAULTS, 2)
    rows = [response(f"r{i}", f"c{i}", news="", **wrong.get(i, {})) for i in range(ROWS)]
    house = House(tmp_path)
    house.deliver("contacts", [contact(f"c{i}") for i in range(ROWS)])
    house.deliver("responses", rows)
    house.build()
    refused = {row - 1 for row, _ in house.rules("responses")}

    passed_through = pd.DataFrame(rows).replace({"": None})[["response_id", "contact_id", *RESPONSE_FAULTS]]
    for column in ("satisfaction", "mark", "retired"):
        passed_through[column] = pd.to_numeric(passed_through[column])
    assert refused == flagged("staging.responses", passed_through) == set(wrong)


def test_what_the_rules_accepted_satisfies_the_suites(tmp_path: Path) -> None:
    house = House(tmp_path)
    contacts = seeded(CONTACT_FAULTS, 3)
    answers = seeded(RESPONSE_FAULTS, 4)
    house.deliver("contacts", [contact(f"c{i}", **contacts.get(i, {})) for i in range(ROWS)])
    house.deliver("responses", [response(f"r{i}", f"c{i}", **answers.get(i, {})) for i in range(ROWS)])
    house.build()
    for name in ("staging.contacts", "staging.responses"):
        accepted = house.warehouse.read(f"select * from {name}").to_pandas()
        assert 0 < len(accepted) < ROWS
        assert not flagged(name, accepted)
