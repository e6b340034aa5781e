"""How long tests wait for what must come: machines differ, and what never comes fails anyway."""

import time

PATIENCE_S = 300
PATIENCE_MS = 1_000 * PATIENCE_S


def wait_for(what) -> None:
    """Asks until the answer is yes; fails when patience ends."""
    until = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < until, "nothing happened"
        time.sleep(0.05)
