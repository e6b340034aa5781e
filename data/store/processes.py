"""Which process is which: a process id alone may soon be another's."""

import os
import socket
import subprocess
from pathlib import Path


def host() -> str:
    """This machine, or this container: where a process id means something."""
    try:
        space = f"/{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        space = ""
    return socket.gethostname() + space


def identity(pid: int | None) -> str | None:
    """When a process of this host began, exactly enough to tell it from a later one with the same
    id. None if there is none (or only its remains), '' if this system cannot say."""
    if not pid or pid < 0:
        return None
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return None if Path("/proc/self/stat").exists() else _asked(pid)
    state, *fields = stat.rpartition(")")[2].split()
    return None if state in "ZX" else f"{boot}:{fields[18]}"


def lives(on: str, pid: int | None, began: str) -> bool | None:
    """Whether a process is still that which ``identity`` described; None if it cannot be told from
    here."""
    found = identity(pid) if on == host() else ""
    return None if found == "" else found == began


def _asked(pid: int) -> str | None:
    """The same of ``ps``, for systems without /proc."""
    try:
        answer = subprocess.run(
            ["ps", "-o", "stat=,lstart=", "-p", str(pid)],
            capture_output=True,
            text=True,
            env={**os.environ, "LC_ALL": "C"},
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    state, _, began = answer.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else began.strip()
