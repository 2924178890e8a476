"""The page of the whole: the top level of the organisation, for whoever answers for all of it.

Belongs here: which sections the page has, in which order, and what goes into them. Does not belong here: which words a
result allows (``sentences``), drawing (``figures``), how it looks (``templates/national.html``).
Every section with nothing to show is left out: another survey may have two levels, one quarter and no feedback item.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from expectations.model import Item
from reports.figure import Figure
from reports.figures.national_funnel import national_funnel
from reports.figures.national_map import national_map
from reports.figures.national_multiples import Panel, Whole, national_multiples
from reports.figures.national_rows import Row, national_rows
from reports.figures.national_spread import national_strip
from reports.figures.national_trend import national_trend
from reports.inputs import AreaView, Estimate, ReportData
from reports.ladder import lead
from reports.method_breaks import dates
from reports.national_context import MOST_NAMED, NationalContext
from reports.page import Page, area_path, link, make_page
from reports.sentences.basis import on_basis, title_on_basis
from reports.sentences.national import (
    SIGNS,
    Change,
    Leaves,
    Verdict,
    changes,
    feedback_pairs,
    leading_measure,
    referrals,
    rungs,
    verdict,
)
from reports.sentences.summary import finding, is_break, key_label, key_notes, mixed, year_meaning
from reports.words import DASH, MINUS, Number, Sentence, capital


@dataclass(frozen=True)
class HeatCell:
    """One cell of the marked table."""

    number: Number | str
    verdict: Verdict

    @property
    def sign(self) -> str:
        """Shape beside the number, so that colour is never alone."""
        return SIGNS.get(self.verdict, "")


@dataclass(frozen=True)
class Shares:
    """The answers to one nominal question."""

    heading: str
    base: str
    rows: tuple[tuple[str, Number], ...]


def national_page(data: ReportData) -> Page:
    """The page of the top level."""
    return _Builder(data).page()


def _size(change: Change) -> float:
    """How large a change is, in the unit of its figure."""
    difference = change.comparison.difference if change.comparison is not None else None
    return abs(difference or 0.0)


class _Builder(NationalContext):
    """Collects the sections."""

    def page(self) -> Page:
        """The page with all its sections."""
        words, top = self.words, self.top
        figures = {
            "trend": self._trend(),
            "channels": self._channels(),
            "groups": self._groups(),
            "heard": self._heard(),
            "course": self._course(),
            "map": self._map(),
            "spread": self._spread(),
            "funnel": self._funnel(),
        }
        path = area_path(top.level, top.code)
        return make_page(
            "national.html",
            self.data,
            path=path,
            title=words.text("national.title", name=top.title),
            subtitle=self._subtitle(),
            figures=tuple(figure for figure in figures.values() if figure is not None),
            print_pdf=True,
            **{f"{name}_figure": figure for name, figure in figures.items()},
            names=self.names,
            leaves_exist=self.survey.leaf.code != self.survey.top.code,
            area_code=top.code,
            area_level=top.level.code,
            links={"index": link(path, "index.html"), "quality": link(path, "quality/index.html")},
            **self._summary(),
            change_rows=self._change_rows(),
            channels_intro=self.range_sentence("channel"),
            groups_intro=self.range_sentence("group"),
            **self._feedback(),
            heat=self._heat(),
            funnel_intro=self._funnel_intro(),
            rungs=self._rungs(),
            relevant_sizes=self._relevant_sizes(),
            response=self._response(),
        )

    def _relevant_sizes(self) -> str:
        """From which difference something is called higher or lower, per level."""
        sizes = [
            (self.top.name if level.single else level.label_plural, self.survey.relevant_difference(level.code))
            for level in self.survey.levels
        ]
        return ", ".join(f"{name} {self.words.hundred(size)}" for name, size in sizes)

    def _subtitle(self) -> str:
        period = self.top.period
        if period is None:
            return self.words.text("page.subtitle_without_period")
        return self.words.text("page.subtitle", period=self.words.period(period))

    # In short -----------------------------------------------------------------------------------------------

    def _summary(self) -> dict[str, Any]:
        words, top = self.words, self.top
        leading = lead(top)
        comparison = top.comparison(leading.item, leading.measure, "year_earlier") if leading.item else None
        found = changes(top)
        mark = top.estimate(self.survey.mark_item, "mean") if self.survey.mark_item else None
        sentence = None
        if mark is not None and mark.shown and leading.measure != "mean":
            sentence = words.sentence("national.summary.mark", mark=words.figure(mark))
        year_key = comparison.outcome if comparison is not None else "not_compared"
        key = f"national.summary.year_{year_key}"
        if (comparison is not None and is_break(comparison)) or mixed(top, self.item):
            key = "breaks.year"
        return {
            "finding": finding(words, leading, top),
            "finding_year": on_basis(
                words, words.sentence(key if words.has(key) else "national.summary.year_not_compared"), comparison
            ),
            "key": words.figure(leading.estimate) if leading.estimate is not None else None,
            "key_label": key_label(words, leading, self.survey) if leading.estimate is not None else "",
            "key_notes": [*key_notes(words, leading, top), *([sentence] if sentence else [])],
            "better": self._change_card(found, "better"),
            "worse": self._change_card(found, "worse"),
            "difference": self._difference_card(),
        }

    def _change_card(self, found: tuple[Change, ...], wanted: Verdict) -> list[Sentence]:
        words = self.words
        if not any(change.verdict != "unknown" for change in found):
            broken = any(change.comparison is not None and is_break(change.comparison) for change in found)
            return [words.sentence("breaks.year" if broken else "national.summary.no_year")]
        # The headline stands in the finding; of the parts the largest changes come first.
        parts = [change for change in found if change.item.id != self.survey.headline_item]
        chosen = sorted((c for c in parts if c.verdict == wanted), key=_size, reverse=True)
        if not chosen:
            return [words.sentence(f"national.summary.none_{wanted}")]
        shown = chosen if len(chosen) <= MOST_NAMED + 1 else chosen[:MOST_NAMED]  # "and one other" is no shorter
        more = len(chosen) - len(shown)
        return [
            on_basis(
                words,
                words.sentence(
                    f"national.summary.change_{wanted}",
                    label=change.item.label,
                    now=words.figure(change.now),
                    difference=self._points(change, change.comparison.difference if change.comparison else None),
                ),
                change.comparison,
            )
            for change in shown
        ] + ([words.sentence("national.summary.more", count=words.integer(more))] if more > 0 else [])

    def _difference_card(self) -> list[Sentence]:
        words, found = self.words, self.leaves
        if not found.compared:
            return [words.sentence("national.summary.leaves_unknown", **self.names)]
        values: dict[str, object] = {**self.names, "count": found.deviating, "total": found.total}
        key = "none" if found.deviating == 0 else "one" if found.deviating == 1 else "some"
        return [words.sentence(f"national.summary.leaves_{key}", **values)]

    # A year's change ----------------------------------------------------------------------------------------

    def _points(self, change: Change, difference: float | None) -> str:
        """A difference with sign: points of a percentage, or of the mark."""
        if difference is None:
            return DASH
        size = difference if change.now.measure == "mean" else difference * 100
        text = self.words.decimal(abs(size))
        if text.strip("0,.") == "":
            return text
        return f"+{text}" if size > 0 else f"{MINUS}{text}"

    def _change_rows(self) -> list[dict[str, Any]]:
        words, rows = self.words, []
        for change in changes(self.top):
            comparison = change.comparison
            if comparison is None or comparison.reference is None or change.verdict == "unknown":
                continue
            earlier = Number(words.value(comparison.reference, change.now.measure), comparison.reference_figure_id)
            rows.append(
                {
                    "label": change.item.label,
                    "now": words.figure(change.now),
                    "earlier": earlier,
                    "difference": self._points(change, comparison.change),
                    "sign": SIGNS.get(change.verdict, ""),
                    "verdict": change.verdict,
                    "words": words.text(f"national.verdict.{change.verdict}"),
                    "meaning": year_meaning(words, comparison),
                }
            )
        return rows

    def _funnel_intro(self) -> str:
        intro = self.words.text("national.funnel.intro", **self.names)
        if not self.leaves.adjusted:
            return intro
        return f"{intro} {self.words.text('national.funnel.adjusted', **self.names)}"

    # Figures ------------------------------------------------------------------------------------------------

    def _trend(self) -> Figure | None:
        comparison = self.top.comparison(self.item, self.measure, "year_earlier")
        outcome = comparison.outcome if comparison is not None else "not_compared"
        title = title_on_basis(self.words, self.words.text(f"national.trend.title_{outcome}"), comparison)
        if self.breaks and (comparison is None or is_break(comparison)):
            title = self.words.text("breaks.trend_title", day=self.words.date(self.breaks[-1].date))
        return national_trend(self.top, self.item, self.measure, title, self.words)

    def _channels(self) -> Figure | None:
        rows = self.breakdown("channel")
        if sum(now is not None and now.shown for _, now, _, _ in rows) < 2:
            return None
        title = self.breakdown_title("channel", [(label, found) for label, _, _, found in rows])
        if "quarter" in self.top.level.breakdown_windows:
            panels = [
                Panel(label, self.quarters(self.top, channel=code), found)
                for (code, label), (_, _, _, found) in zip(self.channel_list(), rows, strict=True)
            ]
            figure = national_multiples("channels", title, panels, self._whole(), dates(self.breaks), self.words)
            if figure is not None:
                return figure
        return national_rows("channels", title, [Row(*row[:3]) for row in rows], self.words)

    def _groups(self) -> Figure | None:
        rows = self.breakdown("group")
        if sum(now is not None and now.shown for _, now, _, _ in rows) < 2:
            return None
        title = self.breakdown_title("group", [(label, found) for label, _, _, found in rows])
        return national_rows("groups", title, [Row(*row[:3]) for row in rows], self.words)

    def _heard(self) -> Figure | None:
        if self.survey.feedback_item is None:
            return None
        item = self.survey.item(self.survey.feedback_item)
        rows = [Row(label, now, before) for label, now, before in self._options(item)]
        return national_rows("heard", self.words.text("national.heard.title"), rows, self.words)

    def _options(self, item: Item) -> list[tuple[str, Estimate | None, Estimate | None]]:
        earlier = self.year_earlier_period(self.top.period, item.id)
        rows = []
        for point in self.survey.scale_of(item).points:
            measure = f"share.{point.code}"
            before = self.top.estimate(item.id, measure, earlier) if earlier else None
            rows.append((point.label, self.top.estimate(item.id, measure), before))
        return rows

    def _feedback(self) -> dict[str, Any]:
        words = self.words
        facts = []
        for derived in feedback_pairs(self.survey):
            estimate = self.top.estimate(derived.id, leading_measure(self.survey, derived.of))
            if estimate is not None and estimate.shown:
                facts.append((derived.label, words.figure(estimate)))
        doors = []
        for first, second in referrals(self.survey):
            for item in (first, second):
                shares = self._shares(item)
                if shares is not None:
                    doors.append(shares)
        return {"feedback_facts": facts, "doors": doors}

    def _shares(self, item: Item) -> Shares | None:
        rows = [(label, now) for label, now, _ in self._options(item) if now is not None and now.shown]
        if not rows:
            return None
        count = rows[0][1].n
        base = self.words.text("national.door.base", n=self.words.integer(count)) if count is not None else ""
        return Shares(item.wording, base, tuple((label, self.words.figure(now)) for label, now in rows))

    def _heat(self) -> dict[str, Any] | None:
        """Areas below the top against the whole, per part; coloured only where the comparison says so."""
        items = [item for item in self.survey.items if item.part_of_service]
        if not self.children or not items:
            return None

        def cell(area: AreaView, item: Item) -> HeatCell:
            measure = leading_measure(self.survey, item.id)
            now = area.estimate(item.id, measure)
            if now is None or not now.shown:
                return HeatCell(DASH, "unknown")
            number = self.words.figure(now) if measure == "mean" else self.words.figure_hundred(now)
            found: Verdict = "unknown"
            if area is not self.top:
                comparison = area.comparison(item.id, measure, "nation")
                found = verdict(comparison, higher_is_better=item.polarity != "negative")
            return HeatCell(number, found)

        rows = [(area.name, [cell(area, item) for item in items]) for area in self.children]
        if all(found.number == DASH for _, cells in rows for found in cells):
            return None
        marked = sum(bool(found.sign) for _, cells in rows for found in cells)
        known = any(found.verdict != "unknown" for _, cells in rows for found in cells)
        key = "title" if marked else "title_none" if known else "title_plain"
        return {
            "title": capital(self.words.text(f"national.heat.{key}", **self.names)),
            "parts": [item.label for item in items],
            "whole": [cell(self.top, item) for item in items],
            "rows": rows,
        }

    def _whole(self) -> Whole:
        return Whole(self.top.name, self.quarters(self.top))

    def _course(self) -> Figure | None:
        panels = []
        for area in self.children:
            comparison = area.comparison(self.item, self.measure, "year_earlier")
            panels.append(Panel(area.name, self.quarters(area), verdict(comparison)))
        title = self.breakdown_title("course", [(panel.label, panel.verdict) for panel in panels])
        return national_multiples("course", title, panels, self._whole(), dates(self.breaks), self.words)

    def _map(self) -> Figure | None:
        tiles = self.tiles()
        if not tiles or len(tiles) != len(self.children):
            return None
        better = [tile.label for tile in tiles if tile.verdict == "better"]
        worse = [tile.label for tile in tiles if tile.verdict == "worse"]
        words = self.words
        values = {"better": words.listing(better), "worse": words.listing(worse), **self.names}
        known = any(tile.verdict != "unknown" for tile in tiles)
        none = "none" if known else "plain"
        key = "both" if better and worse else "better" if better else "worse" if worse else none
        title = capital(words.text(f"national.map.{key}", **values))
        return national_map(title, tiles, self.top.name, words)

    def _spread(self) -> Figure | None:
        if len(self.survey.levels) < 3 or self.whole is None:
            return None
        title = capital(self.words.text("national.spread.title", **self.names))
        return national_strip(title, self.tiles(), self.leaves, self.whole, names=self.names, words=self.words)

    def _funnel(self) -> Figure | None:
        if self.whole is None:
            return None
        return national_funnel(
            self._funnel_title(self.leaves), self.leaves, self.whole, names=self.names, words=self.words
        )

    def _funnel_title(self, found: Leaves) -> str:
        better, worse = found.verdicts["better"], found.verdicts["worse"]
        key = "unknown" if not found.compared else "none" if not better + worse else "some"
        return self.words.text(f"national.funnel.title_{key}", better=better, worse=worse, **self.names)

    # Quality ------------------------------------------------------------------------------------------------

    def _rungs(self) -> list[tuple[str, int]]:
        if self.survey.leaf.code == self.survey.top.code:
            return []
        return [
            (self.words.text(f"national.rungs.{name}", **self.names), count)
            for name, count in rungs(self.data).items()
            if count
        ]

    def _response(self) -> list[tuple[str, str]]:
        rows = self.top.responses("all")
        if not rows:
            return []
        row, words = rows[0], self.words
        counts = {"contacts": row.contacts, "invited": row.invited, "responses": row.responses}
        found = [(words.text(f"national.response.{k}"), words.integer(v)) for k, v in counts.items() if v is not None]
        if row.response_rate is not None:
            found.append((words.text("national.response.rate"), words.percent(row.response_rate)))
        return found
