"""What an area was before: earlier names, and areas that went into it.

Belongs here: sentences over the validity rows of ``reference.areas``.
Does not belong here: any figure, or the choice of a successor (the contract names it).
"""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

import pandas as pd

from reports.inputs import AreaView, day, text
from reports.words import Sentence, Words


def history(words: Words, view: AreaView) -> list[Sentence]:
    """Renames, mergers and splits of an area, oldest first.

    Rules: an earlier row of the same code with another name is a rename; an ended area whose successor this is joined
    it, or was split if it names more than one successor.
    """
    areas = view.data.areas
    of_level = areas[(areas["level"] == view.level.code) & areas["valid_to"].notna()]
    rows = cast("list[dict[str, Any]]", of_level.sort_values(["valid_to", "area_code"]).to_dict("records"))
    found: list[Sentence] = []
    for row in rows:
        values: dict[str, object] = {"name": text(row["area_name"])}
        last = day(row["valid_to"])
        if row["area_code"] == view.code and values["name"] != view.name:
            found.append(words.sentence("history.renamed", day=words.date(last), **values))
        elif text(row["successor_code"]) == view.code and row["area_code"] != view.code:
            key = "split" if _successors(of_level, text(row["area_code"])) > 1 else "joined"
            since = words.date(last + dt.timedelta(days=1))
            found.append(words.sentence(f"history.{key}", day=since, **values))
    return list(dict.fromkeys(found))


def _successors(areas: pd.DataFrame, code: str) -> int:
    return int(areas.loc[areas["area_code"] == code, "successor_code"].dropna().nunique())
