"""The numbers behind the synthetic police, typed.

Belongs here: the shape of ``parameters.yaml`` and ``comments.yaml`` and how a code without a number gets one.
Does not belong here: drawing anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Dates = NDArray[np.datetime64]

FOLDER = Path(__file__).parent


class _Numbers(BaseModel):
    """Immutable, and a misspelt name is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Spread(_Numbers):
    """How much leaf areas truly differ."""

    total: float
    parents: dict[str, float]
    item: float
    channel_mix: float


class Drift(_Numbers):
    """A slow dip of everything and its recovery."""

    points: float
    at_month: float
    width: float


class Change(_Numbers):
    """A planted real change."""

    code: str
    from_month: int
    points: float


class FieldworkChange(_Numbers):
    """A planted change of the method: other ways of inviting, and later after the contact."""

    from_month: int | None
    invitation_mode: dict[str, float]
    later: int


class Changes(_Numbers):
    """The two planted real changes, and a change of the method where one is asked for."""

    area: Change
    channel: Change
    fieldwork: FieldworkChange


class Pool(_Numbers):
    """Persons to draw from, relative to the number of contacts."""

    pool: float


class Volume(_Numbers):
    """Month to month variation of the number of contacts."""

    noise: float


class Response(_Numbers):
    """Who answers, and when."""

    rate: float
    excluded: float
    invited_too_soon: int
    no_consent: float
    late: float
    age: dict[str, float]
    group: dict[str, float]
    channel: dict[str, float]
    default: float


class ByCode(_Numbers):
    """A number per code with a default."""

    by_code: dict[str, float] = {}
    by_class: dict[str, float] = {}
    default: float


class Channels(_Numbers):
    """Satisfied percentage and share of the contacts per channel."""

    satisfied: ByCode
    share: ByCode


class Groups(_Numbers):
    """Target groups: shares, effect, preference for channels."""

    share: dict[str, float]
    default_share: float
    out_of_scope_share: float
    points: dict[str, float]
    by_channel: dict[str, dict[str, float]]


class Age(_Numbers):
    """Effect of age."""

    points: dict[str, float]


class Organisations(_Numbers):
    """Which organisation answers a contact."""

    by_class: dict[str, dict[str, float]]
    by_channel: dict[str, dict[str, float]]


class Improvement(_Numbers):
    """More people hear something back, linearly until the last month."""

    from_month: int
    logit: float


class Feedback(_Numbers):
    """Hearing anything back: how many, and what it does."""

    heard: dict[str, float]
    not_heard: dict[str, float]
    points: dict[str, float]
    heard_share: ByCode
    area_spread: float
    improvement: Improvement


class ItemNumbers(_Numbers):
    """One ordinal item: share positive, loading on the judgement, n.v.t. and effect of having heard back."""

    share: float
    loading: float
    not_applicable: float
    feedback: float


class Items(_Numbers):
    """Ordinal items."""

    default: ItemNumbers
    by_id: dict[str, ItemNumbers]
    nonresponse: tuple[float, float]


class Mark(_Numbers):
    """The mark: loading and the share of every point, from low to high."""

    loading: float
    shares: tuple[float, ...]


class Nominal(_Numbers):
    """One nominal item."""

    share: dict[str, float]
    tilt: dict[str, float]


class Conduct(_Numbers):
    """How people go through a questionnaire: seconds, and the few who do so in a strange way."""

    seconds: float
    spread: float
    speeders: float
    straight_liners: float
    copied_comments: int


class Comments(_Numbers):
    """How many open questions are filled in, and with what share of dangerous content."""

    filled: float
    personal: float
    hostile: float


class Faults(_Numbers):
    """Planted faults: a share of a file's rows, or a whole number over all files."""

    contacts: dict[str, float]
    responses: dict[str, float]
    redelivery_corrected: float
    redelivery_lacking: float


class Dialect(_Numbers):
    """How one delivery differs from the usual CSV file."""

    format: str = "csv"
    delimiter: str = ";"
    encoding: str = "utf-8"
    newline: str = "lf"
    date: int = 0  # position in the date formats of the source


class Deliveries(_Numbers):
    """Which deliveries look different."""

    area_as_code: float
    declared_spelling: float
    redelivery: int
    contacts: dict[int, Dialect]
    responses: dict[int, Dialect]


class Parameters(_Numbers):
    """Everything in ``parameters.yaml``."""

    spread: Spread
    drift: Drift
    clip: tuple[float, float]
    person_share: float
    contacts_per_person: Pool
    volume: Volume
    changes: Changes
    response: Response
    channels: Channels
    groups: Groups
    age: Age
    code_shares: dict[str, dict[str, float]]
    organisations: Organisations
    feedback: Feedback
    items: Items
    mark: Mark
    nominal: dict[str, Nominal]
    multiple: dict[str, dict[str, float]]
    open: dict[str, str]
    conduct: Conduct
    comments: Comments
    faults: Faults
    deliveries: Deliveries


class Sentences(_Numbers):
    """Sentences in one language."""

    nothing: tuple[str, ...]
    positive: tuple[str, ...]
    negative: tuple[str, ...]
    improve: tuple[str, ...]
    closing: tuple[str, ...]
    detail: tuple[str, ...]
    personal: dict[str, tuple[str, ...]]


class CommentTexts(_Numbers):
    """Everything in ``comments.yaml``."""

    nl: Sentences
    en: Sentences
    hostile: tuple[str, ...]
    hostile_unicode: tuple[str, ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    streets: tuple[str, ...]
    towns: tuple[str, ...]
    unknown_areas: tuple[str, ...]
    unknown_channels: tuple[str, ...]

    def in_language(self, language: str) -> Sentences:
        """The sentences in the language of the survey."""
        return self.en if language == "en" else self.nl


@cache
def load_parameters() -> Parameters:
    """The parameters that come with the package."""
    return Parameters.model_validate(yaml.safe_load((FOLDER / "parameters.yaml").read_text("utf-8")))


@cache
def load_comments() -> CommentTexts:
    """The sentences that come with the package."""
    return CommentTexts.model_validate(yaml.safe_load((FOLDER / "comments.yaml").read_text("utf-8")))


def numbers(codes: Sequence[str], known: Mapping[str, float], default: float) -> Floats:
    """A number per code, in the order of the codes; the default where there is none."""
    return np.array([known.get(code, default) for code in codes], dtype=np.float64)


def shares(codes: Sequence[str], known: Mapping[str, float]) -> Floats:
    """A probability per code that adds up to 1; a code without a share gets the mean of the known ones."""
    usable = [known[code] for code in codes if code in known]
    weight = numbers(codes, known, float(np.mean(usable)) if usable else 1.0)
    part: Floats = weight / weight.sum()
    return part
