"""A question on which more than one answer may be ticked is one record: from the contract to answers and measures.

The whole way in small: the contract is edited and loaded, the synthetic police answers the new question, and what the
row rules make of its deliveries is what was ticked.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from assets.synthetic import write_demo
from expectations.ddl import resolved_columns
from expectations.load import DEFAULT_SURVEY, SHARED, load_survey
from expectations.model import Survey
from tests.tiny_survey import House

ITEM = """\
  - id: helped_by
    wording: Wie heeft u geholpen? U kunt meer antwoorden aankruisen.
    label: Wie hielp u
    theme: fit
    scale: helpers
    polarity: none
    first_wave: 2023-10-01

  - id: mark
"""
SCALE = """\
scales:
  - code: helpers
    kind: multiple
    points:
      - {code: officer, label: Een agent}
      - {code: desk, label: "De balie; of de telefoon"}
      - {code: site, label: De website}
    not_applicable: [Niemand]
"""
COLUMNS = """\
    missing: ["", "NA"]
    fields:
      helped_by:
        columns: {officer: Q2_1, desk: Q2_2, site: Q2_3}
"""


def edited(folder: Path, *, columns: bool) -> Survey:
    """The contract of the police with one more question; its scale is new too."""
    root = folder / "surveys" / "monitor"
    root.mkdir(parents=True)
    for file in DEFAULT_SURVEY.glob("*.yaml"):
        text = file.read_text("utf-8").replace("../../organisation", str(SHARED / "organisation"))
        if file.name == "items.yaml":
            text = text.replace("  - id: mark\n", ITEM, 1)
        if file.name == "scales.yaml":
            text = text.replace("scales:\n", SCALE, 1)
        if file.name == "sources.yaml" and columns:
            text = text.replace('    missing: ["", "NA"]\n', COLUMNS, 1)
        (root / file.name).write_text(text, "utf-8")
    return load_survey(root)


@pytest.mark.parametrize("columns", [False, True], ids=["joined", "a column each"])
def test_a_new_question_with_several_answers_is_one_record(tmp_path: Path, columns: bool) -> None:
    survey = edited(tmp_path, columns=columns)
    write_demo(survey, tmp_path / "inbox", tmp_path / "truth", responses=400, months=1, seed=3)
    home = tmp_path / "home"
    home.mkdir()
    house = House(home, survey)
    read = {}
    files = pd.read_parquet(tmp_path / "truth" / "files.parquet").groupby("source").first()
    for source, file in files.iterrows():
        path = tmp_path / "inbox" / file.file_name
        frame = pd.read_csv(path, sep=file.delimiter, encoding=file.encoding, dtype=str, keep_default_na=False)
        house.deliver(source, frame.to_dict("records"), month=survey.periods.first_month)
        read[source] = frame
    house.build()

    assert not [rule for rule in house.rules() if rule[1].startswith("helped_by")]
    labels = {"officer": "Een agent", "desk": "De balie; of de telefoon", "site": "De website"}
    raw = read["responses"].set_index("response_id")
    for response_id, ticked in house.rows("select response_id, helped_by from staging.responses"):
        if columns:
            cells = raw.loc[response_id, ["Q2_1", "Q2_2", "Q2_3"]]
            written = {code for code, cell in zip(labels, cells, strict=True) if cell}
        else:
            cell = raw.loc[response_id, "helped_by"]
            written = {code for code, label in labels.items() if label in cell}
        assert set(ticked or ()) == written

    shares = house.rows(
        'select avg("y_helped_by__share.officer"), avg("y_helped_by__share.desk"), avg("y_helped_by__share.site"), '
        'count("y_helped_by__share.site") from marts.respondents'
    )[0]
    assert shares[0] > shares[1] > shares[2] > 0.1
    assert (
        shares[3]
        == house.rows("select count(*) from staging.responses where len(helped_by) > 0 and excluded_by is null")[0][0]
    )
    stored = {c.name: c for c in resolved_columns(survey, survey.tables["staging.responses"])}["helped_by"]
    assert (stored.type, stored.check) == ("varchar[]", "\"helped_by\" <@ ['officer', 'desk', 'site']")
