"""One contract, two uses: on the same seeded bad rows the row rules and the suites point at the same rows.

The rules see what was delivered; the suites see what would have reached the tables had there been no rules.
"""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import pandas as pd

from expectations import suites
from expectations.derived import with_derived_expectations
from expectations.model import (
    CodeEntry,
    CodeList,
    Condition,
    Exclusion,
    Item,
    ResponseRules,
    Scale,
    ScalePoint,
    Survey,
)
from tests.tiny_survey import FIRST, House, contact, response, tiny_survey

CONTACT_FAULTS = {
    "channel": ("fax", None),
    "target_group": ("martian", None),
    "age_band": ("130plus",),
    "exclusion_reason": ("bored",),
}
RESPONSE_FAULTS = {
    "satisfaction": ("7", "0"),
    "mark": ("11", "0"),
    "heard": ("perhaps",),
    "retired": ("9",),
    "consent": ("perhaps",),
    "duration_seconds": ("-5",),
    "helped": ("agent;mayor", "mayor"),
}
LEAST = 4
TOO_FEW: dict[str, str | None] = {"mark": "", "heard": "", "report": "", "retired": "", "helped": ""}
CLOSED = ("satisfaction", "mark", "heard", "news", "report", "retired", "helped")
ROWS = 60


@cache
def survey() -> Survey:
    """The tiny survey with consent, tick all that apply, exclusions, and a least number of answers."""
    shared = tiny_survey()
    options = tuple(ScalePoint(code=code, label=code.title()) for code in ("agent", "site"))
    helped = Scale(code="help", kind="multiple", points=options)
    item = Item(id="helped", wording="?", label="helped", theme="overall", scale="help", first_wave=FIRST)
    consent = CodeList(field="consent", codes=(CodeEntry(code="yes", label="Ja"), CodeEntry(code="no", label="Nee")))
    refused = Exclusion(code="refused", label="x", reason="x", when=(Condition(item="consent", values=("no",)),))
    return shared.model_copy(
        update={
            "scales": {**shared.scales, "help": helped},
            "items": (*shared.items, item),
            "code_lists": {**shared.code_lists, "consent": consent},
            "exclusions": (refused,),
            "response_rules": ResponseRules(minimum_answered=LEAST, speeder_seconds=30, one_invitation_in_days=90),
        }
    )


def form(number: int, **cells: str | None) -> dict[str, str | None]:
    """A response in good order to this survey, with some cells changed."""
    own: dict[str, str | None] = {"news": "", "consent": "yes", "duration_seconds": "120", "helped": "site;agent"}
    return response(f"r{number}", f"c{number}", **own | cells)


def seeded(faults: dict[str, tuple[str | None, ...]], seed: int) -> dict[int, dict[str, str | None]]:
    """Row position -> the cell that is wrong there; every fault at least once."""
    rng = random.Random(seed)
    wrong = [{column: value} for column, values in faults.items() for value in values]
    return dict(zip(rng.sample(range(ROWS), len(wrong)), wrong, strict=True))


def flagged(name: str, frame: pd.DataFrame) -> set[int]:
    """Row positions that the blocking suite of a table finds wrong."""
    table = dict(with_derived_expectations(survey()))[name]
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
    short = next(i for i in range(ROWS) if i not in wrong)
    rows = [form(i, **(TOO_FEW if i == short else wrong.get(i, {}))) for i in range(ROWS)]
    house = House(tmp_path, survey())
    house.deliver("contacts", [contact(f"c{i}") for i in range(ROWS)])
    house.deliver("responses", rows)
    house.build()
    refused = {row - 1 for row, _ in house.rules("responses")}

    passed_through = pd.DataFrame(rows).replace({"": None})[["response_id", "contact_id", *RESPONSE_FAULTS]]
    passed_through["answered"] = pd.DataFrame(rows)[[*CLOSED]].ne("").sum(axis=1)
    passed_through["helped"] = [text.split(";") if text else None for text in passed_through["helped"]]
    for column in ("satisfaction", "mark", "retired", "duration_seconds"):
        passed_through[column] = pd.to_numeric(passed_through[column])
    assert refused == flagged("staging.responses", passed_through) == {short, *wrong}


def test_a_bot_is_refused_and_leaves_nothing_for_a_suite_to_find(tmp_path: Path) -> None:
    house = House(tmp_path, survey())
    house.deliver("contacts", [contact("c0"), contact("c1")])
    house.deliver("responses", [form(0), form(1, honeypot="x")])
    house.build()
    assert house.rules("responses") == [(2, "honeypot.filled")]
    assert "honeypot" not in house.warehouse.read("select * from staging.response_rows").column_names


def test_what_the_rules_accepted_satisfies_the_suites(tmp_path: Path) -> None:
    house = House(tmp_path, survey())
    contacts = seeded(CONTACT_FAULTS, 3)
    answers = seeded(RESPONSE_FAULTS, 4)
    house.deliver("contacts", [contact(f"c{i}", person_id=f"p{i // 2}", **contacts.get(i, {})) for i in range(ROWS)])
    house.deliver(
        "responses",
        [form(i, **{"consent": "no" if i % 5 == 0 else "yes"} | answers.get(i, {})) for i in range(ROWS)],
    )
    house.build()
    for name in ("staging.contacts", "staging.responses"):
        accepted = house.warehouse.read(f"select * from {name}").to_pandas()
        assert 0 < len(accepted) < ROWS
        assert 0 < accepted["excluded_by"].notna().sum() < len(accepted)
        assert not flagged(name, accepted)


def test_a_code_of_an_exclusion_that_the_contract_does_not_have_is_found() -> None:
    frame = pd.DataFrame({"contact_id": ["a", "b"], "excluded_by": ["recently_invited", "gone"]})
    assert flagged("staging.contacts", frame) == {1}
