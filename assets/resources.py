"""The one resource of every asset: which home, which survey contract, as of which day.

Belongs here: turning settings into the contract, the warehouse and the folders of a home.
Does not belong here: reading the environment (``pipelines.settings``), SQL, file formats.
"""

import datetime as dt
import functools
from pathlib import Path

import dagster as dg

from assets.privacy.keys import Keys, known_keys, needed_keys
from assets.warehouse import Warehouse
from expectations.load import load_survey
from expectations.model import Survey


@functools.lru_cache(maxsize=8)
def contract_at(root: Path) -> Survey:
    """The survey contract in a folder, read once per process."""
    return load_survey(root)


@functools.lru_cache(maxsize=8)
def warehouse_at(root: Path) -> Warehouse:
    """The warehouse of a home: one object per process, so that a run can keep its connection open."""
    return Warehouse(root, lambda: known_keys(root))


class House(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Home folder, survey contract and reference day.

    Attributes:
        home: folder with ``inbox/``, ``warehouse/`` and ``releases/``.
        survey: folder of the survey contract.
        as_of: ISO date that decides which periods are closed and which dates lie in the future.
        synthetic: whether the deliveries are invented (a banner on every page).
    """

    home: str
    survey: str
    as_of: str
    synthetic: bool = False

    @property
    def root(self) -> Path:
        """The home folder."""
        return Path(self.home)

    @property
    def inbox(self) -> Path:
        """Where deliveries are dropped."""
        return self.root / "inbox"

    @property
    def releases(self) -> Path:
        """Where releases stand, with ``current`` pointing at one."""
        return self.root / "releases"

    @property
    def pages(self) -> Path:
        """Where rendered pages wait for their release."""
        return self.root / "warehouse" / "pages"

    @property
    def raw(self) -> Path:
        """Where deliveries are kept as text."""
        return self.root / "warehouse" / "raw"

    @property
    def contract(self) -> Survey:
        """The survey contract."""
        return contract_at(Path(self.survey))

    @property
    def day(self) -> dt.date:
        """The reference day."""
        return dt.date.fromisoformat(self.as_of)

    @property
    def key_ring(self) -> Keys:
        """The keys of this home, made when it never had any; ``KeyFileError`` where they are lost."""
        return needed_keys(self.root, self.day)

    @property
    def warehouse(self) -> Warehouse:
        """The tables of this home."""
        return warehouse_at(self.root)
