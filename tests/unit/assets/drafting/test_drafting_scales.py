"""Which scale the answers of one column show."""

from __future__ import annotations

import pytest

from assets.drafting.known import known
from assets.drafting.pools import Found, pooled
from assets.drafting.scales import OFTEN, Answer, Recognised, answers_of, recognise


def given(**counts: int) -> Recognised | None:
    return recognise([Answer(text, text, count) for text, count in counts.items()])


def held(values: dict[str, int]) -> Recognised | None:
    return recognise(answers_of(values, {}, ()))


def labelled(*labels: str) -> Recognised | None:
    return recognise(answers_of({}, {str(code): label for code, label in enumerate(labels, start=1)}, ()))


def shown(scale: Recognised | None) -> list[str]:
    assert scale is not None
    return [option.label for option in scale.options]


def test_words_of_satisfaction_stand_from_low_to_high_whatever_the_order_of_the_codes() -> None:
    scale = labelled("zeer tevreden", "tevreden", "niet tevreden / niet ontevreden", "ontevreden", "zeer ontevreden",
                     "n.v.t. / weet niet")  # fmt: skip
    assert shown(scale)[0] == "zeer ontevreden" and shown(scale)[-1] == "zeer tevreden"
    assert scale is not None
    assert (scale.kind, scale.family, scale.certain) == ("ordinal", "satisfaction", True)
    assert [option.sign for option in scale.options] == [-1, -1, 0, 1, 1]
    assert scale.options[-1].raws == ("1",)
    assert scale.not_applicable == ("n.v.t. / weet niet",)


@pytest.mark.parametrize(
    ("words", "family"),
    [
        (["Strongly disagree", "Disagree", "Neither agree or disagree", "Agree", "Strongly Agree"], "agreement"),
        (["helemaal eens", "eens", "niet eens / niet oneens", "oneens", "helemaal oneens"], "agreement"),
        (["Never", "Sometimes", "Often", "Very Often", "Always"], "frequency"),
        (["nooit", "soms", "vaak"], "frequency"),
        (["Zeer slecht", "Slecht", "Neutraal", "Goed", "Zeer goed"], "quality"),
        (["A lot", "Some", "Not much", "Not at all"], "amount"),
        (["Very unimportant", "Somewhat unimportant", "Somewhat important", "Very important"], "importance"),
        (["heel moeilijk", "moeilijk", "makkelijk", "heel makkelijk"], "ease"),
    ],
)
def test_known_answers_are_recognised_in_both_languages(words: list[str], family: str) -> None:
    scale = held(dict.fromkeys(words, 1))
    assert scale is not None and scale.family == family and scale.kind == "ordinal"


def test_known_words_are_recognised_however_seldom_they_occur() -> None:
    assert held({"tevreden": 1, "ontevreden": 2}) is not None


def test_numbers_one_to_ten_are_a_mark_and_a_code_far_away_is_no_answer() -> None:
    scale = held({str(n): 9 for n in range(1, 11)} | {"99": 3})
    assert scale is not None
    assert (scale.kind, scale.low, scale.high, scale.not_applicable) == ("mark", 1, 10, ("99",))


def test_numbers_one_to_five_are_points_from_low_to_high() -> None:
    scale = held({"1": 3, "2": 4, "3": 9, "4": 20, "5": 8, "9": 2})
    assert scale is not None and scale.kind == "ordinal" and scale.not_applicable == ("9",)
    assert [option.sign for option in scale.options] == [-1, -1, 0, 1, 1]


@pytest.mark.parametrize("numbers", [range(1, 3), range(1, 4), range(1, 9)])
def test_other_small_numbers_are_codes_without_a_direction(numbers: range) -> None:
    scale = held({str(n): 30 for n in numbers})
    assert scale is not None and scale.kind == "nominal"


