"""What a survey tool writes above its answers names the columns and is no answer, in csv, Excel and ODS alike."""

import pytest

from assets.importers.profiles import PROFILES, unique
from tests.unit.assets.importers.delivered import delimited, read, refusal, spreadsheet, workbook

WRITERS = {"csv": delimited, "xlsx": workbook, "ods": spreadsheet}


@pytest.fixture(params=WRITERS)
def given_table(request, tmp_path):
    """Writes rows in one of the formats that profiles are about."""

    def write(*rows):
        return WRITERS[request.param](tmp_path / f"f.{request.param}", [list(row) for row in rows])

    return write


class TestLimeSurvey:
    SYSTEM = ("id. Response ID", "submitdate. Date submitted", "lastpage. Last page", "startlanguage. Start language")

    def test_code_and_text_become_name_and_wording(self, given_table):
        header = (
            "q1. Hoe tevreden\n bent u?",
            "q2[SQ001]. Hoe? [Via telefoon]",
            "q2_SQ002. Hoe? [Anders. Nl.]",
            "q3[other].",
        )
        reading, rows = read(given_table(header, ("4", "Y", "", "x")), profile="limesurvey")
        assert reading.columns == ("q1", "q2[SQ001]", "q2_SQ002", "q3[other]")
        assert reading.wordings == {
            "q1": "Hoe tevreden bent u?",
            "q2[SQ001]": "Hoe? [Via telefoon]",
            "q2_SQ002": "Hoe? [Anders. Nl.]",
        }
        assert rows == [["4", "Y", "", "x"]]
        assert reading.profile == "limesurvey"

    def test_bare_codes_stay_as_they_are(self, given_table):
        reading, _ = read(given_table(("id", "q1[SQ001]", "q1[SQ001_SQ002]", "skill2-1"), "1234"), profile="limesurvey")
        assert reading.columns == ("id", "q1[SQ001]", "q1[SQ001_SQ002]", "skill2-1")
        assert reading.wordings == {}

    def test_question_texts_with_a_full_stop_are_no_codes(self, given_table):
        header = ("Response ID", "Nee. Of toch?", "Hoe tevreden bent u?")
        reading, _ = read(given_table(header, "123"), profile="limesurvey")
        assert reading.columns == header

    @pytest.mark.parametrize("shown", [lambda text: text, lambda text: text.partition(".")[0]])
    def test_it_is_known_by_the_columns_it_adds(self, given_table, shown):
        reading, _ = read(given_table([shown(c) for c in (*self.SYSTEM, "q1. Hoe?")], "12345"))
        assert reading.profile == "limesurvey"
        assert reading.columns == ("id", "submitdate", "lastpage", "startlanguage", "q1")

    def test_codes_alone_prove_nothing(self, given_table):
        reading, _ = read(given_table(("q1. Hoe?", "q2. Waarom?"), "12"))
        assert reading.profile is None
        assert reading.columns == ("q1. Hoe?", "q2. Waarom?")
        assert reading.wordings == {}

    def test_a_code_that_occurs_twice_gets_its_number(self, given_table):
        reading, _ = read(given_table(("q1. Hoe?", "Q1. Hoe nog?", "q1. En?"), "123"), profile="limesurvey")
        assert reading.columns == ("q1", "Q1 (2)", "q1 (3)")
        assert reading.wordings["q1 (3)"] == "En?"


