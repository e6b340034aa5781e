"""Seconds and memory of this process."""

import resource
import time


def timed(function, *arguments):
    """Result and seconds of a call."""
    begun = time.perf_counter()
    result = function(*arguments)
    return result, time.perf_counter() - begun


def peak_gib() -> float:
    """The most memory this process has used so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
