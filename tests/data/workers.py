"""Workers that stop at a chosen point: ``python -m tests.data.workers RUN_ID --attempt N``.

CENTRE_TEST_STOP says where: ``days`` waits in the middle of the days, going on being asked
whether it is to stop; ``writing`` waits with half of the files written; ``crash`` raises.
"""

import os
import sys
import threading

from data.store import worker
from kpis import output
from simulation import simulate

write_files = output.write_files


def model(scenario, replication, progress):
    """The real model, held up on its third day."""

    def hold(day, days, dossiers, total):
        progress(day, days, dossiers, total)
        if where == "crash" and day == 3:
            raise ZeroDivisionError("a counter without clerks")
        while where == "days" and day == 3:
            threading.Event().wait(0.05)
            progress(day, days, dossiers, total)

    return simulate(scenario, replication, hold)


def half(folder, *arguments):
    """All files but one are written; then it waits for ever."""
    write_files(folder, *arguments)
    (folder / output.KPIS_FILE).unlink()
    threading.Event().wait()


if __name__ == "__main__":
    where = os.environ.get("CENTRE_TEST_STOP", "")
    if where == "writing":
        output.write_files = half
    sys.exit(worker.main(model=model))
