"""Who stays out of every figure: accepted, counted with a reason, and in no figure."""

from __future__ import annotations

from pathlib import Path

from expectations.model import CodeEntry, CodeList, Condition, Exclusion, ResponseRules, Survey
from expectations.rules import exclusion_catalogue, rule_catalogue
from tests.tiny_survey import House, contact, response, tiny_survey

REASONS = CodeList(
    field="exclusion_reason",
    codes=tuple(
        CodeEntry(code=code, label=label)
        for code, label in (("young", "Te jong"), ("violence", "Huiselijk geweld"), ("moved", "Verhuisd"))
    ),
)
CONSENT = CodeList(field="consent", codes=(CodeEntry(code="yes", label="Ja"), CodeEntry(code="no", label="Nee")))


def rule(code: str, **when: str) -> Exclusion:
    conditions = tuple(Condition(item=item, values=tuple(values.split())) for item, values in when.items())
    return Exclusion(code=code, label=f"{code} label", reason=f"{code} because", when=conditions)


def survey(*rules: Exclusion, days: int | None = None) -> Survey:
    shared = tiny_survey()
    lists = {**shared.code_lists, "exclusion_reason": REASONS, "consent": CONSENT}
    own = ResponseRules(one_invitation_in_days=days)
    return shared.model_copy(update={"exclusions": rules, "code_lists": lists, "response_rules": own})


def excluded(house: House, table: str, key: str) -> dict[str, str | None]:
    return dict(house.rows(f"select {key}, excluded_by from staging.{table} order by 1"))


def test_the_first_rule_that_holds_is_the_one_that_counts(tmp_path: Path) -> None:
    rules = (rule("phone_adult", channel="phone", age_band="16plus"), rule("phone", channel="phone"))
    house = House(tmp_path, survey(*rules, rule("safety", exclusion_reason="violence young")))
    house.deliver(
        "contacts",
        [
            contact("c1"),
            contact("c2", channel="phone"),
            contact("c3", channel="phone", age_band=""),
            contact("c4", channel="phone", exclusion_reason="violence"),
            contact("c5", exclusion_reason="Huiselijk geweld"),
            contact("c6", exclusion_reason="moved"),
        ],
    )
    house.build()
    assert excluded(house, "contacts", "contact_id") == {
        "c1": None,
        "c2": "phone_adult",
        "c3": "phone",
        "c4": "phone_adult",
        "c5": "safety",
        "c6": "moved",
    }


def test_an_excluded_response_is_accepted_and_in_no_figure(tmp_path: Path) -> None:
    house = House(tmp_path, survey(rule("no_consent", consent="no"), rule("lowest", satisfaction="1", heard="no")))
    house.deliver("contacts", [contact(f"c{n}", exclusion_reason="young" if n == 5 else "") for n in range(1, 6)])
    house.deliver(
        "responses",
        [
            response("r1", "c1", consent="ja"),
            response("r2", "c2", consent="Nee"),
            response("r3", "c3", consent="", satisfaction="1", heard="no", news=""),
            response("r4", "c4", consent="yes", satisfaction="1"),
            response("r5", "c5", consent="yes"),
        ],
    )
    house.build()
    assert excluded(house, "responses", "response_id") == {
        "r1": None, "r2": "no_consent", "r3": "lowest", "r4": None, "r5": None,
    }  # fmt: skip
    assert house.rows("select response_id from marts.respondents order by 1") == [("r1",), ("r4",)]
    assert house.rows("select rows_accepted from staging.delivery_accounts where delivery_id = 'd2'") == [(5,)]


def test_an_answer_that_was_set_aside_excludes_nobody(tmp_path: Path) -> None:
    house = House(tmp_path, survey(rule("bad_news", news="1")))
    house.deliver("contacts", [contact("c1"), contact("c2")])
    house.deliver("responses", [response("r1", "c1", heard="no", news="1"), response("r2", "c2", news="1")])
    house.build()
    assert excluded(house, "responses", "response_id") == {"r1": None, "r2": "bad_news"}


def test_a_consent_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    house = House(tmp_path, survey(rule("no_consent", consent="no")))
    house.deliver("contacts", [contact()])
    house.deliver("responses", [response(consent="misschien")])
    house.build()
    assert house.rules() == [(1, "consent.unknown_code")]


