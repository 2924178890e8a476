"""Numbers, dates and texts as readers see them."""

from __future__ import annotations

import datetime as dt

import pytest
from markupsafe import Markup

from reports.inputs import Period
from reports.words import Number, Words, half_up, lower_first

NL, EN = Words("nl"), Words("en")


@pytest.mark.parametrize(
    ("value", "dutch", "english"),
    [(1234, "1.234", "1,234"), (999, "999", "999"), (-1234567, "−1.234.567", "−1,234,567")],
)
def test_whole_numbers_are_grouped_in_the_way_of_the_language(value: int, dutch: str, english: str) -> None:
    assert (NL.integer(value), EN.integer(value)) == (dutch, english)


@pytest.mark.parametrize(
    ("value", "dutch"), [(7.44, "7,4"), (7.45, "7,5"), (-0.25, "−0,3"), (-0.04, "0,0"), (10, "10,0")]
)
def test_means_have_one_decimal_and_a_true_minus(value: float, dutch: str) -> None:
    assert NL.decimal(value) == dutch


@pytest.mark.parametrize(
    ("share", "text"), [(0.705, "71%"), (0.7049, "70%"), (0.285, "29%"), (1.0, "100%"), (0.0, "0%")]
)
def test_percentages_are_whole_and_a_half_goes_up(share: float, text: str) -> None:
    assert NL.percent(share) == EN.percent(share) == text


def test_a_half_that_binary_numbers_cannot_hold_still_goes_up() -> None:
    assert half_up(0.145, 2) == 0.15
    assert half_up(1.005, 2) == 1.01


@pytest.mark.parametrize(("difference", "text"), [(0.05, "+5"), (-0.03, "−3"), (0.001, "0"), (-0.001, "0")])
def test_differences_carry_their_sign(difference: float, text: str) -> None:
    assert NL.signed_points(difference) == text


def test_the_size_of_a_difference_is_named_in_words_and_never_rounded_to_nothing() -> None:
    assert NL.difference(0.058, "positive") == "6 procentpunten"
    assert NL.difference(0.002, "positive") == "1 procentpunt"
    assert NL.difference(0.42, "mean") == "0,4 punt"
    assert NL.difference(0.01, "mean") == "0,1 punt"


def test_ranges_repeat_the_sign_only_once() -> None:
    assert NL.range(0.66, 0.75, "positive") == "66–75%"
    assert NL.range(6.44, 7.61, "mean") == "6,4–7,6"


def test_dates_and_periods_are_written_out() -> None:
    start, end = dt.date(2025, 10, 1), dt.date(2026, 9, 30)
    assert NL.date(start) == "1 oktober 2025"
    assert NL.period(Period("four_quarters", start, end)) == "oktober 2025 t/m september 2026"
    assert NL.period(Period("quarter", dt.date(2026, 7, 1), end)) == "juli t/m september 2026"
    assert NL.period(Period("month", start, dt.date(2025, 10, 31))) == "oktober 2025"
    assert EN.period(Period("quarter", dt.date(2021, 7, 1), dt.date(2021, 9, 30))) == "July to September 2021"
    assert (NL.quarter(start), NL.quarter_long(start), EN.quarter(start)) == ("K4 '25", "4e kwartaal 2025", "Q4 '25")


def test_lists_end_with_and() -> None:
    assert NL.listing(["a"]) == "a"
    assert NL.listing(["a", "b", "c"]) == "a, b en c"
    assert EN.listing(["a", "b"]) == "a and b"


def test_a_sentence_starts_with_a_capital_and_names_its_rule() -> None:
    sentence = NL.sentence("compare.higher", own="uw team")
    assert sentence.text == "Uw team ligt hoger; dat is waarschijnlijk geen toeval"
    assert sentence.rule == "compare.higher"


def test_numbers_in_a_sentence_lead_to_their_figure_and_everything_else_is_escaped() -> None:
    number, subject = Number("71", "abc123"), "de 'politie' & co"
    sentence = NL.sentence("finding.share", n=number, positive="<b>tevreden</b>", subject=subject)
    assert sentence.text == "71 van de 100 mensen zijn <b>tevreden</b> over de 'politie' & co."
    assert sentence.html.startswith('<span data-figure-id="abc123" data-part="estimate">71</span> van de 100')
    assert "<b>" not in sentence.html
    assert isinstance(sentence.__html__(), Markup)


def test_labels_lose_their_capital_but_abbreviations_and_numbers_do_not() -> None:
    assert [lower_first(text) for text in ("Bejegening", "HRM", "112", "")] == ["bejegening", "HRM", "112", ""]
