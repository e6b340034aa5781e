"""Files of a report made beside the server's answers; the store knows how far that has come."""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress

from data.store.errors import StoreError
from data.store.reports import Reports
from reports.fields import FieldsError
from reports.model import Document
from reports.period import PeriodError
from reports.write import FORMATS, write

log = logging.getLogger(__name__)
COMPOSING, KEEPING = "composing", "keeping"
STEPS = (COMPOSING, *FORMATS, KEEPING)
REFUSALS = (StoreError, PeriodError, FieldsError)


def share(step: str) -> float:
    """Part of the steps that lie behind."""
    return STEPS.index(step) / len(STEPS)


def start(reports: Reports, code: str, compose: Callable[[], Document]) -> None:
    """Begin to make and keep the files of a draft; does nothing while that is under way.

    Raises StoreError.
    """
    if reports.begin(code, COMPOSING):
        threading.Thread(target=make, args=(reports, code, compose), daemon=True).start()


def make(reports: Reports, code: str, compose: Callable[[], Document]) -> None:
    """Make and keep the files of a draft, or say in the store why that is not possible."""
    try:
        document, files = compose(), {}
        for form in FORMATS:
            reports.come(code, form)
            files[form] = write(document, form)
        reports.come(code, KEEPING)
        reports.issue(code, files)
    except REFUSALS as error:
        with suppress(StoreError):
            reports.fail(code, error.en, error.vi)
    except Exception:
        log.exception("a report could not be made")
        with suppress(StoreError):
            reports.fail(code)