def test_a_second_invitation_within_the_period_is_left_out(tmp_path: Path) -> None:
    house = House(tmp_path, survey(days=90))  # 1 February + 90 days is 1 May
    second = {"a": "2024-04-30", "b": "2024-05-01", "c": "2024-02-01", "d": "2024-02-02"}
    house.deliver(
        "contacts",
        [contact(f"{p}2", person_id=p, contact_date="2024-02-01", invitation_date=day) for p, day in second.items()],
    )
    # The earlier contacts come in the later file: the day of the invitation counts.
    house.deliver(
        "contacts",
        [contact(f"{p}1", person_id=p, contact_date="2024-01-31", invitation_date="2024-02-01") for p in second],
    )
    house.build()
    found = {code for code, by in excluded(house, "contacts", "contact_id").items() if by == "recently_invited"}
    assert found == {"a2", "c2", "d2"}


def test_only_invitations_of_one_known_person_in_accepted_contacts_are_compared(tmp_path: Path) -> None:
    house = House(tmp_path, survey(days=90))
    house.deliver(
        "contacts",
        [
            contact("c1", person_id=""),
            contact("c2", person_id=""),
            contact("c3", person_id="p3", channel="?"),  # refused: it invited nobody as far as we know
            contact("c4", person_id="p3"),
            contact("c5", person_id="p5", invitation_date=""),
            contact("c6", person_id="p5"),
            contact("c7", person_id="p7", exclusion_reason="young"),
            contact("c8", person_id="p7", invitation_date="2024-03-01"),
        ],
    )
    house.build()
    found = {code: by for code, by in excluded(house, "contacts", "contact_id").items() if by}
    # An invitation that was sent counts as one, also if it should not have been sent.
    assert found == {"c7": "young", "c8": "recently_invited"}


def test_without_the_rule_nobody_was_invited_recently(tmp_path: Path) -> None:
    house = House(tmp_path, survey())
    house.deliver("contacts", [contact("c1"), contact("c2")])
    house.build()
    assert set(excluded(house, "contacts", "contact_id").values()) == {None}


def test_the_response_to_a_second_invitation_is_in_no_figure(tmp_path: Path) -> None:
    house = House(tmp_path, survey(days=30))
    house.deliver("contacts", [contact("c1"), contact("c2", invitation_date="2024-02-20")])
    house.deliver("responses", [response("r1", "c1"), response("r2", "c2", response_date="2024-02-25")])
    house.build()
    assert house.rows("select response_id from marts.respondents") == [("r1",)]
    assert house.rows("select count(*) from staging.responses") == [(2,)]


def test_every_reason_has_a_label_and_a_text_once() -> None:
    contract = survey(rule("safety", exclusion_reason="violence"), rule("young", age_band="16plus"), days=90)
    found = {e.excluded_by: (e.label, e.reason) for e in exclusion_catalogue(contract)}
    # "violence" always leads to "safety", so it is no code of its own; "young" is a rule and a recorded reason.
    assert list(found) == ["safety", "young", "moved", "recently_invited"]
    assert found["young"] == ("young label", "young because")
    assert found["moved"][0] == "Verhuisd"
    assert found["recently_invited"] == (
        "Kort geleden al uitgenodigd",
        "Niemand krijgt kort na elkaar meer dan één uitnodiging. Alleen de eerste telt.",
    )
    rules = {r.rule_id: r for r in rule_catalogue(contract)}
    assert all(rules[f"excluded.{code}"].kept for code in found)
    assert {rules[f"excluded.{code}"].table_name for code in found} == {"contact_rows"}


def test_a_recorded_reason_without_a_list_is_not_repeated(tmp_path: Path) -> None:
    contract = survey()
    lists = {name: listed for name, listed in contract.code_lists.items() if name != "exclusion_reason"}
    house = House(tmp_path, contract.model_copy(update={"code_lists": lists}))
    house.deliver("contacts", [contact(exclusion_reason="buurman van de agent")])
    house.build()
    assert excluded(house, "contacts", "contact_id") == {"c1": "recorded"}
    assert [e.excluded_by for e in exclusion_catalogue(house.survey)] == ["recorded"]


def test_the_reasons_are_a_table(tmp_path: Path) -> None:
    house = House(tmp_path, survey(rule("no_consent", consent="no"), days=90))
    house.build()
    assert house.rows("select excluded_by, label from reference.exclusions order by sort_order") == [
        ("no_consent", "no_consent label"),
        ("young", "Te jong"),
        ("violence", "Huiselijk geweld"),
        ("moved", "Verhuisd"),
        ("recently_invited", "Kort geleden al uitgenodigd"),
    ]
    assert ("one_invitation_in_days", 90) in house.rows("select setting, amount from reference.response_rules")
