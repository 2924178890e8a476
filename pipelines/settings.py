"""Where a run happens: home, survey contract and reference day, from the environment or the command line.

Belongs here: reading and setting ``POLITIEMONITOR_*``, making a home, pointing Dagster at it.
Does not belong here: what runs (``jobs``), what a command prints (``cli``).
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import zoneinfo
from dataclasses import dataclass
from pathlib import Path

from assets.privacy.keys import SETTINGS_FILE, home_id
from expectations.load import DEFAULT_SURVEY

HOME = "POLITIEMONITOR_HOME"
SURVEY = "POLITIEMONITOR_SURVEY"
AS_OF = "POLITIEMONITOR_AS_OF"
AMSTERDAM = zoneinfo.ZoneInfo("Europe/Amsterdam")


@dataclass(frozen=True)
class Settings:
    """Settings of one home. ``as_of`` None means today in Amsterdam."""

    home: Path
    survey: Path
    as_of: dt.date | None = None
    synthetic: bool = False

    @property
    def day(self) -> dt.date:
        """The reference day of a run started now."""
        return self.as_of or dt.datetime.now(tz=AMSTERDAM).date()

    def export(self) -> None:
        """Set the environment so that Dagster's code location and this process agree."""
        os.environ[HOME] = str(self.home)
        os.environ[SURVEY] = str(self.survey)
        os.environ["DAGSTER_HOME"] = str(dagster_home(self.home))
        if self.as_of:
            os.environ[AS_OF] = self.as_of.isoformat()
        else:
            os.environ.pop(AS_OF, None)


def from_environment() -> Settings:
    """Settings of the home named in the environment (default ``data``), completed by what that home remembers."""
    home = Path(os.environ.get(HOME, "data")).resolve()
    known = remembered(home)
    survey = os.environ.get(SURVEY) or (known.survey if known else DEFAULT_SURVEY)
    as_of = os.environ.get(AS_OF)
    return Settings(
        home=home,
        survey=Path(survey).resolve(),
        as_of=dt.date.fromisoformat(as_of) if as_of else (known.as_of if known else None),
        synthetic=bool(known and known.synthetic),
    )


def remembered(home: Path) -> Settings | None:
    """What this home was made with, or None for a new one."""
    path = home / SETTINGS_FILE
    if not path.exists():
        return None
    stored = json.loads(path.read_text("utf-8"))
    survey = Path(stored["survey"]) if stored.get("survey") else DEFAULT_SURVEY
    return Settings(
        home=home.resolve(),
        survey=survey,
        as_of=dt.date.fromisoformat(stored["as_of"]) if stored.get("as_of") else None,
        synthetic=bool(stored.get("synthetic")),
    )


def make_home(settings: Settings) -> None:
    """Create the folders of a home and remember the settings in it; its id, once given, stays."""
    for folder in ("inbox", "warehouse", "releases"):
        (settings.home / folder).mkdir(parents=True, exist_ok=True)
    stored = {
        "id": home_id(settings.home),
        "survey": None if settings.survey == DEFAULT_SURVEY else str(settings.survey),
        "as_of": settings.as_of.isoformat() if settings.as_of else None,
        "synthetic": settings.synthetic,
    }
    (settings.home / SETTINGS_FILE).write_text(json.dumps(stored, indent=1) + "\n", "utf-8")
    instance = dagster_home(settings.home)
    instance.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(instance_configuration(), instance / "dagster.yaml")


def dagster_home(home: Path) -> Path:
    """Where Dagster keeps the runs of a home."""
    return home / "dagster"


def instance_configuration() -> Path:
    """``dagster.yaml``: beside the packages in a checkout, inside ``pipelines`` in a wheel."""
    packages = Path(__file__).resolve().parent
    checkout = packages.parent / "dagster.yaml"
    return checkout if checkout.exists() else packages / "dagster.yaml"
