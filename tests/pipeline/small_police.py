"""A police of three teams, and clean deliveries for it: what the pipeline tests start from."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from expectations.load import DEFAULT_SURVEY, load_survey
from expectations.model import Survey

KEPT = {
    "units.csv": ("RE01", "RE05"),
    "districts.csv": ("RE01-D1", "RE05-D1"),
    "teams.csv": ("RE01-D1-T1", "RE01-D1-T2", "RE05-D1-T1"),
}
TEAMS = KEPT["teams.csv"]
AREAS = 1 + len(KEPT["units.csv"]) + len(KEPT["districts.csv"]) + len(TEAMS)
AS_OF = dt.date(2025, 12, 20)
MONTHS = ("2025-07", "2025-08", "2025-09")
YEAR = tuple(f"{2024 + (month > 12)}-{(month - 1) % 12 + 1:02d}" for month in range(10, 22))  # four closed quarters
OPEN_MONTH = "2025-11"  # its quarter has not closed on AS_OF: what arrives for it changes no published number

SPEAKER = 7  # the one respondent of a month who writes something
STORY = "Bij de balie met de zonnebloem was het fijn"


def small_contract(folder: Path) -> Path:
    """A copy of the politiemonitor contract with an organisation of three teams of its own."""
    survey = folder / "survey"
    shutil.copytree(DEFAULT_SURVEY, survey)
    organisation = survey / "organisation"
    organisation.mkdir()
    for name, codes in KEPT.items():
        lines = (DEFAULT_SURVEY / "../../organisation" / name).read_text("utf-8").splitlines()
        kept = [line for line in lines[1:] if line.split(",")[0] in codes]
        (organisation / name).write_text("\n".join([lines[0], *kept]) + "\n", "utf-8")
    edit(survey / "survey.yaml", "organisation: ../../organisation", "organisation: organisation")
    return survey


def edit(path: Path, old: str, new: str) -> None:
    """Replace one piece of text in a contract file, once."""
    text = path.read_text("utf-8")
    assert old in text, f"{path.name} has no {old!r}: choose another text"
    path.write_text(text.replace(old, new, 1), "utf-8")


def contacts(month: str, count: int = 240, teams: tuple[str, ...] = TEAMS) -> pd.DataFrame:
    """A clean contact register of one month, text only, the same every time."""
    rng = np.random.default_rng(int(month.replace("-", "")))
    day = [f"{month}-{d:02d}" for d in rng.integers(1, 15, count)]
    return pd.DataFrame(
        {
            "contact_id": [f"c{month.replace('-', '')}{i:05d}" for i in range(count)],
            "person_id": [f"p{month.replace('-', '')}{i:05d}" for i in range(count)],
            "contact_date": day,
            "channel": rng.choice(["tel_0900", "desk", "internet_report"], count),
            "target_group": rng.choice(["aangever", "melder", "slachtoffer", "benadeelde"], count),
            "incident_class": "",
            "team": rng.choice(list(teams), count),
            "answering_organisation": "",
            "age_band": rng.choice(["16-24", "25-44", "45-64"], count),
            "exclusion_reason": "",
            "invitation_date": [f"{month}-20"] * count,
            "invitation_mode": "",
        }
    )


def responses(register: pd.DataFrame, survey: Survey, count: int | None = None) -> pd.DataFrame:
    """Clean answers to the first contacts of a register; every item of the contract has a column."""
    answered = register.head(count if count is not None else len(register) // 2)
    month = str(answered["contact_date"].iloc[0])[:7]
    rng = np.random.default_rng(int(month.replace("-", "")) + 1)
    frame = pd.DataFrame(
        {
            "response_id": ["r" + c[1:] for c in answered["contact_id"]],
            "contact_id": answered["contact_id"].to_numpy(),
            "response_date": f"{month}-25",
        }
    )
    for item in survey.items:
        scale = survey.scale_of(item)
        if scale.kind == "ordinal":
            frame[item.id] = rng.integers(1, 6, len(frame)).astype(str)
        elif scale.kind == "mark":
            frame[item.id] = rng.integers(1, 11, len(frame)).astype(str)
        elif scale.kind == "nominal" and item.asked_when is None:
            frame[item.id] = rng.choice([p.code for p in scale.points], len(frame))
        else:
            frame[item.id] = ""
    if len(frame) > SPEAKER:
        frame.loc[SPEAKER, "went_well"] = f"{STORY} {month}"
    return frame


def write_csv(frame: pd.DataFrame, path: Path, encoding: str = "utf-8") -> None:
    """Write a delivery as the survey tool would."""
    frame.to_csv(path, sep=";", index=False, encoding=encoding)


def deliver(inbox: Path, survey_root: Path, months: tuple[str, ...] = MONTHS, count: int = 240) -> None:
    """Clean deliveries of some months."""
    inbox.mkdir(parents=True, exist_ok=True)
    survey = load_survey(survey_root)
    for month in months:
        register = contacts(month, count)
        write_csv(register, inbox / f"contacts_{month}.csv")
        write_csv(responses(register, survey), inbox / f"responses_{month}.csv")
