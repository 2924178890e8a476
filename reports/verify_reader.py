"""What a finished page says, read back from its HTML for the last check.

Belongs here: collecting what is checked, with nothing but the agreed attributes and classes. Does not belong here:
judging it (``verify``), and nothing of what made the page: templates, words and figures are not imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "img", "source", "br", "hr", "input"})


@dataclass
class Seen:
    """What a page says, as far as it is checked."""

    language: str = ""
    policy: str = ""
    level: str = ""
    area: str = ""
    heading: str = ""
    subtitle: str = ""
    live: bool = False
    numbers: list[tuple[str, str, str]] = field(default_factory=list)  # figure id, part, text
    headline: list[str] = field(default_factory=list)  # figure ids inside .number-big
    references: list[str] = field(default_factory=list)
    anchors: list[str] = field(default_factory=list)
    identifiers: set[str] = field(default_factory=set)
    frames: list[str] = field(default_factory=list)  # names of figures
    alts: dict[str, str] = field(default_factory=dict)  # figure -> alternative text
    captions: dict[str, str] = field(default_factory=dict)  # figure -> caption
    tables: dict[str, int] = field(default_factory=dict)  # figure -> body rows in its table
    scripts: list[str] = field(default_factory=list)  # JSON in the page
    inline: list[str] = field(default_factory=list)  # what a strict policy would refuse
    images_without_alt: int = 0
    pictures: int = 0


class Reader(HTMLParser):
    """Fills ``Seen``; knows nothing of the templates but their agreed attributes and classes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen = Seen()
        self._stack: list[tuple[str, Mapping[str, str]]] = []
        self._texts: list[tuple[int, list[str]]] = []  # depth at which a collection started, pieces

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the element says and open it."""
        found = {name: value or "" for name, value in attrs}
        self._look(tag, found)
        if tag not in VOID:
            self._stack.append((tag, found))
            self._texts.append((len(self._stack), []))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element without content says."""
        self._look(tag, {name: value or "" for name, value in attrs})

    def handle_data(self, data: str) -> None:
        """Text belongs to every open element."""
        for _, pieces in self._texts:
            pieces.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Close the element, and those left open inside it."""
        if tag in VOID or not any(name == tag for name, _ in self._stack):
            return
        while self._stack:
            name, attributes = self._stack.pop()
            _, pieces = self._texts.pop()
            self._close(name, attributes, " ".join("".join(pieces).split()))
            if name == tag:
                return

    def _inside(self, css_class: str) -> bool:
        return any(css_class in attributes.get("class", "").split() for _, attributes in self._stack)

    def _look(self, tag: str, found: Mapping[str, str]) -> None:
        seen = self.seen
        if tag == "html":
            seen.language, seen.live = found.get("lang", ""), found.get("data-charts") == "live"
        if tag == "meta" and found.get("http-equiv", "").lower() == "content-security-policy":
            seen.policy = found.get("content", "")
        if tag == "body":
            seen.level, seen.area = found.get("data-level", ""), found.get("data-area", "")
        if "id" in found:
            seen.identifiers.add(found["id"])
        for name in ("src", "href"):
            if name in found:
                (seen.anchors if found[name].startswith("#") else seen.references).append(found[name])
        seen.references += [part.split()[0] for part in found.get("srcset", "").split(",") if part.strip()]
        seen.inline += [f"{tag} {name}" for name in found if name == "style" or name.startswith("on")]
        if "data-figure" in found:
            seen.frames.append(found["data-figure"])
        if tag == "img":
            seen.pictures += 1
            seen.images_without_alt += not found.get("alt", "").strip()
        alt = (
            found.get("alt", "") if tag == "img" else found.get("aria-label", "") if "data-chart-place" in found else ""
        )
        if alt.strip() and seen.frames:
            seen.alts.setdefault(seen.frames[-1], alt)
        if "data-figure-id" in found and self._inside("number-big"):
            seen.headline.append(found["data-figure-id"])

    def _close(self, tag: str, attributes: Mapping[str, str], text: str) -> None:
        seen = self.seen
        if "data-figure-id" in attributes:
            seen.numbers.append((attributes["data-figure-id"], attributes.get("data-part", "estimate"), text))
        if tag == "h1":
            seen.heading = text
        if "subtitle" in attributes.get("class", "").split():
            seen.subtitle = text
        if tag == "figcaption" and seen.frames and text:
            seen.captions.setdefault(seen.frames[-1], text)
        if tag == "tr" and seen.frames and any(name == "details" for name, _ in self._stack):
            seen.tables[seen.frames[-1]] = seen.tables.get(seen.frames[-1], 0) + 1
        if tag == "script":
            if attributes.get("type") == "application/json":
                seen.scripts.append(text)
            elif text:
                seen.inline.append("script")
        if tag == "style" and text:
            seen.inline.append("style element")
