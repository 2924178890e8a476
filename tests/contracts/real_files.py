"""The real files under ``../shared/data`` and what becomes of each: rows and columns, or a refusal.

``python -m tests.contracts.real_files`` reads them all and prints the outcomes as JSON.
"""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from assets.importers import open_file
from assets.importers.refusal import RefusedFile
from expectations.model import Source

SHARED = Path(__file__).parents[2] / "../shared/data"


@dataclass(frozen=True)
class Read:
    """A file that is read. ``profile`` is named by the source; ``recognised`` needs no naming."""

    rows: int
    columns: int
    profile: str | None = None
    recognised: str | None = None


@dataclass(frozen=True)
class Refused:
    """A file that is refused, and where in it."""

    reason: str
    position: str = ""


_SPECTRUM = {
    "comma_in_quotes": (1, 5),
    "empty": (2, 3),
    "empty_crlf": (2, 3),
    "escaped_quotes": (2, 2),
    "json": (1, 2),
    "newlines": (3, 3),
    "newlines_crlf": (3, 3),
    "quotes_and_newlines": (2, 2),
    "simple": (1, 3),
    "simple_crlf": (1, 3),
    "utf8": (2, 3),
}
_SPSS = {
    "burgerpeiling_dataformat_2022": (1, 178),
    "hebrews": (99, 1),
    "missing_char": (2, 1),
    "missing_test": (2, 1),
    "ordered_category": (4, 1),
    "sample": (5, 7),
    "sample_large": (485, 7),
    "sample_missing": (7, 7),
    "simple_alltypes": (6, 12),
    "tegulu": (1, 2),
    "test_width": (5, 4),
}
OUTCOMES: dict[str, Read | Refused] = {
    **{f"bad_input/csv_spectrum/csvs/{name}.csv": Read(*size) for name, size in _SPECTRUM.items()},
    **{f"bad_input/csv_spectrum/json/{name}.json": Refused("unknown_format.json") for name in _SPECTRUM},
    "bad_input/text/naughty_strings.txt": Refused("ragged_row", "rij 1 (regel 2 van het bestand)"),
    "survey_exports/google_forms/2018_learning_r_form_responses.tsv": Read(3062, 43, profile="google_forms"),
    "survey_exports/limesurvey/2016_uk_public_data.csv": Read(273, 67, profile="limesurvey"),
    "survey_exports/limesurvey/2017_us_public_data.csv": Read(164, 242, profile="limesurvey"),
    "survey_exports/limesurvey/limesurvey_survey_987793.lss": Refused("unknown_format.codebook"),
    "survey_exports/qualtrics/three_header_rows.csv": Read(1, 20, recognised="qualtrics"),
    **{f"survey_exports/spss/{name}.sav": Read(*size) for name, size in _SPSS.items()},
    "survey_exports/surveymonkey/comma-survey.csv": Read(1129, 13, profile="surveymonkey"),
    "survey_exports/surveymonkey/flying-etiquette.csv": Read(1040, 27, profile="surveymonkey"),
    "survey_exports/surveymonkey/sleeping-alone-data.csv": Read(1093, 31, recognised="surveymonkey"),
    "survey_exports/surveymonkey/steak-risk-survey.csv": Read(550, 15, recognised="surveymonkey"),
}


def present():
    """The files that are there, by their name in ``OUTCOMES``."""
    folders = (SHARED / "survey_exports", SHARED / "bad_input")
    return sorted(p.relative_to(SHARED).as_posix() for f in folders for p in f.rglob("*") if p.is_file())


def read(name, scratch, profile=None):
    """A reading of a file and its rows."""
    reading = open_file(SHARED / name, Source(name="s", kind="responses", files="*", profile=profile), scratch)
    return reading, [list(row.values()) for batch in reading.rows for row in batch.to_pylist()]


def outcome(name, scratch):
    """What becomes of a file when it is read as ``OUTCOMES`` has it."""
    profile = getattr(OUTCOMES.get(name), "profile", None)
    try:
        reading, rows = read(name, scratch, profile)
    except RefusedFile as refused:
        return Refused(refused.reason, refused.position)
    return Read(len(rows), len(reading.columns), profile, reading.profile if profile is None else None)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        found = {name: repr(outcome(name, Path(folder) / "scratch")) for name in present()}
    print(json.dumps(found))
