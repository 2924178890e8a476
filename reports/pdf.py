"""A printed page made repeatable and properly described.

Belongs here: what a PDF says about itself (title, language, producer) and taking out what differs between two builds.
Does not belong here: printing (``browser``) and the page itself. The PDF is tagged and has an outline; conformance with
PDF/UA is not claimed, because nothing here checks it.
"""

from __future__ import annotations

import io
import re
from typing import Any

import pikepdf

PRODUCER = "politiemonitor"
_NODE = re.compile(rb"\(node(\d{8})\)")
_ELEMENT = re.compile(rb"/ID\s*\(node(\d{8})\)")


def clean_pdf(content: bytes, *, title: str, language: str, subject: str = "") -> bytes:
    """Rewrite a PDF without dates and browser versions, with a fixed identifier, title and language.

    Args:
        content: The PDF as printed.
        title: Title shown in the window bar of a PDF reader.
        language: Language of the text, e.g. ``nl``.
        subject: Subject for the document properties.

    Returns:
        The same pages; equal input gives equal bytes.
    """
    with pikepdf.open(io.BytesIO(_renumber(content))) as document:
        root = document.Root
        _sort_names(document)
        document.trailer.Info = document.make_indirect(
            pikepdf.Dictionary(
                Title=pikepdf.String(title),
                Subject=pikepdf.String(subject),
                Producer=pikepdf.String(PRODUCER),
            )
        )
        with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            for key in list(metadata):
                del metadata[key]
            metadata["dc:title"] = title
            metadata["dc:language"] = {language}
            metadata["pdf:Producer"] = PRODUCER
        root.Lang = pikepdf.String(language)
        root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        if "/ID" in document.trailer:
            del document.trailer.ID
        target = io.BytesIO()
        document.save(
            target,
            deterministic_id=True,  # the identifier follows from the content
            compress_streams=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return target.getvalue()


def _renumber(content: bytes) -> bytes:
    """Number the structure elements from 1, in the order of the document.

    Chromium names them after its own count of nodes, which goes on from the page printed before and follows the moment
    a node was first asked for. The names keep their length, so the file's offsets stay right; its tree of names has to
    be sorted anew (``_sort_names``).
    """
    named = dict.fromkeys([*_ELEMENT.findall(content), *_NODE.findall(content)])
    order = {old: number for number, old in enumerate(named, start=1)}
    return _NODE.sub(lambda match: b"(node%08d)" % order[match[1]], content)


def _sort_names(document: pikepdf.Pdf) -> None:
    """Put the tree of structure names in order again: a reader looks names up by halving."""
    tree = document.Root.get("/StructTreeRoot", pikepdf.Dictionary()).get("/IDTree")
    if tree is None:
        return
    leaves = _leaves(tree)
    pairs = sorted(
        ((bytes(leaf.Names[at]), leaf.Names[at + 1]) for leaf in leaves for at in range(0, len(leaf.Names), 2)),
        key=lambda pair: pair[0],
    )
    for leaf in leaves:
        mine, pairs = pairs[: len(leaf.Names) // 2], pairs[len(leaf.Names) // 2 :]
        leaf.Names = pikepdf.Array([part for name, element in mine for part in (pikepdf.String(name), element)])
    _limit(tree)


def _leaves(node: Any) -> list[Any]:
    return [leaf for kid in node.Kids for leaf in _leaves(kid)] if "/Kids" in node else [node]


def _limit(node: Any) -> tuple[bytes, bytes]:
    """Set the first and last name of a node from what is below it."""
    if "/Kids" in node:
        limits = [_limit(kid) for kid in node.Kids]
        first, last = limits[0][0], limits[-1][1]
    else:
        first, last = bytes(node.Names[0]), bytes(node.Names[-2])
    if "/Limits" in node:
        node.Limits = pikepdf.Array([pikepdf.String(first), pikepdf.String(last)])
    return first, last


def describe_pdf(content: bytes) -> dict[str, Any]:
    """What tests and the release check want to know of a PDF: pages, tagged, language, title, outline, links."""
    with pikepdf.open(io.BytesIO(content)) as document:
        root = document.Root
        marks = root.get("/MarkInfo")
        notes = [note for page in document.pages for note in page.get("/Annots", [])]
        actions: list[Any] = [note.get("/A", {}) for note in notes]
        return {
            "links": [str(action["/URI"]) for action in actions if "/URI" in action],
            "pages": len(document.pages),
            "tagged": bool(marks is not None and marks.get("/Marked", False)) and "/StructTreeRoot" in root,
            "language": str(root.get("/Lang", "")),
            "title": str(document.docinfo.get("/Title", "")),
            "outline": "/Outlines" in root,
        }
