"""Files of a report made beside the server's answers, with how far that has come."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from reports.model import Document
from reports.write import FORMATS, write

COMPOSING, KEEPING = "composing", "keeping"
STEPS = (COMPOSING, *FORMATS, KEEPING)


@dataclass(frozen=True)
class Making:
    """How far the files of a report have come: the step, or how it ended."""

    step: str
    done: bool = False
    problem: Exception | None = None

    @property
    def share(self) -> float:
        """Part of the steps that lie behind."""
        return 1.0 if self.done else STEPS.index(self.step) / len(STEPS)


class Makers:
    """Makes the files of reports, each report once at a time."""

    def __init__(self):
        self._lock = threading.Lock()
        self._made: dict[str, Making] = {}

    def start(
        self, code: str, compose: Callable[[], Document], keep: Callable[[dict[str, bytes]], object]
    ) -> None:
        """Begin; does nothing while the files of this report are being made."""
        with self._lock:
            at = self._made.get(code)
            if at and not at.done:
                return
            self._made[code] = Making(COMPOSING)
        threading.Thread(target=self._work, args=(code, compose, keep), daemon=True).start()

    def at(self, code: str) -> Making | None:
        """How far it has come, None if it was never begun here."""
        return self._made.get(code)

    def _work(self, code: str, compose, keep) -> None:
        try:
            document, files = compose(), {}
            for form in FORMATS:
                self._made[code] = Making(form)
                files[form] = write(document, form)
            self._made[code] = Making(KEEPING)
            keep(files)
            self._made[code] = Making(KEEPING, done=True)
        except Exception as error:  # told to the person who asked
            self._made[code] = Making(KEEPING, done=True, problem=error)
