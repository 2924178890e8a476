"""Pages and releases as assets: pages by area, one release of all of them.

Belongs here: which pages a run makes, and the order that brings a release live: pages, tables, checks, manifest,
switch. Does not belong here: what stands on a page or how it is drawn (``reports``), tables (``export``).
"""

import importlib.metadata
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from assets import release
from assets.export import export_held_back, export_tables
from assets.frozen_weights import freeze
from assets.partitions import area_pages, current_areas, page_key
from assets.progress import announce
from assets.report_data import release_id, report_data
from assets.resources import House
from assets.safe_errors import held_back
from expectations.model import Survey
from reports.browser import working_browser
from reports.inputs import ReportData
from reports.page import Page, area_path
from reports.pages import HELD_BACK_FILE, area_page, index_page, methods_page, national_page, quality_page
from reports.render import render
from reports.verify import verify_release

MADE_FOR = "made_for.json"
"""In the page store: which release each page was made for."""
WORKERS = 2


def report_assets(survey: Survey) -> list[dg.AssetsDefinition]:
    """The assets of the group ``reports``."""
    pages = _pages_asset(survey)
    return [pages, _release_asset(survey)]


def _pages_asset(survey: Survey) -> dg.AssetsDefinition:
    upstream = [dg.AssetKey(t.split(".")) for t in survey.tables if t.split(".")[0] == "publication"]

    @dg.asset(
        key=dg.AssetKey(["reports", "pages"]),
        group_name="reports",
        owners=["team:onderzoek"],
        kinds={"plotly", "html"},
        description="One page per area: HTML, pictures and PDF, waiting in the page store for their release.",
        deps=[*upstream, dg.AssetKey(["reference", "areas"]), dg.AssetKey(["reference", "periods"])],
        partitions_def=area_pages(survey),
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    @held_back
    def pages(context: dg.AssetExecutionContext, house: House) -> dg.MaterializeResult[Any]:
        browser = working_browser()
        name = release_id(house, with_browser=browser is not None)
        made = _made_for(house.pages)
        wanted = [a for a in current_areas(house.contract) if page_key(*a) in set(context.partition_keys)]
        stale = [a for a in wanted if made.get(_path(house.contract, *a)) != name]
        if not stale:
            return dg.MaterializeResult(metadata={"release_id": name, "drawn": 0, "unchanged": len(wanted)})
        data = report_data(house, name)
        report = render(
            _area_pages(data, stale),
            house.pages,
            browser,
            workers=WORKERS,
            previous=house.pages,
            progress=lambda done, _known, path: announce(f"page {path}", done, len(stale)),
        )
        made |= {_path(house.contract, *area): name for area in stale}
        (house.pages / MADE_FOR).write_text(json.dumps(made, indent=1, sort_keys=True) + "\n", "utf-8")
        return dg.MaterializeResult(
            metadata={
                "release_id": name,
                "drawn": report.drawn,
                "reused": report.reused,
                "unchanged": len(wanted) - len(stale),
                "pictures": report.pictures,
                "pdfs": report.pdfs,
                "seconds": report.seconds,
            }
        )

    return pages


def _release_asset(survey: Survey) -> dg.AssetsDefinition:
    @dg.asset(
        key=dg.AssetKey(["reports", "release"]),
        group_name="reports",
        owners=["team:onderzoek"],
        kinds={"html", "parquet"},
        description="A whole release: pages, index, quality page, tables and manifest; live when all checks passed.",
        deps=[dg.AssetDep(dg.AssetKey(["reports", "pages"]), partition_mapping=dg.AllPartitionMapping())],
    )
    @held_back
    def make_release(house: House) -> dg.MaterializeResult[Any]:
        browser = working_browser()
        name = release_id(house, with_browser=browser is not None)
        final = house.releases / name
        work = "nothing had changed"
        if not (final.is_dir() and release.verify_release(final).whole):
            work = "made anew"
            _build(house, name, browser)
        elif release.current_release(house.releases) != final.resolve():
            work = "was there already; made current"
            release.switch_current(house.releases, name)
        freeze(house.root, house.warehouse, house.contract)
        manifest = release.read_manifest(final)
        metadata: dict[str, Any] = {
            "release_id": name,
            "work": work,
            "files": len(manifest["files"]),
            "bytes": sum(entry["bytes"] for entry in manifest["files"].values()),
            "index": dg.MetadataValue.path(str(house.releases / release.CURRENT / "index.html")),
        }
        if manifest["notice"]:
            metadata["notice"] = manifest["notice"]
        return dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(name))

    return make_release


def _build(house: House, name: str, browser: Path | None) -> None:
    survey = house.contract
    building = house.releases / f".building-{name}"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    made = _made_for(house.pages)
    paths = [_path(survey, *area) for area in current_areas(survey)]
    late = [path for path in paths if made.get(path) != name]
    if late:
        raise release.ReleaseStoppedError(
            [f"{path} was made for another release: run the job reports" for path in late]
        )
    announce("release: pages")
    data = report_data(house, name)
    for path in paths:
        shutil.copytree((house.pages / path).parent, (building / path).parent)
    report = render([index_page(data), quality_page(data), methods_page(data)], building, browser, workers=0)
    announce("release: tables")
    exported = export_tables(house.warehouse, survey, name, building / "tables")
    export_held_back(house.warehouse, survey, building / HELD_BACK_FILE)
    announce("release: checking every page")
    problems = verify_release(building, data)
    if problems:
        raise release.ReleaseStoppedError(str(problem) for problem in problems)
    release.write_manifest(
        building,
        {
            "release_id": name,
            "survey": {"code": survey.code, "version": survey.version, "fingerprint": survey.fingerprint},
            "code": {"version": importlib.metadata.version("politiemonitor")},
            "libraries": {
                p: importlib.metadata.version(p) for p in ("dagster", "duckdb", "great-expectations", "plotly")
            },
            "inputs": _inputs(house),
            "tables": {e.name: e.rows for e in exported},
            "checks": data.checks.to_dict("records"),
            "synthetic": house.synthetic,
            "notice": report.notice,
        },
    )
    release.publish(building, house.releases, name)


def _inputs(house: House) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = house.warehouse.read(
        "select file_name, sha256, status, rows_read from raw.deliveries order by sequence"
    ).to_pylist()
    return rows


def _area_pages(data: ReportData, areas: list[tuple[str, str]]) -> Iterator[Page]:
    for level, code in areas:
        yield national_page(data) if level == data.survey.top.code else area_page(data, level, code)


def _path(survey: Survey, level: str, code: str) -> str:
    return area_path(next(item for item in survey.levels if item.code == level), code)


def _made_for(store: Path) -> dict[str, str]:
    path = store / MADE_FOR
    return json.loads(path.read_text("utf-8")) if path.exists() else {}
