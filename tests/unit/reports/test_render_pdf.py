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
