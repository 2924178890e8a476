"""One faulty delivery among clean ones: a message that helps, the right exit code, and nothing else disturbed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from expectations.load import load_survey
from expectations.model import Survey

from .command import politiemonitor
from .small_police import AS_OF, OPEN_MONTH, contacts, responses, write_csv

ANSWERS = f"responses_{OPEN_MONTH}"
REGISTER = f"contacts_{OPEN_MONTH}"


@dataclass(frozen=True)
class Fault:
    """How a delivery is broken, and what a person must be told."""

    name: str
    deliver: Callable[[Path, pd.DataFrame, pd.DataFrame], str]
    code: int
    says: tuple[str, ...]
    quarantined: int = 0


def wrong_encoding(inbox: Path, register: pd.DataFrame, answers: pd.DataFrame) -> str:
    name = f"{ANSWERS}.csv"
    answers = answers.assign(went_well="één goed gesprek")
    # UTF-8 bytes in the middle of Windows-1252: neither reads as a whole
    (inbox / name).write_bytes(answers.to_csv(sep=";", index=False).encode("utf-8")[:-1] + b"\xe9\x81\n")
    return name


def missing_column(inbox: Path, register: pd.DataFrame, answers: pd.DataFrame) -> str:
    write_csv(answers.drop(columns="satisfaction"), inbox / f"{ANSWERS}.csv")
    return f"{ANSWERS}.csv"


def extra_column(inbox: Path, register: pd.DataFrame, answers: pd.DataFrame) -> str:
    write_csv(answers.assign(shoe_size="42"), inbox / f"{ANSWERS}.csv")
    return f"{ANSWERS}.csv"


def unknown_channel(inbox: Path, register: pd.DataFrame, answers: pd.DataFrame) -> str:
    register.loc[3, "channel"] = "postduif"
    write_csv(register, inbox / f"{REGISTER}.csv")
    return f"{REGISTER}.csv"


def date_in_the_future(inbox: Path, register: pd.DataFrame, answers: pd.DataFrame) -> str:
    register.loc[5, "contact_date"] = "2031-01-01"
    write_csv(register, inbox / f"{REGISTER}.csv")
    return f"{REGISTER}.csv"


def mark_eleven(inbox: Path, register: pd.DataFrame, answers: pd.DataFrame) -> str:
    write_csv(register, inbox / f"{REGISTER}.csv")
    answers.loc[2, "mark"] = "11"
    write_csv(answers, inbox / f"{ANSWERS}.csv")
    return f"{ANSWERS}.csv"


def duplicate_response_id(inbox: Path, register: pd.DataFrame, answers: pd.DataFrame) -> str:
    write_csv(register, inbox / f"{REGISTER}.csv")
    answers.loc[1, "response_id"] = answers.loc[0, "response_id"]
    write_csv(answers, inbox / f"{ANSWERS}.csv")
    return f"{ANSWERS}.csv"


def empty_file(inbox: Path, register: pd.DataFrame, answers: pd.DataFrame) -> str:
    (inbox / f"{ANSWERS}.csv").write_bytes(b"")
    return f"{ANSWERS}.csv"


def truncated_xlsx(inbox: Path, register: pd.DataFrame, answers: pd.DataFrame) -> str:
    path = inbox / f"{ANSWERS}.xlsx"
    answers.to_excel(path, index=False)
    path.write_bytes(path.read_bytes()[:3000])
    return path.name


def not_a_sav(inbox: Path, register: pd.DataFrame, answers: pd.DataFrame) -> str:
    (inbox / f"{ANSWERS}.sav").write_text("this is not SPSS", "utf-8")
    return f"{ANSWERS}.sav"


FAULTS = (
    Fault("wrong encoding", wrong_encoding, 1, ("teken",)),
    Fault("missing column", missing_column, 1, ("satisfaction",)),
    Fault("extra column", extra_column, 1, ("shoe_size", "ignore_columns")),
    Fault("unknown channel", unknown_channel, 0, ("channel.unknown_code",), 1),
    Fault("date in the future", date_in_the_future, 0, ("contact_date.future",), 1),
    Fault("mark 11", mark_eleven, 0, ("mark.out_of_range",), 1),
    Fault("duplicate response id", duplicate_response_id, 0, ("response_id.conflicting_copies",), 2),
    Fault("empty file", empty_file, 1, ("leeg",)),
    Fault("truncated xlsx", truncated_xlsx, 1, ("beschadigd",)),
    Fault("a sav that isn't", not_a_sav, 1, ("SPSS",)),
)


@pytest.fixture(scope="module")
def survey(small_survey: Path) -> Survey:
    return load_survey(small_survey)


def published(home: Path) -> pd.DataFrame:
    return pd.read_parquet(home / "releases/current/tables/estimates.parquet").drop(columns="release_id")


# One of each fate every time; the others as well in the slow tests (the mutation test judges them all, without pages).
EVERY_TIME = ("missing column", "unknown channel", "duplicate response id", "truncated xlsx")


@pytest.mark.parametrize(
    "fault",
    [pytest.param(f, id=f.name, marks=() if f.name in EVERY_TIME else pytest.mark.slow) for f in FAULTS],
)
def test_a_faulty_delivery_is_told_and_disturbs_nothing(
    fault: Fault, clean_home: Path, copy_of: Callable[[Path], Path], survey: Survey
) -> None:
    home = copy_of(clean_home)
    register = contacts(OPEN_MONTH)
    name = fault.deliver(home / "inbox", register, responses(register, survey))

    done = politiemonitor("run", "--home", home, "--as-of", AS_OF)

    assert done.code == fault.code, done.err
    assert "Traceback" not in done.err + done.out
    for words in fault.says:
        assert words in done.err
    if fault.code:
        assert name in done.err
    status = politiemonitor("status", "--home", home, "--json").record
    rows = {d["file_name"]: d for d in status["deliveries"]}
    for delivery in rows.values():
        if delivery["status"] == "taken":
            counted = sum(delivery[f"rows_{c}"] for c in ("accepted", "superseded", "quarantined", "erased"))
            assert delivery["rows_read"] == counted, delivery["file_name"]
    assert rows[name]["status"] == ("refused" if fault.code else "taken")
    assert sum(d["rows_quarantined"] or 0 for d in rows.values()) == fault.quarantined
    pd.testing.assert_frame_equal(published(home), published(clean_home))
