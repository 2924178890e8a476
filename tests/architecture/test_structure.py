"""The shape of the house: arrows, cheap imports, SQL files, and a wheel that holds everything."""

import ast
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("pipelines", "assets", "reports", "expectations")
TOP_LEVEL = {
    "pipelines", "assets", "sql", "expectations", "reports", "notebooks", "tests",
    "dagster.yaml", "pyproject.toml", "README.md", "Makefile", "LICENSE", "CHANGELOG.md",
    "requirements.lock", "requirements-dev.lock",
}  # fmt: skip


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("not a git checkout")
    return listed.stdout.splitlines()


def test_the_top_level_is_the_given_one() -> None:
    found = {name.split("/")[0] for name in tracked() if not name.startswith(".")}
    assert found <= TOP_LEVEL


def test_the_arrows_hold() -> None:
    done = subprocess.run([sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
                          cwd=ROOT, capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_importing_the_code_location_is_free() -> None:
    code = (
        "import sys, pipelines.definitions as d; "
        "print([m for m in ('duckdb', 'great_expectations', 'plotly', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_building_the_definitions_does_not_import_great_expectations() -> None:
    code = (
        "import sys, warnings; warnings.simplefilter('ignore'); from pipelines.definitions import defs; "
        "defs().get_repository_def(); print('great_expectations' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("path", sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "sql").rglob("*.sql")))
def test_a_sql_file_is_one_select_that_starts_with_words(path: str) -> None:
    text = (ROOT / path).read_text("utf-8")
    assert text.lstrip().startswith("--"), f"{path}: say in a comment what one row is"
    assert ";" not in re.sub(r"'[^']*'|--.*", "", text), f"{path}: one SELECT, no semicolon"
    assert "{{" not in text and "{%" not in text, f"{path}: no templating"


def test_every_sql_file_has_a_table_contract_and_the_other_way_round() -> None:
    files = {p.relative_to(ROOT / "sql").with_suffix("").as_posix() for p in (ROOT / "sql").rglob("*.sql")}
    import yaml

    contracts = {
        p.relative_to(ROOT / "expectations/tables").with_suffix("").as_posix(): yaml.safe_load(p.read_text("utf-8"))
        for p in (ROOT / "expectations/tables").rglob("*.yaml")
    }
    assert files == {name for name, c in contracts.items() if c.get("built_by", "sql") == "sql"}


def test_every_module_says_what_belongs_in_it_and_what_does_not() -> None:
    silent = []
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            doc = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
            if path.name != "__init__.py" and not re.search(r"(does|do) not belong", doc, re.IGNORECASE):
                silent.append(path.relative_to(ROOT).as_posix())
    assert not silent


def test_the_wheel_holds_every_data_file(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)],
        capture_output=True, check=True,
    )  # fmt: skip
    wheel = next(tmp_path.glob("*.whl"))
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        name for name in tracked()
        if name.split("/")[0] in {"sql", "expectations", "reports", "assets", "pipelines"}
    } | {"pipelines/dagster.yaml"}  # fmt: skip
    assert wanted <= inside
    assert sum(name.endswith(".sql") for name in inside) == len(list((ROOT / "sql").rglob("*.sql")))
