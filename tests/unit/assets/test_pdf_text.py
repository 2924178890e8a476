"""What a PDF says can be read to the last character, or the file is refused."""

from __future__ import annotations

import pytest

from assets.pdf_text import UnreadablePdfError, pdf_texts
from tests.unit.assets.release_folder import pdf


def test_words_drawn_glyph_by_glyph_are_read_as_words() -> None:
    texts = dict(pdf_texts(pdf("Basisteam Sneek", "71% van 1.234")))
    assert texts["page 1"].split("\n")[1:] == ["", "Basisteam Sneek", "", "71% van 1.234"] or (
        "Basisteam Sneek" in texts["page 1"] and "71% van 1.234" in texts["page 1"]
    )


def test_a_font_without_names_of_characters_is_refused() -> None:
    content = pdf("geheim")
    import io

    import pikepdf

    with pikepdf.open(io.BytesIO(content)) as document:
        del document.pages[0].Resources.Font.F1["/ToUnicode"]
        target = io.BytesIO()
        document.save(target)
    with pytest.raises(UnreadablePdfError, match="does not name"):
        list(pdf_texts(target.getvalue()))


def test_an_attached_file_is_refused() -> None:
    with pytest.raises(UnreadablePdfError, match="attached"):
        list(pdf_texts(pdf("gewoon", attached=True)))


def test_something_else_is_refused() -> None:
    with pytest.raises(UnreadablePdfError, match="not a PDF"):
        list(pdf_texts(b"%PDF-1.7 no more than this"))
