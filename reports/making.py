"""Files of a report made beside the server's answers; the store knows how far that has come."""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress

from data.store.errors import StoreError
from data.store.reports import Report, Reports
from reports.fields import FieldsError
from reports.model import Document, dump
from reports.period import PeriodError
from reports.write import FORMATS, write

log = logging.getLogger(__name__)
COMPOSING, KEEPING = "composing", "keeping"
DOCUMENT = "json"  # what is kept of the document besides the files that people get
STEPS = (COMPOSING, *FORMATS, KEEPING)
REFUSALS = (StoreError, PeriodError, FieldsError)


def share(step: str) -> float:
    """Part of the steps that lie behind."""
    return STEPS.index(step) / len(STEPS)


def start(reports: Reports, seen: Report, compose: Callable[[Report], Document]) -> None:
    """Begin to make and keep the files of a draft as it was seen; does nothing while that is
    under way. Raises StoreError.
    """
    if reports.begin(seen.code, COMPOSING):
        threading.Thread(target=make, args=(reports, seen, compose), daemon=True).start()


def make(reports: Reports, seen: Report, compose: Callable[[Report], Document]) -> None:
    """Make and keep the files of a draft, or say in the store why that is not possible.

    The document is kept beside its files, so that it can be shown as it was issued.
    """
    try:
        document, files = compose(seen), {}
        for form in FORMATS:
            reports.come(seen.code, form)
            files[form] = write(document, form)
        reports.come(seen.code, KEEPING)
        reports.issue(seen.code, files | {DOCUMENT: dump(document)}, seen)
    except REFUSALS as error:
        with suppress(StoreError):
            reports.fail(seen.code, error.en, error.vi)
    except Exception:
        log.exception("a report could not be made")
        with suppress(StoreError):
            reports.fail(seen.code)
