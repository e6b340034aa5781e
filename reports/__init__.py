"""The report to the People's Council: one document as data, and three files made of it.

``compose`` makes a document of a run's cube; ``docx``, ``pdf`` and ``xlsx`` write it. The same
document makes the same bytes: no clock is read, dates are typed.
"""

from reports.compose import compose
from reports.fields import Fields, FieldsError
from reports.model import Document, Number
from reports.period import PeriodError, read_period
from reports.write import FORMATS, write

__all__ = [
    "FORMATS",
    "Document",
    "Fields",
    "FieldsError",
    "Number",
    "PeriodError",
    "compose",
    "read_period",
    "write",
]
