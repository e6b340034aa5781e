"""Stores for the tests: SQLite always, PostgreSQL where a server answers on this machine."""

import secrets
from functools import cache

import psycopg
import pytest

from data.store import open_store
from simulation import load_scenario, simulate

POSTGRES = "127.0.0.1:5432"
LOGINS = (("postgres", "postgres"), ("root", "root"), ("root", "test"))
SMALL = ("horizon.end=2024-10-08", "demand.level=0.002")


@cache
def postgres() -> str:
    """URL of a database in which others may be made, '' where no server answers."""
    for user, database in LOGINS:
        url = f"postgresql://{user}@{POSTGRES}/{database}"
        try:
            psycopg.connect(url, connect_timeout=3).close()
        except psycopg.OperationalError:
            continue
        return url
    return ""


@pytest.fixture
def postgres_url():
    """URL of an empty PostgreSQL database, thrown away afterwards."""
    if not postgres():
        pytest.skip(f"NOT RUN ON POSTGRESQL: no server answers at {POSTGRES}")
    name = f"centre_test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres(), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    yield f"{postgres().rpartition('/')[0]}/{name}"
    with psycopg.connect(postgres(), autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request):
    """URL of an empty database of each kind ('' is the SQLite file of the store's own folder)."""
    return "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def store(tmp_path, database):
    """An empty store on each kind of database."""
    opened = open_store(tmp_path / "var", database, environment={})
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(tmp_path):
    """An empty store on SQLite."""
    opened = open_store(tmp_path / "var", environment={})
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def small():
    """A scenario of one week and some hundred dossiers."""
    return load_scenario("plan-30-branches", SMALL)


@pytest.fixture(scope="session")
def small_result(small):
    """The records of the small scenario."""
    return simulate(small)
