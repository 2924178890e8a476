"""Plotly's SVG made repeatable, safe and small.

Belongs here: rewriting one drawn picture so that two builds give the same bytes, nothing in it can run or fetch, and
nothing is left that only a live chart needs. Does not belong here: drawing (``browser``), colours or text (``theme``).
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

SVG = "http://www.w3.org/2000/svg"
ALLOWED = frozenset({"svg", "g", "path", "rect", "circle", "line", "text", "tspan", "defs", "clipPath"})
DROPPED_ATTRIBUTES = frozenset({"class", "pointer-events", "cursor", "unselectable"})
DROPPED_STYLES = {  # what these say is what SVG does without them
    "opacity": {"1"},
    "fill-opacity": {"1"},
    "stroke-opacity": {"1"},
    "vector-effect": {"none"},
    "stroke-miterlimit": {"2"},
    "stroke-width": {"1px"},
    "font-weight": {"normal", "400"},
    "font-style": {"normal"},
    "white-space": {"pre"},
    "cursor": None,
    "pointer-events": None,
    "transition": None,
    "shape-rendering": {"auto"},
}
_RGB = re.compile(r"rgb\((\d+), ?(\d+), ?(\d+)\)")
_NUMBER = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
_REFERENCE = re.compile(r"url\(['\"]?#([^)'\"]+)['\"]?\)")
_GEOMETRY = frozenset(
    {"d", "x", "y", "x1", "x2", "y1", "y2", "r", "width", "height", "transform", "dx", "dy", "points"}
)


class UnsafePictureError(ValueError):
    """A drawn picture holds something that may run, fetch or embed."""


def clean_svg(text: str) -> str:
    """Rewrite one picture.

    Args:
        text: SVG as ``Plotly.toImage`` returned it.

    Returns:
        The same picture with renumbered ids, sorted attributes and without leftovers of the live chart.

    Raises:
        UnsafePictureError: An element outside the short list of shapes and text, an event attribute, or any reference
            that is not to an id inside the picture.
    """
    root = ET.fromstring(text)  # noqa: S314 (drawn by our own browser from our own figures, no entity declarations)
    _check(root)
    _strip(root)
    _prune(root)
    _renumber(root)
    _hoist_font(root)
    for element in root.iter():
        ordered = sorted(element.attrib.items())
        element.attrib.clear()
        element.attrib.update(ordered)
    ET.register_namespace("", SVG)
    return ET.tostring(root, encoding="unicode") + "\n"


def _local(element: ET.Element) -> str:
    return element.tag.removeprefix(f"{{{SVG}}}")


def _check(root: ET.Element) -> None:
    """Refuse everything that is not a shape or a text."""
    for element in root.iter():
        name = _local(element)
        if name not in ALLOWED:
            raise UnsafePictureError(f"element <{name}> is not allowed in a picture")
        for key, value in element.attrib.items():
            lower = value.lower()
            if key.startswith("on") or "href" in key:
                raise UnsafePictureError(f"attribute {key} is not allowed in a picture")
            if "javascript:" in lower or "@import" in lower:
                raise UnsafePictureError(f"attribute {key} holds a script or import")
            if "url(" in lower and len(_REFERENCE.findall(value)) != lower.count("url("):
                raise UnsafePictureError(f"attribute {key} refers outside the picture")


def _style(text: str) -> str:
    """Style declarations without those that change nothing; colours as hexadecimal."""
    kept = []
    for declaration in text.split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if not value:
            continue
        if name in DROPPED_STYLES:
            neutral = DROPPED_STYLES[name]
            if neutral is None or value in neutral:
                continue
        colour = _RGB.fullmatch(value)
        if colour:
            value = "#" + "".join(f"{int(part):02x}" for part in colour.groups())
        kept.append(f"{name}:{value}")
    return ";".join(sorted(kept))


def _round(match: re.Match[str]) -> str:
    rounded = f"{float(match[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if rounded in ("-0", "") else rounded


def _strip(root: ET.Element) -> None:
    """Drop attributes only a live chart needs; keep crisp lines crisp; round coordinates to hundredths."""
    for element in root.iter():
        classes = element.get("class", "").split()
        if "crisp" in classes:
            element.set("shape-rendering", "crispEdges")  # Plotly says this in a style sheet that is not exported
        for key in list(element.attrib):
            value = element.attrib[key]
            if key in DROPPED_ATTRIBUTES or key.startswith("data-") or (key == "transform" and not value):
                del element.attrib[key]
            elif key in _GEOMETRY:
                element.attrib[key] = _NUMBER.sub(_round, value)
        if "style" in element.attrib:
            style = _style(element.attrib.pop("style"))
            if style:
                element.set("style", style)
        if _local(element) in ("text", "tspan") and "  " in (element.text or ""):
            element.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _references(root: ET.Element) -> set[str]:
    """Ids that some element points at."""
    values = (value for element in root.iter() for value in element.attrib.values())
    return {target for value in values for target in _REFERENCE.findall(value)}


def _is_invisible(element: ET.Element) -> bool:
    style = element.get("style", "")
    name = _local(element)
    if name == "rect":
        empty = element.get("width") in (None, "0") or element.get("height") in (None, "0")
        see_through = "fill-opacity:0" in style.split(";") and "stroke:" not in style
        return empty or see_through
    if name == "path":
        return element.get("d") in (None, "", "M0,0")
    return False


def _prune(root: ET.Element) -> None:
    """Remove empty groups, invisible shapes and clip paths nobody uses."""
    used = _references(root)

    def visit(element: ET.Element) -> None:
        for child in list(element):
            name = _local(child)
            if name == "clipPath":
                if child.get("id") not in used:
                    element.remove(child)
                continue  # a clip path's rectangle has no fill and must stay
            visit(child)
            gone = name in ("g", "defs") and len(child) == 0
            if gone or _is_invisible(child) or (name == "text" and not "".join(child.itertext()).strip()):
                element.remove(child)
            elif name == "g" and not child.attrib and len(child) == 1:
                element[list(element).index(child)] = child[0]  # a group that only groups one thing

    visit(root)


def _renumber(root: ET.Element) -> None:
    """Ids in order of appearance: Plotly's are random, so two builds would differ."""
    names: dict[str, str] = {}
    referenced = {
        target for element in root.iter() for v in element.attrib.values() for target in _REFERENCE.findall(v)
    }
    for element in root.iter():
        identifier = element.attrib.pop("id", None)
        if identifier in referenced and identifier is not None:
            names[identifier] = f"c{len(names)}"
            element.set("id", names[identifier])
    for element in root.iter():
        for key, value in element.attrib.items():
            if "url(" in value:
                element.attrib[key] = _REFERENCE.sub(lambda m: f"url(#{names.get(m[1], 'none')})", value)


def _hoist_font(root: ET.Element) -> None:
    """Say the typeface once when all texts share it."""
    texts = [element for element in root.iter() if "font-family:" in element.get("style", "")]
    families = {
        part for element in texts for part in element.get("style", "").split(";") if part[:12] == "font-family:"
    }
    if len(families) != 1:
        return
    family = families.pop()
    for element in texts:
        rest = [part for part in element.get("style", "").split(";") if part != family]
        if rest:
            element.set("style", ";".join(rest))
        else:
            del element.attrib["style"]
    root.set("font-family", family.removeprefix("font-family:"))
