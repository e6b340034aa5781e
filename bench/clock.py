"""What a call takes of this machine."""

import resource
import time


def timed(function, *arguments):
    """Result of a call and its seconds on a core, which neighbours disturb less than the clock."""
    begun = time.process_time()
    result = function(*arguments)
    return result, time.process_time() - begun


def waited(function, *arguments):
    """Result of a call and the seconds until it was there."""
    begun = time.perf_counter()
    result = function(*arguments)
    return result, time.perf_counter() - begun


def peak_gib() -> float:
    """The most memory this process has used so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
