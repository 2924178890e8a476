"""A synthetic police read back: its deliveries as text and its truth, for the tests of both."""

import json
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat

from assets.synthetic import write_demo

REFUSED = {"unknown_channel", "future_date", "missing_id", "conflicting_duplicate"}
"""Faults that keep a contact out."""


class Police:
    """Deliveries read back as text, and the truth."""

    def __init__(self, survey, folder: Path, **arguments):
        self.survey = survey
        self.inbox, self.truth = folder / "inbox", folder / "truth"
        self.summary = write_demo(survey, self.inbox, self.truth, **arguments)
        self.files = self.table("files").set_index("file_name")
        self.faults = self.table("faults")
        self.told = json.loads((self.truth / "truth.json").read_text("utf-8"))

    def table(self, name):
        return pd.read_parquet(self.truth / f"{name}.parquet")

    def read(self, name):
        file = self.files.loc[name]
        path = self.inbox / name
        if file["format"] == "csv":
            read = pd.read_csv(path, sep=file.delimiter, encoding=file.encoding, dtype=str, keep_default_na=False)
        elif file["format"] == "xlsx":
            read = pd.read_excel(path, dtype=str, keep_default_na=False)
        elif file["format"] == "sav":
            frame, meta = pyreadstat.read_sav(path, apply_value_formats=True)
            assert all(ranges[0]["lo"] == 99 for ranges in meta.missing_ranges.values())
            read = frame.astype(object).where(frame.notna(), "").map(lambda v: f"{v:g}" if isinstance(v, float) else v)
        else:
            read = pd.read_parquet(path).fillna("").astype(str)
        return read.astype(str).assign(_file=name, _row=np.arange(1, len(read) + 1))

    @cache  # noqa: B019 - the police lives as long as the tests
    def rows(self, source):
        """All rows of a source, with the fault planted in each."""
        names = self.files.index[self.files.source == source]
        rows = pd.concat([self.read(name) for name in names], ignore_index=True)
        marks = self.faults.rename(columns={"file_name": "_file", "row": "_row"})[["_file", "_row", "fault"]]
        return rows.merge(marks, how="left", on=["_file", "_row"])

    @cached_property
    def contacts(self):
        rows = self.rows("contacts")
        return rows[~rows.fault.isin(["exact_duplicate", "conflicting_duplicate"])]

    @cached_property
    def responses(self):
        rows = self.rows("responses")
        return rows[rows.fault.isna() & ~rows._file.str.contains("herlevering")]