def test_words_behind_the_ends_of_a_scale_of_numbers_are_read_as_numbers() -> None:
    scale = held({"1 (Never)": 12, "10 - Completely satisfied": 7} | {str(n): 9 for n in range(2, 10)})
    assert scale is not None and scale.kind == "mark"
    assert scale.options[0].label == "1 (Never)" and scale.options[0].place == 1


def test_a_seldom_text_behind_a_number_is_not_written_down() -> None:
    scale = held({"1": 9, "2": 9, "3": 9, "4": 9, "5 - my neighbour Jan": OFTEN - 1})
    assert scale is not None and scale.rare == OFTEN - 1
    assert "5 - my neighbour Jan" not in shown(scale)


def test_labels_without_a_known_order_are_choices_in_the_order_of_their_codes() -> None:
    labels = {str(n): f"soort {n}" for n in range(1, 12)}
    scale = recognise(answers_of({}, dict(sorted(labels.items())), ()))  # "10" stands before "2" in the file
    assert shown(scale) == [f"soort {n}" for n in range(1, 12)]


def test_a_declared_missing_code_is_no_answer() -> None:
    scale = recognise(answers_of({}, {"1": "ja", "2": "nee", "99": "geen antwoord gegeven"}, ("99",)))
    assert shown(scale) == ["ja", "nee"]


def test_few_short_answers_given_often_are_choices() -> None:
    assert shown(given(Permanent=90, Temporary=40)) == ["Permanent", "Temporary"]
    assert shown(given(No=90, Yes=40)) == ["Yes", "No"]


@pytest.mark.parametrize(
    "values",
    [
        {f"text {n}": 1 for n in range(40)},  # many different texts
        {"Jan de Vries": 4, "Piet Jansen": 4},  # each seldom
        {f"2015.{n}": 9 for n in range(1, 9)},  # numbers with decimals
        {str(year): 9 for year in range(1990, 2015)},
        {"jan@example.nl": 9, "piet@example.nl": 9},
    ],
)
def test_texts_years_and_what_is_about_people_are_no_scale(values: dict[str, int]) -> None:
    assert held(values) is None


def test_one_seldom_answer_beside_many_is_counted_and_left_out() -> None:
    scale = given(Permanent=300, Temporary=100, Volunteer=2)
    assert scale is not None and scale.rare == 2
    assert shown(scale) == ["Permanent", "Temporary"]


def test_a_row_of_a_matrix_gets_the_answers_that_only_its_neighbours_have() -> None:
    whole = held({"Never": 5, "Sometimes": 5, "Often": 5, "Always": 5})
    part = held({"Never": 5, "Sometimes": 5, "Often": 5})
    assert whole is not None and part is not None
    first, second = pooled([Found("q", part), Found("q", whole)])
    assert shown(first) == shown(second) == ["Never", "Sometimes", "Often", "Always"]


def test_two_ways_to_say_one_rung_stay_two_scales() -> None:
    one = held({"Disagree": 5, "Neutral": 5, "Agree": 5})
    other = held({"Disagree": 5, "Undecided": 5, "Agree": 5})
    assert one is not None and other is not None
    assert [shown(s)[1] for s in pooled([Found("", one), Found("", other)])] == ["Neutral", "Undecided"]


def test_codes_one_to_four_among_rows_up_to_five_are_points_too() -> None:
    five = held({str(n): 9 for n in range(1, 6)})
    four = held({str(n): 9 for n in range(1, 5)})
    assert five is not None and four is not None
    assert [s.kind for s in pooled([Found("q2", five), Found("q2", five), Found("q2", four)])] == ["ordinal"] * 3
    assert [s.kind for s in pooled([Found("q2", five), Found("q2", five), Found("q3", four)])][-1] == "nominal"


def test_every_known_word_has_a_key_and_stands_once_in_its_family() -> None:
    for family in known().families:
        assert "" not in family.rungs
        signs = [rung.sign for rung in sorted(set(family.rungs.values()), key=lambda rung: rung.place)]
        assert signs == sorted(signs), family.code
        assert not known().not_applicable & family.rungs.keys(), family.code
