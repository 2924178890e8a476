"""Which questions a figure depends on: what it is derived from, and who was asked."""

from __future__ import annotations

from expectations.lineage import depends_on
from expectations.model import Condition
from tests.tiny_survey import tiny_survey

SURVEY = tiny_survey()


def test_an_item_depends_on_itself_and_on_the_question_that_leads_to_it() -> None:
    assert depends_on(SURVEY, "satisfaction") == {"satisfaction"}
    assert depends_on(SURVEY, "news") == {"news", "heard"}


def test_a_derived_item_depends_on_its_base_and_on_what_decides_who_counts() -> None:
    assert depends_on(SURVEY, "satisfaction_heard") == {"satisfaction_heard", "satisfaction", "heard"}


def test_a_field_of_the_contact_is_no_question() -> None:
    routed = SURVEY.item("mark").model_copy(update={"asked_when": Condition(item="channel", values=("web",))})
    survey = SURVEY.model_copy(update={"items": (routed,)})
    assert depends_on(survey, "mark") == {"mark"}
