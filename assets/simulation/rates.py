"""The file that simulated error rates are kept in: in a home after a simulation, with a contract as what comes with it.

Belongs here: its columns, writing and reading it. Does not belong here: what the numbers are (``measures``, ``study``).
Nothing here needs the engine, so that a home can read results without loading what made them.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv

FILE_NAME = "error_rates.csv"
SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("scenario", "quantity", "statement", "level", "item", "measure", "window")]
    + [("size", pa.float64())]
    + [(name, pa.float64()) for name in ("simulated", "simulated_low", "simulated_high", "wanted_low", "wanted_high")]
    + [("judgement", pa.string())]
    + [(name, pa.int64()) for name in ("runs", "trials", "simulated_responses", "seed")]
    + [("simulated_code", pa.string()), ("simulated_on", pa.date32())]
)


def write_rates(rates: pa.Table, path: Path) -> None:
    """Keep results as CSV, in one step: a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.fresh")
    pacsv.write_csv(rates, fresh, pacsv.WriteOptions(quoting_style="needed"))
    fresh.replace(path)


def read_rates(path: Path) -> pa.Table:
    """Results kept by :func:`write_rates`.

    Raises:
        ValueError: The file is not one of results; it says which columns are wrong.
    """
    options = pacsv.ConvertOptions(column_types=SCHEMA, strings_can_be_null=False)
    rates = pacsv.read_csv(path, convert_options=options)
    if set(rates.column_names) != set(SCHEMA.names):
        wrong = sorted(set(rates.column_names) ^ set(SCHEMA.names))
        raise ValueError(f"{path}: not a file of simulated error rates; columns {wrong}. Simulate again.")
    return rates.select(SCHEMA.names)
