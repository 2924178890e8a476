"""The small area's ladder: which figure may speak for an area, so that no page is blank.

Rungs: the percentage of the headline period; the mean mark (it needs fewer answers); the figure of the area above,
labelled as such. Belongs here: choosing figures, by status only. Does not belong here: texts (``sentences``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from expectations.model import Survey
from reports.inputs import AreaView, Estimate, Period

Rung = Literal["share", "mean", "above", "none"]


@dataclass(frozen=True)
class Lead:
    """The figure that leads a page, and the area it belongs to."""

    rung: Rung
    area: AreaView
    item: str = ""
    measure: str = ""
    estimate: Estimate | None = None

    @property
    def own(self) -> bool:
        """Whether the figure is the area's own."""
        return self.rung in {"share", "mean"}


def mean_item(survey: Survey) -> str:
    """The item whose mean speaks when a percentage cannot."""
    return survey.mark_item or survey.headline_item


def measures(survey: Survey) -> tuple[tuple[Rung, str, str], ...]:
    """The rungs an area can stand on by itself, best first."""
    headline = survey.item(survey.headline_item)
    share: tuple[tuple[Rung, str, str], ...] = ()
    if survey.scale_of(headline).positive:
        share = (("share", headline.id, "positive"),)
    return (*share, ("mean", mean_item(survey), "mean"))


def lead(view: AreaView, period: Period | None = None) -> Lead:
    """The best rung this area stands on in its headline period."""
    for area in (view, *view.ancestors):
        for rung, item, measure in measures(view.data.survey):
            estimate = area.estimate(item, measure, period or view.period)
            if estimate is not None and estimate.shown:
                return Lead(rung if area is view else "above", area, item, measure, estimate)
    return Lead("none", view)


def own_status(view: AreaView) -> str:
    """Why the area's own percentage is not there: ``hidden``, ``too_few`` or ``no_data``."""
    _, item, measure = measures(view.data.survey)[0]
    estimate = view.estimate(item, measure)
    return estimate.status if estimate is not None else "no_data"
