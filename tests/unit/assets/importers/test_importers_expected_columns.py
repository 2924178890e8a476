"""A message about columns quotes names; what may be a cell is told by its place."""

import pytest

from assets.importers.expected_columns import Expected, check_columns
from assets.importers.reading import Reading
from assets.importers.refusal import RefusedFile
from expectations.model import Source

EXPECTED = Expected((("response_id",), ("mark",), ("went_well",)), frozenset({"response_id", "mark", "went_well"}))
SOURCE = Source(name="s", kind="responses", files="*")


def refused(*columns):
    with pytest.raises(RefusedFile) as caught:
        check_columns(Reading("csv", columns, iter(())), EXPECTED, SOURCE, "f.csv")
    return str(caught.value)


def test_names_are_quoted_with_what_they_look_like():
    assert "Lijkt op 'mark': 'Mark_'." in refused("response_id", "Mark_", "went_well")
    assert "'Wat vond u van de politie?'" in refused(*EXPECTED.names, "Wat vond u van de politie?")


@pytest.mark.parametrize(
    "cell",
    [
        "Ik woon op nummer 7 en " + "mijn buurman " * 10,
        "eerste regel\ntweede regel",
        'zij zei "geheim"',
        '{"went_well": "geheim"',
        "jan@example.nl",
        "2024-03-01",
        "06-12345678",
        "7,5",
    ],
)
def test_what_may_be_a_cell_is_told_by_its_place(cell):
    message = refused(*EXPECTED.names, cell)
    assert "kolom 4" in message
    assert cell[:20] not in message


def test_a_hint_does_not_quote_a_cell_that_looks_like_a_name():
    message = refused('{"response_id": "r1"', '"mark": "7"', "went_well")
    assert "Lijkt op 'response_id': kolom 1." in message
    assert "r1" not in message


def test_a_first_row_of_data_is_not_quoted_even_where_a_cell_is_a_known_name():
    message = refused("r1", "7", "2024-03-01", "mark", "Jan Jansen", "8", "0612345678")
    assert "Jan" not in message
    assert "r1" not in message


def test_a_cell_that_stands_twice_is_not_quoted():
    message = refused("jan@example.nl", "mark", "jan@example.nl")
    assert "kolom 1" in message
    assert "jan" not in message
