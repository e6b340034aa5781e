"""The files of a report, by format."""

from reports import docx, pdf, xlsx
from reports.model import Document

WRITERS = {"docx": docx.write, "pdf": pdf.write, "xlsx": xlsx.write}
FORMATS = tuple(WRITERS)
MEDIA = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def write(document: Document, form: str) -> bytes:
    """A document as the bytes of a file; ``form`` is one of ``FORMATS``."""
    return WRITERS[form](document)
