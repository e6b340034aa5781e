"""Measurements in processes of their own, so that none inherits another's memory or warmth."""

import json
import subprocess
import sys


def task(name: str, *arguments: str) -> dict:
    """What a task of ``bench.tasks`` measured."""
    command = [sys.executable, "-m", "bench.tasks", name, *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def say(text: str) -> None:
    """Tell whoever waits what is being measured."""
    print(text, file=sys.stderr)
