"""The entry page: what this is, the whole first, then a list to pick a report from.

Belongs here: the tree of reports and the few numbers beside it. Does not belong here: any figure of an area other than
the whole, so that nobody reads the list as a ranking.
"""

from __future__ import annotations

from dataclasses import dataclass

from reports.inputs import AreaView, ReportData
from reports.ladder import lead
from reports.page import Page, area_path, link, make_page
from reports.sentences.summary import finding
from reports.words import Words, capital

PATH = "index.html"


@dataclass(frozen=True)
class Node:
    """One report and those below it, by name."""

    name: str
    title: str
    href: str
    children: tuple[Node, ...]

    @property
    def branches(self) -> bool:
        """Whether something lies below the children too."""
        return any(child.children for child in self.children)


def index_page(data: ReportData) -> Page:
    """The entry page of a release."""
    survey, top = data.survey, data.top
    words = Words(survey.language)
    tree = _node(top)
    leading = lead(top)
    counts = [
        (level.label_plural, sum(1 for code, _ in data.current_areas if code == level.code))
        for level in survey.levels[1:]
    ]
    facts: list[tuple[str, object]] = []
    if leading.estimate is not None and leading.estimate.shown:
        facts.append((words.text("index.satisfied"), words.figure(leading.estimate)))
        if leading.estimate.n is not None:
            facts.append((words.text("index.answers"), words.figure_n(leading.estimate)))
    facts += [(capital(plural), words.integer(count)) for plural, count in counts]
    return make_page(
        "index.html",
        data,
        path=PATH,
        title=words.text("index.title"),
        subtitle=words.text("index.subtitle", subject=survey.subject),
        tree=tree,
        facts=facts,
        finding=finding(words, leading, top),
        period=words.period(top.period) if top.period is not None else "",
        national=words.text("index.national", name=top.name),
        quality=link(PATH, "quality/index.html"),
        methods=link(PATH, "methods/index.html"),
    )


def _node(area: AreaView) -> Node:
    children = tuple(_node(child) for child in area.children)
    return Node(area.name, area.title, link(PATH, area_path(area.level, area.code)), children)