class TestQualtrics:
    NAMES = ("StartDate", "EndDate", "Status", "Progress", "Finished", "RecordedDate", "ResponseId", "Q1", "Q2_4_TEXT")
    TEXTS = ("Begindatum", "Einddatum", "Type", "Voortgang", "Klaar", "Datum", "Antwoord-ID", "Hoe\ntevreden?", "Nl.")
    IDS = tuple(f'{{"ImportId": "QID{i}"}}' for i in range(9))
    DATA = (
        "2024-03-01 09:00:00",
        "2024-03-01 09:05:00",
        "0",
        "100",
        "1",
        "2024-03-01 09:05:01",
        "R_2YPOQ6",
        "4",
        "",
    )

    @pytest.mark.parametrize("profile", [None, "qualtrics"])
    def test_three_header_rows_with_labels_in_any_language(self, given_table, profile):
        reading, rows = read(given_table(self.NAMES, self.TEXTS, self.IDS, self.DATA), profile=profile)
        assert reading.columns == self.NAMES
        assert reading.wordings["Q1"] == "Hoe tevreden?"
        assert reading.header_notes == (self.TEXTS, self.IDS)
        assert rows == [list(self.DATA)]
        assert reading.profile == "qualtrics"

    @pytest.mark.parametrize("profile", [None, "qualtrics"])
    def test_two_header_rows_as_excel_exports_have_them(self, given_table, profile):
        reading, rows = read(given_table(self.NAMES, self.TEXTS, self.DATA, self.DATA), profile=profile)
        assert reading.wordings["Q2_4_TEXT"] == "Nl."
        assert rows == [list(self.DATA)] * 2

    def test_import_ids_right_below_the_names(self, given_table):
        reading, rows = read(given_table(self.NAMES, self.IDS, self.DATA))
        assert reading.wordings == {}
        assert rows == [list(self.DATA)]

    def test_one_header_row_is_left_when_somebody_took_the_others_away(self, given_table):
        reading, rows = read(given_table(self.NAMES, self.DATA, self.DATA), profile="qualtrics")
        assert rows == [list(self.DATA)] * 2
        assert read(given_table(self.NAMES, self.DATA))[0].profile is None
        assert reading.profile == "qualtrics"

    def test_where_nothing_shows_the_data_it_asks(self, given_table):
        path = given_table(("Q1", "Q2"), ("Hoe?", "Waarom?"), ("4", "5"))
        refused = refusal(path, profile="qualtrics")
        assert refused.reason == "unreadable.profile"
        assert "header_rows" in refused.remedy
        reading, rows = read(path, profile="qualtrics", header_rows=2)
        assert reading.wordings == {"Q1": "Hoe?", "Q2": "Waarom?"}
        assert rows == [["4", "5"]]


class TestSurveyMonkey:
    ABOVE = ("RespondentID", "StartDate", "Hoe tevreden\nbent u?", "Waarom? Kies alles.", "", "", "Leeftijd", "")
    BELOW = ("", "", "Response", "Te laat", "Niet geholpen", "Anders, namelijk", "Response", "Anders, namelijk")
    DATA = ("3292953864", "7/10/14 18:37", "Tevreden", "", "Niet geholpen", "", "18-29", "")

    @pytest.mark.parametrize("profile", [None, "surveymonkey"])
    def test_question_and_option_make_one_name(self, given_table, profile):
        reading, rows = read(given_table(self.ABOVE, self.BELOW, self.DATA), profile=profile)
        assert reading.columns == (
            "RespondentID",
            "StartDate",
            "Hoe tevreden bent u?",
            "Waarom? Kies alles. - Te laat",
            "Waarom? Kies alles. - Niet geholpen",
            "Waarom? Kies alles. - Anders, namelijk",
            "Leeftijd",
            "Leeftijd - Anders, namelijk",
        )
        assert rows == [list(self.DATA)]
        assert set(reading.wordings) == set(reading.columns[2:])
        assert reading.nameless == ()

    def test_a_question_that_occurs_twice_gets_its_number(self, given_table):
        above, below = ("RespondentID", "Hoe?", "Hoe?", "", "hoe? - A"), ("", "Response", "A", "A", "Response")
        reading, _ = read(given_table(above, below, "12345"))
        assert reading.columns == ("RespondentID", "Hoe?", "Hoe? - A", "Hoe? - A (2)", "hoe? - A (3)")

    def test_one_header_row_is_seen_by_the_number_of_the_respondent(self, given_table):
        path = given_table(("RespondentID", "Hoe?"), ("1", "Response"), ("2", "x"))
        reading, rows = read(path, profile="surveymonkey")
        assert reading.columns == ("RespondentID", "Hoe?")
        assert len(rows) == 2
        assert read(path)[0].profile is None

    def test_without_such_a_column_response_shows_it_and_else_it_asks(self, given_table):
        assert read(given_table(("Hoe?", ""), ("Response", "A"), "12"), profile="surveymonkey")[1] == [["1", "2"]]
        assert refusal(given_table(("Hoe?", "Wat?"), "12", "34"), profile="surveymonkey").reason == "unreadable.profile"

    def test_an_empty_cell_below_a_question_is_not_a_row_of_options(self, given_table):
        path = given_table(("RespondentID", "Hoe?", "Waarom?"), ("", "Response", ""), ("1", "2", "3"))
        assert read(path)[0].profile is None


