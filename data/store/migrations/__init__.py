"""The steps by which the database takes its form, run by ``data.store.database``.

A change of ``models.py`` needs a file in ``versions`` with the next number, written by hand; a
test compares what the steps make with the models.
"""
