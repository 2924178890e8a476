"""LimeSurvey questionnaires: old and new layouts, question types, and files that mean harm."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from drafting_files import drafted, judged, plain, write_csv

from assets.drafting import DraftError, draft_contract
from assets.drafting import lss as lss_module
from assets.drafting.lss import LssError, read_lss
from assets.drafting.lss_questions import lss_questions

Cells = dict[str, str]


def table(name: str, rows: Sequence[Cells]) -> str:
    cells = ("".join(f"<{k}><![CDATA[{v}]]></{k}>" for k, v in row.items()) for row in rows)
    return f"<{name}><rows>{''.join(f'<row>{c}</row>' for c in cells)}</rows></{name}>"


def document(*tables: str, languages: Sequence[str] = ("nl",), kind: str = "Survey") -> str:
    listed = "".join(f"<language>{language}</language>" for language in languages)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<document><LimeSurveyDocType>{kind}</LimeSurveyDocType>'
        f"<languages>{listed}</languages>{''.join(tables)}</document>"
    )


def question(qid: int, code: str, kind: str, text: str = "", **more: str) -> Cells:
    return {"qid": str(qid), "parent_qid": "0", "gid": "1", "type": kind, "title": code, "question": text,
            "question_order": str(qid), "language": "nl", "other": "N", **more}  # fmt: skip


def row(qid: int, parent: int, code: str, text: str, **more: str) -> Cells:
    return question(qid, code, "T", text, parent_qid=str(parent), **more)


def answer(qid: int, code: str, text: str, order: int) -> Cells:
    return {"qid": str(qid), "code": code, "answer": text, "sortorder": str(order), "language": "nl"}


GROUPS = table("groups", [{"gid": "1", "group_name": "Uw contact", "group_order": "0", "language": "nl"}])
SATISFIED = ("Zeer tevreden", "Tevreden", "Neutraal", "Ontevreden", "Zeer ontevreden")


def save(tmp_path: Path, text: str, name: str = "survey.lss") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def whole(tmp_path: Path) -> Path:
    """A questionnaire with one question of many kinds."""
    questions = [
        question(1, "intro", "X", "Welkom"),
        question(2, "oordeel", "L", "Hoe tevreden bent u over het contact?"),
        question(3, "cijfer", "B", "Geef een cijfer"),
        question(4, "kanaal", "M", "Hoe had u contact? Vink alles aan", other="Y"),
        question(5, "gehoord", "Y", "Heeft u iets gehoord?"),
        question(6, "toelichting", "T", "Wat kan beter?"),
        question(7, "wie", "Q", "Mogen we u bellen?"),
        question(8, "leeftijd", "N", "Hoe oud bent u?"),
        question(9, "stelling", "F", "Wat vindt u?"),
    ]
    rows = [
        row(31, 3, "SQ001", "de politie"), row(32, 3, "SQ002", "de gemeente"),
        row(41, 4, "tel", "Telefoon"), row(42, 4, "balie", "Balie"),
        row(71, 7, "naam", "Naam"), row(72, 7, "rol", "Uw rol"),
        row(91, 9, "a", "Ik werd gehoord"), row(92, 9, "b", "Ik werd geholpen"),
    ]  # fmt: skip
    listed = [answer(2, f"A{n}", text, n) for n, text in enumerate(SATISFIED, start=1)]
    listed += [answer(9, str(n), text, n) for n, text in enumerate(("Helemaal eens", "Eens", "Oneens"), start=1)]
    return save(
        tmp_path, document(GROUPS, table("questions", questions), table("subquestions", rows), table("answers", listed))
    )


def test_every_kind_of_question_becomes_what_an_export_can_hold(tmp_path: Path) -> None:
    items, left = lss_questions(read_lss(whole(tmp_path)))
    kinds = {item.column: "ticks" if item.ticks else item.scale.kind if item.scale else "open" for item in items}
    assert kinds == {
        "oordeel": "ordinal",
        "cijfer[SQ001]": "mark",
        "cijfer[SQ002]": "mark",
        "kanaal": "ticks",
        "kanaal[other]": "open",
        "gehoord": "nominal",
        "toelichting": "open",
        "wie[rol]": "open",
        "stelling[a]": "ordinal",
        "stelling[b]": "ordinal",
    }
    assert {(entry.column, entry.reason) for entry in left} == {
        ("intro", "display"),
        ("wie[naam]", "personal"),
        ("leeftijd", "number"),
    }


@pytest.mark.parametrize("full", [True, False], ids=["full answers", "answer codes"])
def test_an_export_of_the_questionnaire_is_accepted_with_codes_or_full_answers(tmp_path: Path, full: bool) -> None:
    draft, survey = drafted(whole(tmp_path), tmp_path / "contract")
    columns = """id submitdate lastpage startlanguage oordeel cijfer[SQ001] cijfer[SQ002] kanaal[tel] kanaal[balie]
        kanaal[other] gehoord toelichting wie[naam] wie[rol] leeftijd stelling[a] stelling[b]"""
    coded = ["A1", "8", "4", "Y", "", "", "N", "sneller", "Jan", "melder", "44", "1", "3"]
    texts = [
        "Zeer tevreden",
        "8",
        "4",
        "Ja",
        "Nee",
        "",
        "Nee",
        "sneller",
        "Jan",
        "melder",
        "44",
        "Helemaal eens",
        "Oneens",
    ]
    made = [[n, "2026-03-04 10:00:00", 3, "nl", *(texts if full else coded)] for n in range(3)]
    result = judged(write_csv(tmp_path / "responses_2026-03.csv", columns.split(), made), survey, tmp_path / "home")
    assert (result.status, result.accepted, result.faults) == ("taken", 3, {})
    assert draft.counts["items"] == 10
    assert survey.headline_item == "oordeel"


def test_a_code_that_is_another_answers_value_is_mapped_where_the_file_is_described(tmp_path: Path) -> None:
    drafted(whole(tmp_path), tmp_path / "contract")
    (source,) = plain(tmp_path / "contract", "sources.yaml")["sources"]
    assert source["fields"]["stelling_a"] == {"column": "stelling[a]", "values": {"1": "3", "3": "1"}}


def test_texts_in_tables_of_their_own_are_read_too(tmp_path: Path) -> None:
    bare = [{k: v for k, v in question(2, "oordeel", "5").items() if k not in {"language", "question"}}]
    texts = [
        {"qid": "2", "question": "How satisfied are you?", "language": "en"},
        {"qid": "2", "question": "Hoe tevreden bent u?", "language": "nl-informal"},
    ]
    groups = table("groups", [{"gid": "1", "group_order": "0"}])
    names = table("group_l10ns", [{"gid": "1", "group_name": "Contact", "language": "nl-informal"}])
    path = save(tmp_path, document(groups, names, table("questions", bare), table("question_l10ns", texts),
                                   languages=("en", "nl-informal")))  # fmt: skip
    found = read_lss(path, "nl")
    assert (found.language, found.groups[0].name) == ("nl-informal", "Contact")
    assert found.questions[0].text == "Hoe tevreden bent u?"
    assert read_lss(path).questions[0].text == "How satisfied are you?"


def test_several_languages_in_one_table_give_every_question_once(tmp_path: Path) -> None:
    rows = [question(2, "q", "5", "Hoe?"), question(2, "q", "5", "How?", language="en")]
    found = read_lss(save(tmp_path, document(GROUPS, table("questions", rows), languages=("nl", "en"))))
    assert [(q.code, q.text) for q in found.questions] == [("q", "Hoe?")]


LAUGHS = '<!DOCTYPE document [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE document [<!ENTITY file SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("declared", [LAUGHS, OUTSIDE], ids=["growing", "reading a file"])
def test_entities_are_refused_before_anything_is_parsed(tmp_path: Path, declared: str) -> None:
    text = document(GROUPS, table("questions", [question(1, "q", "5")])).replace("<document>", declared + "<document>")
    with pytest.raises(LssError, match="entities"):
        read_lss(save(tmp_path, text))


def test_a_page_with_a_doctype_inside_a_text_is_just_text(tmp_path: Path) -> None:
    text = document(GROUPS, table("questions", [question(1, "q", "5", "<!DOCTYPE html><p>Hoe?</p>")]))
    assert lss_questions(read_lss(save(tmp_path, text)))[0][0].wording.endswith("Hoe?")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (document(table("questions", [question(1, "q", "5")]))[:-30], "damaged at line"),
        ("<document>" + "<a>" * 50_000 + "</a>" * 50_000 + "</document>", "damaged"),
        (document(kind="Label set"), "not a whole survey"),
        (document(GROUPS), "no questions"),
        ("PK\x03\x04 something else", "no LimeSurvey questionnaire"),
        ("", "no LimeSurvey questionnaire"),
    ],
)
def test_what_is_no_questionnaire_is_refused_with_a_reason(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(DraftError, match=reason):
        draft_contract(save(tmp_path, text))


def test_a_file_that_no_questionnaire_can_be_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lss_module, "LARGEST_FILE", 100)
    with pytest.raises(LssError, match="larger than"):
        read_lss(whole(tmp_path))


def test_bytes_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "survey.lss"
    path.write_bytes("<document>é</document>".encode("latin-1"))
    with pytest.raises(LssError, match="not UTF-8 at byte 10"):
        read_lss(path)
