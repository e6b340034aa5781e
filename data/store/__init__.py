"""Scenarios, runs and their results: rows in a database, files beside it."""

from data.store.database import Store, open_store
from data.store.errors import StoreError, UnknownRunError
from data.store.runs import Progress, Run, Runs

__all__ = ["Progress", "Run", "Runs", "Store", "StoreError", "UnknownRunError", "open_store"]
