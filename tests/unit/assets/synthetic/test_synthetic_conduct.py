"""What the contract excludes, flags and refuses in single responses is planted, counted, and nothing else is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assets.synthetic.answers import make_answers
from assets.synthetic.contacts import make_contacts
from assets.synthetic.invitations import Invitations
from assets.synthetic.parameters import load_parameters
from assets.synthetic.world import make_world
from expectations.load import DEFAULT_SURVEY, load_survey
from expectations.model import Condition, Exclusion, FieldMap, Item, ResponseRules, Scale, ScalePoint, Survey
from tests.unit.assets.synthetic.police import REFUSED, Police

RULES = load_survey(DEFAULT_SURVEY).response_rules


@pytest.fixture(scope="module")
def survey() -> Survey:
    return load_survey(DEFAULT_SURVEY)


@pytest.fixture(scope="module")
def police(survey: Survey, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return Police(survey, tmp_path_factory.mktemp("conduct"), responses=6000, months=6)


@pytest.fixture(scope="module")
def marks(police: Any) -> dict[str, set[str]]:
    return {str(mark): set(rows["id"]) for mark, rows in police.table("marks").groupby("mark")}


def days(text: pd.Series) -> pd.Series:
    return pd.to_datetime(text, format="mixed", dayfirst=False).where(
        text.str.match(r"\d{4}-"), pd.to_datetime(text, format="%d-%m-%Y", errors="coerce")
    )


def test_nobody_is_invited_again_too_soon_but_for_the_few_that_are_written_down(
    police: Any, marks: dict[str, set[str]]
) -> None:
    contacts = police.contacts[~police.contacts.fault.isin(REFUSED) & (police.contacts.invitation_date != "")].copy()
    contacts["day"] = days(contacts.invitation_date)
    contacts = contacts.sort_values(["person_id", "day"])
    since = contacts.groupby("person_id").day.diff().dt.days
    found = set(contacts.contact_id[since < RULES.one_invitation_in_days])
    assert 6 <= len(marks["recently_invited"]) <= 6 * load_parameters().response.invited_too_soon
    # A broken rule can't be seen where a fault keeps the first of the two contacts out.
    assert found <= marks["recently_invited"]
    assert len(marks["recently_invited"] - found) <= 1


def test_who_would_be_invited_again_is_turned_away_with_that_reason(police: Any) -> None:
    contacts = police.contacts[police.contacts.fault.isna()]
    away = contacts[contacts.exclusion_reason == "recently_invited"]
    assert 0.002 < len(away) / len(contacts) < 0.03
    assert (away.invitation_date == "").all()
    assert not set(away.contact_id) & set(police.table("answers").contact_id)


def test_the_truth_leaves_out_whom_the_contract_leaves_out(police: Any, marks: dict[str, set[str]]) -> None:
    months, answers = police.table("area_months"), police.table("answers")
    without = answers.contact_id.isin(marks["recently_invited"]) | answers.response_id.isin(marks["no_consent"])
    late = (answers.delivered < 0) & ~without  # a refusal that is in no file is not among the marks
    assert months.answers.sum() <= (~without).sum()
    assert months.answers.sum() >= (~without & ~late).sum()


def test_durations_are_those_of_people_and_only_the_marked_ones_are_fast(
    police: Any, marks: dict[str, set[str]]
) -> None:
    rows = police.rows("responses").drop_duplicates("response_id")
    rows = rows[rows.fault.isna() | (rows.fault == "corrected")]
    seconds = pd.to_numeric(rows.duration_seconds)
    assert 200 < seconds.median() < 300
    fast = set(rows.response_id[seconds < RULES.speeder_seconds])
    assert fast == marks["speeder"] & set(rows.response_id)
    assert len(fast) == pytest.approx(0.012 * len(rows), rel=0.5)


def test_a_marked_line_is_straight_and_keeps_the_headline(police: Any, marks: dict[str, set[str]]) -> None:
    survey = police.survey
    scale = survey.item(survey.headline_item).scale
    items = [item.id for item in survey.items if item.scale == scale]
    rows = police.responses[police.responses.response_id.isin(marks["straight_liner"])]
    assert len(rows) > 30
    given = [[answer for answer in row if answer != ""] for row in rows[items].itertuples(index=False)]
    assert all(len(set(answers)) == 1 and len(answers) >= RULES.straight_line_items for answers in given)


def test_copied_comments_are_long_and_stand_in_enough_answers(police: Any, marks: dict[str, set[str]]) -> None:
    rows = police.responses
    comments = [item.id for item in police.survey.items if police.survey.scale_of(item).kind == "open"]
    written = rows.melt("response_id", comments, value_name="text")
    long = written[written.text.str.len() >= RULES.same_text_length]
    often = long.groupby("text").response_id.nunique()
    repeated = long[long.text.isin(often.index[often >= RULES.same_text_from])]
    assert set(repeated.response_id) == marks["same_text"] & set(repeated.response_id)
    assert len(set(repeated.response_id)) >= 0.7 * len(marks["same_text"]) > 0


def test_who_does_not_agree_says_so(police: Any, marks: dict[str, set[str]]) -> None:
    rows = police.responses
    assert set(rows.consent) == {"yes", "no"}
    assert set(rows.response_id[rows.consent == "no"]) <= marks["no_consent"]


def test_bots_fill_the_hidden_field_and_who_gives_up_leaves_the_rest_empty(police: Any) -> None:
    rows = police.rows("responses")
    by_fault = dict(tuple(rows.groupby("fault")))
    assert (rows.honeypot != "").sum() == len(by_fault["bot"]) > 0
    assert not set(by_fault["bot"].response_id) & set(rows.response_id[rows.fault.isna()])
    closed = [item.id for item in police.survey.items if police.survey.scale_of(item).kind != "open"]
    assert ((by_fault["abandoned"][closed] != "").sum(axis=1) < RULES.minimum_answered).all()
    assert not by_fault["strange_duration"].duration_seconds.str.isdigit().any()


def test_a_contract_without_these_rules_gets_none_of_it(survey: Survey, tmp_path: Path) -> None:
    lists = {name: listed for name, listed in survey.code_lists.items() if name != "consent"}
    plain = survey.model_copy(update={"response_rules": ResponseRules(), "exclusions": (), "code_lists": lists})
    police = Police(plain, tmp_path, responses=800, months=2)
    assert police.summary.marks == {}
    assert "consent" not in police.responses
    assert "abandoned" not in police.summary.faults


def test_an_exclusion_on_a_contact_field_is_left_out_of_the_truth(survey: Survey) -> None:
    rule = Exclusion(code="wout", label="Wout", reason="x", when=(Condition(item="channel", values=("desk",)),))
    world = make_world(survey.model_copy(update={"exclusions": (rule,)}), load_parameters(), 1, 500, 1)
    contacts = make_contacts(world, 0)
    desk = contacts.channel == world.channel_codes.index("desk")
    assert (contacts.left_out == desk).all()
    assert not (contacts.eligible & desk).any()


def test_the_same_person_may_be_invited_again_after_the_period(survey: Survey) -> None:
    world = make_world(survey, load_parameters(), 1, 500, 2)
    invitations = Invitations(world)
    month = make_contacts(world, 0)
    first = invitations.of_month(month)
    again = month.__class__(**{**vars(month), "date": month.date + np.timedelta64(RULES.one_invitation_in_days, "D")})
    second = invitations.of_month(again)
    assert (second.invitation[first.invitation >= 0] >= 0).mean() > 0.99


# --- tick all that apply --------------------------------------------------------------------------------------------

HELP = Scale(
    code="help",
    kind="multiple",
    points=(
        ScalePoint(code="agent", label="Een agent"),
        ScalePoint(code="site", label="De website; of de app"),
        ScalePoint(code="friend", label="Iemand anders"),
    ),
    not_applicable=("Niemand",),
)


def with_help(survey: Survey, mapped: FieldMap | None = None) -> Survey:
    """The contract with one more question, on which more than one answer may be ticked."""
    item = Item(
        id="helped_by", wording="Wie hielp u?", label="Wie hielp u", theme="fit", scale="help", polarity="none",
        first_wave=survey.periods.first_month,
    )  # fmt: skip
    sources = survey.sources
    if mapped is not None:
        sources = tuple(
            s.model_copy(update={"fields": {**s.fields, "helped_by": mapped}}) if s.kind == "responses" else s
            for s in sources
        )
    return survey.model_copy(
        update={"items": (*survey.items, item), "scales": {**survey.scales, "help": HELP}, "sources": sources}
    )


def test_ticked_options_are_drawn_for_any_item_and_joined(survey: Survey, tmp_path: Path) -> None:
    rows = Police(with_help(survey), tmp_path, responses=900, months=1).responses
    assert 0.6 < (rows.helped_by != "").mean() < 1
    assert rows.helped_by.str.contains("Een agent; De website; of de app").any()
    assert (rows.helped_by == "Niemand").any()


def test_ticked_options_may_have_a_column_each(survey: Survey, tmp_path: Path) -> None:
    columns = {"agent": "Q9_1", "site": "Q9_2", "friend": "Q9_3"}
    rows = Police(with_help(survey, FieldMap(columns=columns)), tmp_path, responses=600, months=1).responses
    assert "helped_by" not in rows
    assert set(rows[[*columns.values()]].to_numpy().ravel()) == {"", "1"}
    shares = [(rows[column] == "1").mean() for column in columns.values()]
    assert shares == sorted(shares, reverse=True)


def test_a_question_may_follow_a_ticked_option(survey: Survey) -> None:
    asked = with_help(survey)
    follow = asked.items[-1].model_copy(
        update={"id": "more", "asked_when": Condition(item="helped_by", values=("site",))}
    )
    world = make_world(asked.model_copy(update={"items": (*asked.items, follow)}), load_parameters(), 1, 500, 1)
    answers = make_answers(world, make_contacts(world, 0)).items
    site = (answers["helped_by"] > 0) & ((answers["helped_by"] & 2) == 2)
    assert (answers["more"][~site] == -3).all()
    assert (answers["more"][site] != -3).all()
