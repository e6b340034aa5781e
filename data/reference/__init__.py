"""Reference tables of the Centre: facts, law, targets and assumptions, each with its source."""

from data.reference.loader import Reference, ReferenceError, describe, load

__all__ = ["Reference", "ReferenceError", "describe", "load"]
