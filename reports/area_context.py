"""What the sections of an area page share: the area, its leading figure, its words, its reference.

Belongs here: that context and the section object. Does not belong here: any particular section.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

from expectations.model import ALL, Survey
from reports.figure import Figure
from reports.figures.dot_range import Row
from reports.figures.scales import ValueScale, bounds, row_scale
from reports.inputs import AreaView, Estimate, Period, ReportData
from reports.ladder import Lead, lead
from reports.words import Sentence, Words, capital, lower_first


@dataclass(frozen=True)
class Section:
    """One card of the page: a finding, sentences, perhaps a figure, or numbers, or a table."""

    id: str
    title: Sentence
    sentences: tuple[Sentence, ...] = ()
    figure: Figure | None = None
    facts: tuple[Fact, ...] = ()
    after: tuple[Sentence, ...] = ()
    empty: bool = False  # only says that there is nothing to show: another area's figures may take its place
    mixed: bool = False  # empty because the method changed within the period


@dataclass(frozen=True)
class Fact:
    """A number with what it counts."""

    label: str
    value: object  # Number or text
    note: str = ""


@dataclass(frozen=True)
class AreaContext:
    """An area page in the making."""

    view: AreaView
    words: Words
    borrowed_by: AreaView | None = None  # the area whose page shows these figures instead of its own
    lead: Lead = field(init=False)

    def __post_init__(self) -> None:
        """The leading figure is decided once for the whole page."""
        object.__setattr__(self, "lead", lead(self.view))

    @property
    def data(self) -> ReportData:
        """The release."""
        return self.view.data

    @property
    def survey(self) -> Survey:
        """The contract."""
        return self.view.data.survey

    @property
    def own(self) -> str:
        """*Uw team*, with a capital; the name of the area where its figures stand in for those of another."""
        return capital(self.view.level.own) if self.borrowed_by is None else self.view.title

    def title(self, finding: Sentence) -> Sentence:
        """The finding as a title: borrowed figures say whose they are."""
        if self.borrowed_by is None:
            return finding
        named = self.words.sentence("ladder.title", area=self.view.title, title=lower_first(finding.text))
        return replace(named, rule=finding.rule)

    @property
    def peers_name(self) -> str:
        """*vergelijkbare basisteams*."""
        return self.words.text("labels.peers", plural=self.view.level.label_plural)

    @property
    def top_name(self) -> str:
        """*Nederland*."""
        return self.data.top.title

    def why(self, estimate: Estimate | None) -> str:
        """Why there is no figure, in words; never how many answers there were."""
        if estimate is None or estimate.status not in {"hidden", "too_few", "no_data"}:
            return self.words.text("status.no_data")
        if estimate.mixed:
            return self.words.text("breaks.status")
        if estimate.status == "too_few" and estimate.reason == "interval_too_wide":
            return self.words.text("status.too_wide")
        return self.words.text(f"status.{estimate.status}")

    def row(
        self,
        label: str,
        item: str,
        measure: str,
        period: Period | None,
        *,
        group: str = ALL,
        channel: str = ALL,
        with_peers: bool = False,
    ) -> Row:
        """A row of a figure: the own figure, and comparable areas or the whole as its reference."""
        own = self.view.estimate(item, measure, period, group=group, channel=channel)
        why = "" if own is not None and own.shown else self.why(own)
        if with_peers:
            peers = self.view.peers(item, measure)
            return Row(label, own, None if peers is None else peers.mean, "", why)
        if self.view.code == self.data.top.code and self.view.level.code == self.survey.top.code:
            return Row(label, own, None, "", why)
        top = self.data.top.estimate(item, measure, period, group=group, channel=channel)
        if top is None or not top.shown:
            return Row(label, own, None, "", why)
        return Row(label, own, top.value, top.figure_id, why)

    def limits(self, item: str, measure: str) -> tuple[float, float]:
        """Ends of the answer scale."""
        return bounds(self.survey, item, measure)

    @cached_property
    def share_scale(self) -> ValueScale:
        """One scale of percentages for all rows of dots on the page, from everything they may show."""
        values: list[float] = []
        for estimate in self._row_estimates():
            if estimate is not None and estimate.shown and estimate.is_share:
                values += [value for value in (estimate.value, estimate.low) if value is not None]
        return row_scale(values, (0.0, 1.0), "positive")

    def _row_estimates(self) -> list[Estimate | None]:
        survey, view, headline = self.survey, self.view, self.survey.headline_item
        found = [view.estimate(item.id, "positive") for item in survey.items if item.part_of_service]
        found += [view.estimate(item.id, "positive") for item in survey.derived_items if item.of == headline]
        period = view.breakdown_period
        channels = [c.code for c in survey.channels] + [c.code for c in survey.channel_classes]
        found += [view.estimate(headline, "positive", period, channel=code) for code in channels]
        groups = [group.code for group in survey.target_groups]
        return [*found, *(view.estimate(headline, "positive", period, group=code) for code in groups)]

    def scale_for(self, rows: list[Row], item: str, measure: str) -> ValueScale:
        """The page's scale for percentages; for means one that shows all rows."""
        if measure != "mean":
            return self.share_scale
        values = [v for r in rows if r.own is not None and r.shown for v in (r.own.value, r.own.low) if v is not None]
        values += [row.reference for row in rows if row.reference is not None]
        return row_scale(values, self.limits(item, measure), measure)
