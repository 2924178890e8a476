"""Look-ups for the page of the whole: channels, groups and areas, now and a year earlier.

Belongs here: finding the figures and verdicts that several sections of the page share, and titles that follow from
verdicts alone. Does not belong here: the order of sections (``national_page``), words (``texts``) and drawing
(``figures``).
"""

from __future__ import annotations

from collections.abc import Sequence

from expectations.model import ALL
from reports.figures.national_map import Tile
from reports.inputs import AreaView, Estimate, MethodBreak, Period, ReportData
from reports.method_breaks import year_before
from reports.sentences.national import Verdict, apart, leading_measure, leaves, verdict
from reports.words import Sentence, Words, capital, lower_first

MOST_NAMED = 3
"""A title or card names so many at most."""


class NationalContext:
    """The whole, its parts, and how they did a year earlier; one object so that look-ups are made once."""

    def __init__(self, data: ReportData) -> None:
        self.data = data
        self.survey = data.survey
        self.words = Words(data.survey.language)
        self.top = data.top
        self.item = self.survey.headline_item
        self.measure = leading_measure(self.survey, self.item)
        self.children = self.top.children if len(self.top.children) > 1 else ()
        self.leaves = leaves(data)
        leaf, below = self.survey.leaf, self.survey.levels[min(1, len(self.survey.levels) - 1)]
        self.names = {
            "leaf": leaf.label,
            "leaves": leaf.label_plural,
            "area": below.label,
            "areas": below.label_plural,
            "whole": self.top.name,
        }
        self.whole = self.top.estimate(self.item, self.measure)

    def year_earlier_period(self, period: Period | None, item: str = "") -> Period | None:
        """The period a year before, unless the question (default: the headline) was measured in another way since."""
        if period is None:
            return None
        start = year_before(period.start)
        if self.data.method_breaks.between(item or self.item, start, period.end):
            return None
        found = self.data.closed_periods.get(period.window, ())
        return next((candidate for candidate in found if candidate.start == start), None)

    @property
    def breaks(self) -> tuple[MethodBreak, ...]:
        """Changes of the headline since the first closed quarter."""
        quarters = self.data.closed_periods.get("quarter", ())
        return self.data.method_breaks.between(self.item, quarters[0].start, quarters[-1].end) if quarters else ()

    def channel_list(self) -> list[tuple[str, str]]:
        """Code and label of the channels this level publishes."""
        if self.top.level.channels == "channel":
            return [(channel.code, channel.label) for channel in self.survey.channels]
        return [(cls.code, cls.label) for cls in self.survey.channel_classes]

    def group_list(self) -> list[tuple[str, str]]:
        """Code and label of the groups in scope."""
        return [(group.code, capital(group.label_plural)) for group in self.survey.target_groups if group.in_scope]

    def breakdown(self, kind: str) -> list[tuple[str, Estimate | None, Estimate | None, Verdict]]:
        """Label, now, a year earlier and verdict of every channel or group."""
        period = self.top.breakdown_period
        earlier = self.year_earlier_period(period)
        rows = []
        for code, label in self.channel_list() if kind == "channel" else self.group_list():
            where = {"channel" if kind == "channel" else "group": code}
            now = self.top.estimate(self.item, self.measure, period, **where) if period else None
            before = self.top.estimate(self.item, self.measure, earlier, **where) if earlier else None
            comparison = self.top.comparison(self.item, self.measure, "year_earlier", period, **where)
            rows.append((label, now, before, verdict(comparison)))
        return rows

    def breakdown_title(self, kind: str, rows: Sequence[tuple[str, Verdict]]) -> str:
        """A change is named only when its rule passed; otherwise the title says that, or names the subject."""
        words = self.words
        better = [label for label, found in rows if found == "better"]
        worse = [label for label, found in rows if found == "worse"]
        key = f"national.{kind}."
        if better and worse:
            values = {"better": self._named(kind, better, rows), "worse": self._named(kind, worse, rows)}
            return capital(words.text(key + "both", **values))
        if better or worse:
            labels = self._named(kind, better or worse, rows)
            return capital(words.text(key + ("better" if better else "worse"), labels=labels))
        known = any(found in ("same", "maybe_better", "maybe_worse") for _, found in rows)
        return words.text(key + ("same" if known else "plain"), **self.names)

    def _named(self, kind: str, labels: list[str], rows: Sequence[tuple[str, Verdict]]) -> str:
        """A few by name, more by their number; names of areas keep their capital."""
        if len(labels) > MOST_NAMED:
            return self.words.text(f"national.{kind}.count", count=len(labels), total=len(rows), **self.names)
        return self.words.listing(labels if kind == "course" else [_in_sentence(label) for label in labels])

    def quarters(self, area: AreaView, channel: str = ALL) -> tuple[Estimate | None, ...]:
        """The headline per closed quarter, oldest first."""
        periods = self.data.closed_periods.get("quarter", ())
        return tuple(area.estimate(self.item, self.measure, period, channel=channel) for period in periods)

    def range_sentence(self, kind: str) -> Sentence | None:
        """Lowest and highest, only when their ranges lie apart."""
        labelled = {now.figure_id: (label, now) for label, now, _, _ in self.breakdown(kind) if now is not None}
        ends = apart(now for _, now in labelled.values())
        if ends is None:
            return None
        low, high = (labelled[end.figure_id] for end in ends)
        return self.words.sentence(
            f"national.{kind}.range",
            low_label=_in_sentence(low[0]),
            low=self.words.figure(low[1]),
            high_label=_in_sentence(high[0]),
            high=self.words.figure(high[1]),
        )

    def tiles(self) -> list[Tile]:
        """The areas directly below, with their verdict against the whole."""
        tiles = []
        for area in self.children:
            now = area.estimate(self.item, self.measure)
            if now is not None:
                comparison = area.comparison(self.item, self.measure, "nation")
                tiles.append(Tile(area.code, area.name, now, verdict(comparison)))
        return tiles


def _in_sentence(label: str) -> str:
    """A label in the middle of a sentence; names keep their capital, so only words of one piece are lowered."""
    return label if " " in label or "-" in label else lower_first(label)