class TestForms:
    def test_google_has_one_header_row_with_texts_on_one_line(self, given_table):
        header = ("Timestamp", "Wat gebruikt u?\n(kies alles)", "Wat?", "Wat?")
        data = ("12/31/2018 11:57:58", "Excel, SPSS", "regel 1\nregel 2", "=1+1")
        reading, rows = read(given_table(header, data), profile="google_forms")
        assert reading.columns == ("Timestamp", "Wat gebruikt u? (kies alles)", "Wat?", "Wat? (2)")
        assert reading.wordings["Wat? (2)"] == "Wat?"
        assert "Timestamp" not in reading.wordings
        assert rows == [list(data)]

    def test_google_is_never_guessed(self, given_table):
        reading, _ = read(given_table(("Timestamp", "Wat\ngebruikt u?"), "12"))
        assert reading.profile is None
        assert reading.columns == ("Timestamp", "Wat\ngebruikt u?")

    @pytest.mark.parametrize(
        "own",
        [
            ("ID", "Start time", "Completion time", "Email", "Name"),
            ("Id", "Begintijd", "Tijd van voltooien", "E-mail", "Naam"),
        ],
    )
    def test_microsoft_is_known_by_its_five_columns(self, given_table, own):
        data = ("1", "3/1/24 9:00:00", "3/1/24 9:05:00", "anonymous", "", "Excel;SPSS;")
        reading, rows = read(given_table((*own, "Wat\xa0gebruikt u?\n"), data))
        assert reading.profile == "microsoft_forms"
        assert reading.columns == (*own, "Wat gebruikt u?")
        assert reading.wordings == {"Wat gebruikt u?": "Wat gebruikt u?"}
        assert rows == [list(data)]


class TestThePlainFile:
    def test_names_stay_as_they_stand_and_doubles_are_for_the_contract_to_refuse(self, given_table):
        reading, _ = read(given_table(("a b\nc", "x", "x"), "123"))
        assert reading.columns == ("a b\nc", "x", "x")

    def test_the_second_announced_row_is_the_wording(self, given_table):
        reading, rows = read(given_table(("q1", "q2", "q3"), ("Hoe\ntevreden?", "", "Waarom?"), "123"), header_rows=2)
        assert reading.wordings == {"q1": "Hoe tevreden?", "q3": "Waarom?"}
        assert reading.header_notes == (("Hoe\ntevreden?", "", "Waarom?"),)
        assert rows == [["1", "2", "3"]]

    @pytest.mark.parametrize("dialect", [{"profile": "plain"}, {"header_rows": 1}])
    def test_the_contract_goes_before_what_the_file_looks_like(self, given_table, dialect):
        tool = TestSurveyMonkey
        reading, rows = read(given_table(tool.ABOVE[:7], tool.BELOW[:7], tool.DATA[:7]), **dialect)
        assert reading.profile is None
        assert reading.columns[2] == "Hoe tevreden\nbent u?"
        assert rows[0] == list(tool.BELOW[:7])

    def test_a_first_answer_that_is_longer_than_the_header_is_still_refused(self, given_table):
        assert refusal(given_table(("a", "b"), ("1", "2"), ("3", "4", "5"))).code == "ragged_row"


def test_an_explicit_number_of_header_rows_goes_before_the_profile(given_table):
    reading, rows = read(given_table(TestSurveyMonkey.ABOVE[:4], "1234"), profile="surveymonkey", header_rows=1)
    assert reading.columns[2] == "Hoe tevreden bent u?"
    assert rows == [["1", "2", "3", "4"]]


def test_header_rows_of_unequal_length_are_refused(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("RespondentID;Hoe?;\n;Response\n1;2;3\n", encoding="utf-8")
    assert refusal(path, profile="surveymonkey").position == "kopregel 2"


def test_numbered_names_never_collide():
    assert unique(["a", "A", "a (2)", "", "", "b"]) == ["a", "A (3)", "a (2)", "", "", "b"]


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_no_tool_is_recognised_in_a_plain_table(profile):
    plain = [["contact_id", "q1", "opmerking"], ["c1", "4", "Response"], ["c2", "", ""]]
    assert not profile.recognised(plain)
    assert not profile.recognised(plain[:1])
