"""The published tables as the one object reports are made from.

Belongs here: which rows reports need, the name of the release, and whether the deliveries were invented.
Does not belong here: pages (``reports``), the folder of a release (``release``).
"""

import datetime as dt
import importlib.metadata

import pandas as pd

from assets.checks import recorded_checks, recorded_expectations
from assets.code_version import code_version
from assets.release import release_name
from assets.resources import House
from expectations.model import Survey
from reports.inputs import ReportData

FRAMES = {
    "comparisons": "publication.comparisons",
    "peers": "publication.peers",
    "response": "publication.response",
    "deliveries": "publication.deliveries",
    "quality": "publication.quality",
    "coverage": "publication.coverage",
    "marks": "publication.delivery_marks",
    "profile": "publication.delivery_profile",
    "fieldwork": "publication.fieldwork",
    "breaks": "publication.breaks",
    "error_rates": "publication.error_rates",
    "rungs": "publication.rungs",
    "weighting": "publication.weighting",
    "areas": "reference.areas",
    "periods": "reference.periods",
}
ESTIMATES = "publication.estimates"
VERDICTS = "publication.verdicts"
EXPORTED_LAYERS = ("publication", "reference")


def report_data(house: House, release_id: str) -> ReportData:
    """Read what the reports need from ``publication`` and ``reference``.

    Of the estimates only totals and the breakdowns of the newest two years' worth of headline windows are read: that is
    what pages show. The tables of the release hold all of them.
    """
    survey, warehouse = house.contract, house.warehouse
    frames = {name: warehouse.read(f"select * from {table}").to_pandas() for name, table in FRAMES.items()}
    estimates = warehouse.read(
        f"""
        select * from {ESTIMATES}
        where "window" <> 'month'
          and ((channel = 'all' and target_group = 'all')
               or period_end >= (select max(period_end) - interval 3 year from {ESTIMATES} where status <> 'no_data')
              and item in ({_listed(_breakdown_items(survey))}))
        order by level, area_code, item, measure, "window", period_start, target_group, channel
        """
    ).to_pandas()
    checks = pd.DataFrame(
        recorded_checks(warehouse),
        columns=["table_name", "check", "passed", "severity", "evaluated", "failed_expectations", "reasons"],
    )
    expectations = pd.DataFrame(
        recorded_expectations(warehouse),
        columns=["table_name", "severity", "type", "columns", "reason", "passed", "evaluated", "unexpected"],
    )
    return ReportData(
        survey=survey,
        release_id=release_id,
        synthetic=house.synthetic,
        estimates=estimates,
        checks=checks,
        expectations=expectations,
        verdicts=warehouse.read(_sentences(survey)).to_pandas(),
        **frames,
    )


def _sentences(survey: Survey) -> str:
    """For how many areas of the lowest level each sentence about the headline may be written."""
    leaf, scale = survey.leaf, survey.scale_of(survey.item(survey.headline_item))
    measure = "positive" if scale.positive else "mean"
    return f"""
        select rule_id, count(*) as figures, count(*) filter (where allowed) as allowed
        from {VERDICTS}
        where level = '{leaf.code}' and item = '{survey.headline_item}' and measure = '{measure}'
          and channel = 'all' and target_group = 'all'
          and ("window" = '{leaf.headline_window}' or rule_id like 'trend.%')
        group by rule_id
        order by rule_id
        """


def _breakdown_items(survey: Survey) -> list[str]:
    """Items whose channels and groups stand on a page: the headline, and the mark that speaks where it can't."""
    return [survey.headline_item, *([survey.mark_item] if survey.mark_item else [])]


def _listed(values: list[str]) -> str:
    return ", ".join("'" + v.replace("'", "''") + "'" for v in values)


def release_id(house: House, *, with_browser: bool) -> str:
    """Name of the release these tables make: the same tables, contract and code give the same name."""
    survey, warehouse = house.contract, house.warehouse
    contents = [
        f"{name}={warehouse.content_hash(name)}"
        for name in sorted(survey.tables)
        if name.split(".")[0] in EXPORTED_LAYERS
    ]
    version = code_version(
        survey.fingerprint,
        importlib.metadata.version("plotly"),
        with_browser,
        house.synthetic,
        *contents,
        modules=("reports", "assets.export", "assets.reports", "assets.report_data"),
    )
    return release_name(period_label(house), version)


def period_label(house: House) -> str:
    """The newest closed period of the top level, e.g. ``2026K3``; ``geen-periode`` before the first has closed."""
    windows = house.contract.top.windows
    window = "quarter" if "quarter" in windows else windows[-1]
    rows = house.warehouse.read(
        f"select max(period_end) as last_day from reference.periods where closed and \"window\" = '{window}'"
    ).to_pylist()
    last = rows[0]["last_day"] if rows else None
    if not isinstance(last, dt.date):
        return "geen-periode"
    return f"{last.year}K{(last.month + 2) // 3}" if window == "quarter" else f"{last:%Y-%m}"
