"""Answers that are asked for again: a finished run never changes, and viewers look at the same
slices of it.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary


class Kept:
    """The last answers about each cube, ``most`` of them; they go when the cube goes.

    What is kept is shared by all viewers: nobody may change it.
    """

    def __init__(self, most: int):
        self.most = most
        self._answers: WeakKeyDictionary = WeakKeyDictionary()
        self._lock = Lock()

    def get(self, cube: Any, key: Hashable, make: Callable[[], Any]) -> Any:
        """The answer of a key, made if it is not there."""
        with self._lock:
            answers = self._answers.setdefault(cube, OrderedDict())
            if key in answers:
                answers.move_to_end(key)
                return answers[key]
        made = make()
        with self._lock:
            answers[key] = made
            while len(answers) > self.most:
                answers.popitem(last=False)
        return made
