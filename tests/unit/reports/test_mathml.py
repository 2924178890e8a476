"""Formulas: typed as one line, drawn as MathML."""

from __future__ import annotations

import re

import pytest

from reports.formulas import formulas
from reports.mathml import FormulaError, mathml


def drawn(line: str) -> str:
    return re.sub(r"^<math[^>]*>|</math>$", "", mathml(line))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a + b", "<mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow>"),
        ("-a", "<mrow><mo>−</mo><mi>a</mi></mrow>"),
        ("a b / c", "<mfrac><mrow><mi>a</mi><mi>b</mi></mrow><mi>c</mi></mfrac>"),
        ("a / (b + c)", "<mfrac><mi>a</mi><mrow><mi>b</mi><mo>+</mo><mi>c</mi></mrow></mfrac>"),
        ("a (b)", "<mrow><mi>a</mi><mrow><mo>(</mo><mi>b</mi><mo>)</mo></mrow></mrow>"),
        ("x_i^2", "<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>"),
        ("x_ik", "<msub><mi>x</mi><mrow><mi>i</mi><mi>k</mi></mrow></msub>"),
        ("v_y1", "<msub><mi>v</mi><mrow><mi>y</mi><mn>1</mn></mrow></msub>"),
        ("n_eff", "<msub><mi>n</mi><mi>eff</mi></msub>"),
        ("df", "<mi>df</mi>"),
        ("sum_(i in h) u_i", "<mrow><munder><mo>∑</mo><mrow><mi>i</mi><mo>∈</mo><mi>h</mi></mrow></munder>"
                             "<msub><mi>u</mi><mi>i</mi></msub></mrow>"),
        ("sqrt(tau)", "<msqrt><mi>τ</mi></msqrt>"),
        ("bar(m)", "<mover><mi>m</mi><mo>¯</mo></mover>"),
        ("abs(D)", "<mrow><mo>|</mo><mi>D</mi><mo>|</mo></mrow>"),
        ("1 / p!", "<mfrac><mn>1</mn><mrow><mi>p</mi><mo>!</mo></mrow></mfrac>"),
        ("X'", "<mi>X′</mi>"),
        ("2 * 1.5", "<mrow><mn>2</mn><mo>·</mo><mn>1.5</mn></mrow>"),
        ("a 'if' b", "<mrow><mi>a</mi><mtext>\u00a0if\u00a0</mtext><mi>b</mi></mrow>"),
        ("a < b", "<mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow>"),
    ],
)  # fmt: skip
def test_a_line_is_drawn_as_it_is_read(line: str, expected: str) -> None:
    assert drawn(line) == expected


def test_the_line_itself_is_the_alternative_text() -> None:
    assert mathml("a < b").startswith('<math display="block" alttext="a &lt; b">')


@pytest.mark.parametrize("line", ["a +", "(a", "a)", "a / / b", "x_", "", "a ? b"])
def test_a_line_that_says_nothing_is_refused_with_its_place(line: str) -> None:
    with pytest.raises(FormulaError, match=re.escape(repr(line))):
        mathml(line)


def test_every_formula_of_the_method_can_be_drawn() -> None:
    for one in formulas().values():
        assert one.__html__().endswith("</math>"), one.name
