"""Profiles of survey tools: how each writes the header of an export.

Belongs here: which profiles there are, and the few rules on names that they share.
Does not belong here: formats (csv, Excel ...), values of cells, what answers mean.

A further tool is one module with ``header_rows``, ``recognised`` and ``columns`` and one record in ``PROFILES``.
Formats that carry their own schema (SPSS, Stata, Parquet, JSON lines) need no profile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from assets.importers.profiles import google_forms, limesurvey, microsoft_forms, qualtrics, surveymonkey
from assets.importers.profiles.names import NamedColumn, Rows, flat, unique

__all__ = ["PROFILES", "NamedColumn", "Profile", "Rows", "flat", "unique"]


@dataclass(frozen=True)
class Profile:
    """One survey tool.

    Attributes:
        label: Its name, for readers.
        header_rows: How many header rows a file of this tool has, from its first records; ``None`` if that cannot be
            told.
        recognised: Whether the first records are of this tool beyond doubt.
        columns: Name and wording of every column, from the header rows.
    """

    label: str
    header_rows: Callable[[Rows], int | None]
    recognised: Callable[[Rows], bool]
    columns: Callable[[Rows], list[NamedColumn]]


PROFILES: dict[str, Profile] = {
    name: Profile(label, module.header_rows, module.recognised, module.columns)
    for name, label, module in (
        ("limesurvey", "LimeSurvey", limesurvey),
        ("qualtrics", "Qualtrics", qualtrics),
        ("surveymonkey", "SurveyMonkey", surveymonkey),
        ("google_forms", "Google Forms", google_forms),
        ("microsoft_forms", "Microsoft Forms", microsoft_forms),
    )
}
