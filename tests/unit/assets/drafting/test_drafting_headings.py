"""What a heading tells: code, question, option; in the ways survey tools write it."""

from __future__ import annotations

import pytest

from assets.drafting.headers import clean, coded_headings, heading_of, looks_like_answers, shortened


@pytest.mark.parametrize(
    ("name", "wording", "code", "stem", "question", "option"),
    [
        ("wl01", "[wl01] Hoe prettig woont u?", "wl01", "", "Hoe prettig woont u?", ""),
        ("vz03_5", "[vz03.5] Hoe tevreden over ... | Winkels", "vz03_5", "vz03", "Hoe tevreden over ...", "Winkels"),
        ("tool[1]", "Which tools? [R]", "tool[1]", "tool", "Which tools?", "R"),
        ("likert[time1]", "[In a month, on Research]", "likert[time1]", "likert", "", "In a month, on Research"),
        ("q1[SQ001]", "", "q1[SQ001]", "q1", "", "SQ001"),
        ("Why? - It snores", "Why? - It snores", "", "Why?", "Why?", "It snores"),
        ("Hoe tevreden bent u?", "Hoe tevreden bent u?", "", "", "Hoe tevreden bent u?", ""),
        ("Contact – at the well-known desk", "", "", "", "Contact – at the well-known desk", ""),
    ],
)  # fmt: skip
def test_a_heading_is_taken_apart(name: str, wording: str, code: str, stem: str, question: str, option: str) -> None:
    found = heading_of(name, wording)
    assert (found.code, found.stem, found.question, found.option) == (code, stem, question, option)


def test_markup_and_placeholders_of_a_tool_are_no_text() -> None:
    assert (
        clean("<p>Hoe <b>tevreden</b>&nbsp;bent u,\n {TOKEN:NAME}?</p><script>x()</script>") == "Hoe tevreden bent u, ?"
    )


def test_a_short_label_ends_at_a_word() -> None:
    assert shortened("Hoe tevreden bent u over het contact met de politie?", 30) == "Hoe tevreden bent u over het…"
    assert shortened("Kort?", 30) == "Kort"
    assert shortened("…", 30) == "…"


def test_code_and_text_together_are_recognised_only_where_every_heading_is_so() -> None:
    assert coded_headings(["socio1. In which country do you work?", "edu1. What did you study?"])
    assert not coded_headings(["socio1. In which country do you work?", "Gender"])


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["id", "datum", "q1"], False),
        (["12", "2026-03-01", "4"], True),
        (["Zeer tevreden", "jan@example.nl", "x"], True),
    ],
)
def test_a_first_row_of_answers_is_noticed(names: list[str], expected: bool) -> None:
    assert looks_like_answers(names) is expected
