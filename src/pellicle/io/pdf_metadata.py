# SPDX-License-Identifier: Apache-2.0
"""What a PDF says about itself: document information and XMP (ISO 16684-1).

Job: title, identity, dates and standard, in both places and alike.
Not here: the pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from pellicle.io.pdf_file import Name, PdfWriter, Ref, Value

PDF_X = "PDF/X-4"
_PRODUCER = "Pellicle"
_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
"""Date in the files of a scan that has none: PDF/X asks for one, and the time of
writing would make equal inputs give unequal files."""
_STANDARD = "<pdfxid:GTS_PDFXVersion>{}</pdfxid:GTS_PDFXVersion>\n"
_XMP = """\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfxid="http://www.npes.org/pdfx/ns/id/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:identifier>{mask}</dc:identifier>
<pdf:Producer>{producer}</pdf:Producer>
<pdf:Trapped>False</pdf:Trapped>
{standard}<xmp:CreatorTool>{producer}</xmp:CreatorTool>
<xmp:CreateDate>{made}</xmp:CreateDate>
<xmp:ModifyDate>{made}</xmp:ModifyDate>
<xmp:MetadataDate>{made}</xmp:MetadataDate>
<xmpMM:DocumentID>uuid:{uuid}</xmpMM:DocumentID>
<xmpMM:InstanceID>uuid:{uuid}</xmpMM:InstanceID>
<xmpMM:RenditionClass>default</xmpMM:RenditionClass>
<xmpMM:VersionID>1</xmpMM:VersionID>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What a file says about itself.

    Attributes
    ----------
    title, identifier
        Of the document, and of the mask it belongs to.
    made
        Date of the scan; taken as UTC if it names no zone.
    digest
        16 bytes that tell this document from others.
    standard
        The PDF/X version the file keeps to, "" for none.
    """

    title: str
    identifier: str
    made: datetime | None
    digest: bytes
    standard: str = ""


def add_metadata(
    pdf: PdfWriter,
    facts: DocumentFacts,
    pages: Ref,
    catalogue: Mapping[str, Value] | None = None,
) -> None:
    """Write catalogue, metadata and index; the file is complete then.

    Parameters
    ----------
    pages
        The tree of pages.
    catalogue
        Further entries of the catalogue.
    """
    made = facts.made or _UNDATED
    made = made.astimezone(UTC) if made.tzinfo else made
    metadata = pdf.add_stream(
        {"Type": Name("Metadata"), "Subtype": Name("XML")},
        [_xmp(facts, made).encode()],
    )
    root = pdf.add(
        {
            "Type": Name("Catalog"),
            "Pages": pages,
            "Metadata": metadata,
            **(catalogue or {}),
        }
    )
    date = f"D:{made:%Y%m%d%H%M%S}Z"
    document: dict[str, Value] = {
        "Title": facts.title,
        "Creator": _PRODUCER,
        "Producer": _PRODUCER,
        "CreationDate": date,
        "ModDate": date,
        "Trapped": Name("False"),
    }
    if facts.standard:
        document["GTS_PDFXVersion"] = facts.standard
    pdf.finish(root, pdf.add(document), facts.digest)


def _xmp(facts: DocumentFacts, made: datetime) -> str:
    identity = facts.digest.hex()
    starts = (0, 8, 12, 16, 20)
    ends = (*starts[1:], len(identity))
    parts = [identity[a:b] for a, b in zip(starts, ends, strict=True)]
    return _XMP.format(
        title=escape(facts.title),
        mask=escape(facts.identifier),
        producer=_PRODUCER,
        standard=_STANDARD.format(facts.standard) if facts.standard else "",
        made=f"{made:%Y-%m-%dT%H:%M:%SZ}",
        uuid="-".join(parts),
    )
