"""Which sentence may be written: every rule with the facts that allow it and the facts that do not."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from reports.inputs import AreaView, Comparison, Peers, day
from reports.ladder import Lead
from reports.sentences import cards, summary, titles
from reports.sentences.history import history
from reports.words import Words
from tests.unit.reports.factory import contract, make_data
from tests.unit.reports.rows import comparison, estimate, hidden, peers, row

WORDS, SURVEY = Words("nl"), contract()
DATA = make_data()
CERTAIN = re.compile(r"\b(hoger|lager|meer|minder)\b")


class View(AreaView):
    """A team whose comparisons and comparable areas are given by the test."""

    def __init__(self, found: Peers | None = None, **outcomes: Comparison) -> None:
        super().__init__(DATA, SURVEY.leaf, "T1")
        self.found, self.outcomes = found, outcomes

    def peers(self, item: str, measure: str) -> Peers | None:
        return self.found

    def comparison(self, item: str, measure: str, against: str, *_: Any, **__: Any) -> Comparison | None:
        return self.outcomes.get(f"{item}_{against}", self.outcomes.get(against) if item == "satisfaction" else None)


def share(view: AreaView, **changes: Any) -> Lead:
    return Lead("share", view, "satisfaction", "positive", estimate(**changes))


# The finding -----------------------------------------------------------------------------------------------------


def test_the_finding_counts_people_before_it_gives_a_percentage() -> None:
    view = View()
    found = summary.finding(WORDS, share(view), view)
    assert found.text == "71 van de 100 mensen zijn tevreden of zeer tevreden over het contact met de politie."


def test_a_mean_is_given_as_a_mark() -> None:
    view = View()
    mark = estimate(7.42, 0.5, item="mark", measure="mean")
    found = summary.finding(WORDS, Lead("mean", view, "mark", "mean", mark), view)
    assert found.text == "Mensen geven het contact met de politie gemiddeld een 7,4."


def test_a_borrowed_figure_says_whose_it_is_first() -> None:
    view = View()
    above = view.data.area("district", "U1D1")
    found = summary.finding(WORDS, Lead("above", above, "satisfaction", "positive", estimate()), view)
    assert found.text.startswith("Uw team heeft nog te weinig antwoorden voor een eigen cijfer.")
    assert "District Heuvelrand" in found.text


def test_without_figures_the_finding_says_so() -> None:
    view = View()
    assert summary.finding(WORDS, Lead("none", view), view).rule == "finding.none"


@pytest.mark.parametrize(
    ("mean", "rule"),
    [
        (0.70, "finding.peers_similar"),
        (0.71 - 0.04, "finding.peers_similar"),  # the end of the own range still belongs to it
        (0.60, "finding.peers_maybe_higher"),
        (0.80, "finding.peers_maybe_lower"),
    ],
)
def test_comparable_teams_are_similar_inside_the_own_range_and_otherwise_only_maybe(mean: float, rule: str) -> None:
    view = View(peers(mean))
    found = summary.standing(WORDS, share(view, value=0.71, half=0.04), view)
    assert found is not None
    assert found.rule == rule
    assert not CERTAIN.search(found.text) or "toeval" in found.text


def test_below_the_reliability_threshold_nothing_is_compared() -> None:
    view = View(peers(0.60))
    found = summary.standing(WORDS, share(view, reliability=0.49), view)
    assert found is not None
    assert found.rule == "finding.unreliable"
    rows = summary.comparisons(WORDS, share(view, reliability=0.49), view)
    assert rows[0].meaning.rule == "compare.unreliable"


@pytest.mark.parametrize("outcome", ["higher", "lower", "maybe_higher", "maybe_lower", "equal", "no_difference"])
def test_without_comparable_areas_the_whole_is_compared_by_its_tested_outcome(outcome: str) -> None:
    view = View(nation=comparison(outcome))
    found = summary.standing(WORDS, share(view), view)
    assert found is not None
    assert found.rule == f"finding.top_{outcome}"


def test_without_a_tested_outcome_nothing_is_said_about_the_whole() -> None:
    view = View(nation=comparison("not_compared", rule="too_few_answers"))
    assert summary.standing(WORDS, share(view), view) is None


def test_the_notes_give_the_range_in_words_and_the_number_of_people() -> None:
    view = View()
    notes = [note.text for note in summary.key_notes(WORDS, share(view), view)]
    assert notes[:2] == [
        "De echte waarde ligt waarschijnlijk tussen 67% en 75%.",
        "466 mensen gaven antwoord op deze vraag.",
    ]


def test_an_indicative_figure_is_called_a_first_impression() -> None:
    view = View()
    rules = [note.rule for note in summary.key_notes(WORDS, share(view, status="indicative"), view)]
    assert "key.indicative" in rules


# The three comparisons -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "rule"),
    [
        (comparison("higher"), "compare.year_higher"),
        (comparison("maybe_lower"), "compare.year_maybe_lower"),
        (comparison("no_difference"), "compare.year_no_difference"),
        (comparison("no_difference", rule="not_relevant"), "compare.year_small"),
        (comparison("equal", rule="equivalent"), "compare.year_equal"),
        (comparison("not_compared", rule="break"), "compare.break"),
        (comparison("not_compared", rule="too_few_answers"), "compare.year_not_compared"),
        (None, "compare.year_not_compared"),
    ],
)
def test_a_year_earlier_means_what_the_tested_outcome_says(found: Comparison | None, rule: str) -> None:
    assert summary.year_meaning(WORDS, found).rule == rule


@pytest.mark.parametrize(
    ("found", "rule"),
    [
        (comparison("higher", rule="funnel"), "compare.higher"),
        (comparison("no_difference", rule="within_funnel"), "compare.no_difference"),
        (comparison("no_difference", rule="not_relevant"), "compare.small"),
        (comparison("equal", rule="equivalent"), "compare.equal"),
        (comparison("not_compared", rule="reliability"), "compare.unreliable"),
        (comparison("not_compared", rule="too_few_answers"), "compare.not_compared"),
    ],
)
def test_the_whole_means_what_the_tested_outcome_says(found: Comparison, rule: str) -> None:
    view = View(nation=found)
    assert summary.comparisons(WORDS, share(view), view)[0].meaning.rule == rule


def test_a_borrowed_figure_is_not_compared() -> None:
    view = View(peers())
    assert summary.comparisons(WORDS, replace(share(view), rung="above"), view) == []


# The cards -------------------------------------------------------------------------------------------------------


def test_what_goes_well_is_the_highest_part_not_below_comparable_teams() -> None:
    rows = [row("Bejegening", 0.80, reference=0.84), row("Deskundigheid", 0.78, reference=0.76)]
    found = cards.goes_well(WORDS, rows, "vergelijkbare basisteams", SURVEY)
    assert found.text == (
        "Deskundigheid: 78 van de 100 mensen zijn tevreden of zeer tevreden (vergelijkbare basisteams: 76%)."
    )


def test_a_part_that_prints_the_same_number_as_comparable_teams_is_not_below_them() -> None:
    found = cards.goes_well(WORDS, [row("Bejegening", 0.801, reference=0.804)], "vergelijkbare basisteams", SURVEY)
    assert found.rule == "cards.well_reference"


def test_when_every_part_lies_below_comparable_teams_the_card_says_that() -> None:
    rows = [row("Bejegening", 0.80, reference=0.84), row("Wachttijd", 0.50, reference=0.60)]
    found = cards.goes_well(WORDS, rows, "vergelijkbare basisteams", SURVEY)
    assert found.rule == "cards.well_none"
    assert "‘Bejegening’" in found.text


def test_without_a_reference_the_highest_part_stands_alone() -> None:
    assert cards.goes_well(WORDS, [row("Bejegening", 0.8)], "", SURVEY).rule == "cards.well_alone"


def test_means_speak_where_percentages_cannot() -> None:
    rows = [row("Bejegening", 4.1, 0.3, reference=4.0, item="treatment", measure="mean")]
    found = cards.goes_well(WORDS, rows, "Nederland", SURVEY)
    assert found.text == "Bejegening: gemiddeld 4,1, van 1 tot 5 (Nederland: 4,0)."


def test_the_lowest_part_is_named_only_when_it_lies_clear_of_the_highest() -> None:
    apart = [row("Bejegening", 0.80), row("Terugkoppeling", 0.49)]
    close = [row("Bejegening", 0.80, 0.08), row("Terugkoppeling", 0.70, 0.08)]
    assert cards.to_gain(WORDS, apart, SURVEY).text.startswith("Terugkoppeling: 49 van de 100 mensen")
    assert cards.to_gain(WORDS, close, SURVEY).rule == "cards.gain_close"


def test_hidden_parts_are_never_named() -> None:
    rows = [row("Bejegening", None), row("Terugkoppeling", None)]
    assert cards.goes_well(WORDS, rows, "", SURVEY).rule == "cards.unknown"
    assert cards.to_gain(WORDS, rows, SURVEY).rule == "cards.unknown"
    assert cards.extremes([row("A", 0.8), row("B", None)], SURVEY) is None


@pytest.mark.parametrize(
    ("low", "high", "half", "apart"),
    [
        (0.50, 0.60, 0.049, True),
        (0.50, 0.60, 0.051, False),  # the ranges touch
        (0.50, 0.54, 0.005, False),  # apart, but smaller than the relevant difference
        (0.05, 0.10, 0.005, True),  # exactly the relevant difference
    ],
)
def test_two_rows_are_apart_when_their_ranges_do_not_touch_and_the_difference_matters(
    low: float, high: float, half: float, apart: bool
) -> None:
    assert (cards.extremes([row("A", low, half), row("B", high, half)], SURVEY) is not None) is apart


def test_indicative_rows_take_no_part_in_naming_extremes() -> None:
    assert cards.extremes([row("A", 0.4, status="indicative"), row("B", 0.8)], SURVEY) is None


LABELS = [("satisfaction", "positive", "Tevredenheid"), ("feedback", "positive", "Terugkoppeling")]


def test_real_changes_are_named_with_both_figures() -> None:
    view = View(feedback_year_earlier=comparison("lower", value=0.42, reference=0.49, difference=-0.07))
    found = cards.changed(WORDS, share(view), view, LABELS)
    assert [s.text for s in found] == ["Terugkoppeling: lager dan een jaar eerder (42%, was 49%)."]


def test_at_most_three_changes_are_named_the_largest_first() -> None:
    outcomes = {
        f"{i}_year_earlier": comparison("higher", difference=size) for i, size in zip("abcd", (1, 4, 2, 3), strict=True)
    }
    view = View(**outcomes)
    found = cards.changed(WORDS, share(view), view, [(i, "positive", i.upper()) for i in "abcd"])
    assert [s.text[0] for s in found] == ["B", "D", "C"]


@pytest.mark.parametrize(
    ("found", "rule"),
    [
        (comparison("maybe_higher"), "cards.changed_maybe_higher"),
        (comparison("equal", rule="equivalent"), "cards.changed_equal"),
        (comparison("no_difference"), "cards.changed_none"),
        (comparison("not_compared", rule="break", value=None, reference=None), "cards.changed_break"),
        (comparison("not_compared", rule="not_shown", value=None, reference=None), "cards.changed_unknown"),
    ],
)
def test_without_a_real_change_the_card_says_how_sure_that_is(found: Comparison, rule: str) -> None:
    view = View(year_earlier=found)
    assert [s.rule for s in cards.changed(WORDS, share(view), view, LABELS)] == [rule]


# Titles ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "outcome", ["higher", "lower", "maybe_higher", "maybe_lower", "equal", "no_difference", "not_compared"]
)
def test_the_title_of_the_trend_follows_the_tested_outcome(outcome: str) -> None:
    assert titles.trend_title(WORDS, comparison(outcome)).rule == f"trend.{outcome}"


def test_without_a_comparison_the_title_of_the_trend_claims_nothing() -> None:
    assert titles.trend_title(WORDS, None).text == "De tevredenheid per kwartaal"


@pytest.mark.parametrize(
    ("mean", "rule"),
    [
        (0.70, "peers.title_similar_half"),
        (0.68, "peers.title_similar"),
        (0.60, "peers.title_maybe_higher"),
        (0.80, "peers.title_maybe_lower"),
    ],
)
def test_the_title_of_comparable_teams_is_never_certain(mean: float, rule: str) -> None:
    view = View(peers(mean))
    assert titles.peers_title(WORDS, estimate(), peers(mean), view).rule == rule
    assert titles.peers_title(WORDS, estimate(reliability=0.3), peers(mean), view).rule == "peers.title_unreliable"


def test_titles_of_rows_name_a_difference_only_when_the_rows_are_apart() -> None:
    apart = [row("Fysiek", 0.80), row("Digitaal", 0.50)]
    close = [row("Fysiek", 0.80, 0.1), row("Digitaal", 0.72, 0.1)]
    assert titles.breakdown_title(WORDS, "channels", apart, SURVEY).text == (
        "Bij ‘digitaal’ zijn minder mensen tevreden dan bij ‘fysiek’"
    )
    assert titles.breakdown_title(WORDS, "channels", close, SURVEY).rule == "channels.title_plain"
    assert titles.breakdown_title(WORDS, "parts", close, SURVEY).rule == "parts.title_plain"
    assert titles.breakdown_title(WORDS, "parts", [row("A", 0.70), row("B", 0.72)], SURVEY).rule == "parts.title_close"


def test_with_and_without_hearing_back_gives_two_figures_and_no_claim() -> None:
    both = titles.feedback_with_without(WORDS, estimate(0.82), estimate(0.55), SURVEY)
    one = titles.feedback_with_without(WORDS, estimate(0.82), hidden(), SURVEY)
    assert both is not None
    assert one is not None
    assert both.text.startswith("Van de mensen die iets hoorden is 82% tevreden of zeer tevreden.")
    assert not CERTAIN.search(both.text)
    assert one.rule == "feedback.with_only"
    assert titles.feedback_with_without(WORDS, hidden(), None, SURVEY) is None


# What a difference is of -----------------------------------------------------------------------------------------


def test_a_change_at_the_same_mix_says_so_and_keeps_its_rule() -> None:
    same_mix = comparison("higher", basis="same_mix", value=0.66, reference=0.67)
    view = View(year_earlier=same_mix)
    told = cards.changed(WORDS, share(view), view, LABELS)[0]
    assert told.rule == "cards.changed_higher"
    assert told.text.endswith("(66%, was 67%), als het soort contacten gelijk was gebleven.")
    assert "data-figure-id" in str(told.html)
    assert summary.year_meaning(WORDS, same_mix).text.endswith(", als het soort contacten gelijk was gebleven")
    assert titles.trend_title(WORDS, same_mix).text.endswith(", als het soort contacten gelijk was gebleven")


def test_a_comparison_of_adjusted_figures_names_the_adjustment() -> None:
    view = View(nation=comparison("lower", rule="funnel", basis="adjusted"))
    found = summary.standing(WORDS, share(view), view)
    assert found is not None
    assert found.text == "Dat is minder dan in Nederland, rekening houdend met het soort contacten."


@pytest.mark.parametrize("found", [comparison("higher"), comparison("not_compared", basis="adjusted"), None])
def test_where_nothing_was_adjusted_nothing_is_added(found: Comparison | None) -> None:
    assert "soort contacten" not in titles.trend_title(WORDS, found).text


# Patience --------------------------------------------------------------------------------------------------------


def test_what_cannot_be_seen_yet_has_a_size() -> None:
    view = View(year_earlier=comparison("no_difference"), nation=comparison("no_difference"))
    found = [s.text for s in summary.patience(WORDS, share(view), view)]
    assert found[0].startswith("Is het verschil met een jaar eerder kleiner dan 6 procentpunten?")
    assert "Nederland" in found[1]


def test_a_position_in_the_funnel_has_no_size_of_that_kind() -> None:
    view = View(nation=comparison("no_difference", rule="within_funnel"))
    assert [s.rule for s in summary.patience(WORDS, share(view), view)] == ["patience.year_unknown", "patience.few"]


def test_after_a_break_nobody_is_told_to_wait_for_a_year() -> None:
    view = View(year_earlier=comparison("not_compared", rule="break"))
    assert summary.patience(WORDS, share(view), view)[0].rule == "patience.year_break"


def test_an_area_says_what_it_was_called_and_what_joined_it() -> None:
    data = make_data()
    team = data.area("team", "T1")
    earlier = {
        "level": "team",
        "parent_code": "D1",
        "valid_from": day("2013-01-01"),
        "is_current": False,
        "sort_order": 99,
    }
    rows = [
        {**earlier, "area_code": "T1", "area_name": "Oud", "valid_to": day("2024-06-30"), "successor_code": None},
        {**earlier, "area_code": "T8", "area_name": "West", "valid_to": day("2024-12-31"), "successor_code": "T1"},
        {**earlier, "area_code": "T9", "area_name": "Midden", "valid_to": day("2025-03-31"), "successor_code": "T1"},
        {**earlier, "area_code": "T9", "area_name": "Midden", "valid_to": day("2025-03-31"), "successor_code": "T2"},
    ]
    data = replace(data, areas=pd.concat([data.areas, pd.DataFrame(rows)], ignore_index=True))
    told = [(s.rule, s.text) for s in history(WORDS, data.area("team", team.code))]
    assert told == [
        ("history.renamed", "Tot en met 30 juni 2024 was de naam Oud."),
        ("history.joined", "Sinds 1 januari 2025 hoort West hierbij. De cijfers van daarvoor tellen hier mee."),
        ("history.split", "Midden is gesplitst. Vergelijk cijfers van voor en na 1 april 2025 niet met elkaar."),
    ]
    assert [s.rule for s in history(WORDS, data.area("team", "T3"))] == []


def test_beyond_chance_but_within_the_funnel_is_not_called_chance() -> None:
    within = {"outcome": "no_difference", "rule": "within_funnel", "difference": -0.09, "smallest_visible": 0.04}
    view = View(nation=comparison(**within))
    meaning = [r.meaning.rule for r in summary.comparisons(WORDS, share(view), view)]
    assert "compare.within_spread" in meaning
    view = View(nation=comparison(**{**within, "difference": -0.02}))
    meaning = [r.meaning.rule for r in summary.comparisons(WORDS, share(view), view)]
    assert "compare.no_difference" in meaning
