"""PDFs: no dates, no counters of the browser, and a title and language that readers announce."""

import io

import pikepdf

from reports.pdf import clean_pdf, describe_pdf


def printed(first_node: int, date: str) -> bytes:
    """A page as Chromium prints it: dated, with structure elements named after its own node count."""
    document = pikepdf.new()
    document.add_blank_page()
    names = [pikepdf.String(f"node{first_node + step:08d}") for step in range(3)]
    document.Root.StructTreeRoot = pikepdf.Dictionary(Type=pikepdf.Name.StructTreeRoot, K=pikepdf.Array(names))
    document.Root.MarkInfo = pikepdf.Dictionary(Marked=True)
    document.docinfo["/CreationDate"] = date
    document.docinfo["/Creator"] = f"HeadlessChrome {date}"
    target = io.BytesIO()
    document.save(target, compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return target.getvalue()


def test_two_prints_of_one_page_are_the_same_file() -> None:
    first = clean_pdf(printed(15, "D:20260101"), title="Basisteam Sneek", language="nl")
    second = clean_pdf(printed(4711, "D:20260202"), title="Basisteam Sneek", language="nl")
    assert first == second


def test_it_says_what_it_is_and_when_nothing() -> None:
    content = clean_pdf(printed(15, "D:20260101"), title="Basisteam Sneek", language="nl")
    facts = describe_pdf(content)
    assert facts["title"] == "Basisteam Sneek"
    assert facts["language"] == "nl"
    assert facts["tagged"] is True
    with pikepdf.open(io.BytesIO(content)) as document:
        assert document.Root.ViewerPreferences.DisplayDocTitle
        assert not [key for key in document.docinfo if "Date" in key or key == "/Creator"]
        assert b"pdfuaid" not in document.Root.Metadata.read_bytes(), "conformance is not claimed unless checked"


def test_structure_names_stay_sorted_and_lead_to_their_elements() -> None:
    def named(first: str, second: str) -> bytes:
        """A tagged page whose two elements got their names in either order."""
        document = pikepdf.new()
        document.add_blank_page()
        elements = [
            document.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.StructElem, S=pikepdf.Name.P, ID=name))
            for name in (first, second)
        ]
        names = sorted([(first, elements[0]), (second, elements[1])], key=lambda pair: pair[0])
        tree = pikepdf.Dictionary(
            Names=pikepdf.Array([part for pair in names for part in pair]),
            Limits=pikepdf.Array([names[0][0], names[1][0]]),
        )
        root = pikepdf.Dictionary(Type=pikepdf.Name.StructTreeRoot, K=pikepdf.Array(elements), IDTree=tree)
        document.Root.StructTreeRoot = document.make_indirect(root)
        target = io.BytesIO()
        document.save(target, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False)
        return target.getvalue()

    cleaned = clean_pdf(named("node00000900", "node00000123"), title="t", language="nl")
    with pikepdf.open(io.BytesIO(cleaned)) as document:
        tree = document.Root.StructTreeRoot.IDTree
        found = [(str(tree.Names[at]), str(tree.Names[at + 1].ID)) for at in (0, 2)]
        assert found == [("node00000001", "node00000001"), ("node00000002", "node00000002")]
        assert [str(limit) for limit in tree.Limits] == ["node00000001", "node00000002"]
