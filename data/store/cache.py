"""A small cache for what is slow to read and never changes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Cache(Generic[Value]):
    """The values used last, at most ``size``; threads that ask for the same one wait for one
    reading of it. What failed is not kept."""

    def __init__(self, size: int):
        self._size = size
        self._lock = Lock()
        self._values: OrderedDict[Hashable, Future] = OrderedDict()

    def get(self, key: Hashable, read: Callable[[], Value]) -> Value:
        """The value of a key, read if it is not here. Raises what ``read`` raises."""
        with self._lock:
            found = self._values.get(key)
            future = found or Future()
            self._values[key] = future
            self._values.move_to_end(key)
            if len(self._values) > self._size:
                self._values.popitem(last=False)
        if found is None:
            try:
                future.set_result(read())
            except BaseException as error:
                self.forget(key, future)
                future.set_exception(error)
        return future.result()

    def forget(self, key: Hashable, future: Future | None = None) -> None:
        """Drop a value, if it is still this one."""
        with self._lock:
            if future is None or self._values.get(key) is future:
                self._values.pop(key, None)
