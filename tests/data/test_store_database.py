"""The database of the store: migrations, settings, and what is said when it cannot be used."""

import sqlite3
import threading
from contextlib import closing

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from data.store import StoreError, database, open_store
from data.store.database import DATABASE_URL, VAR, Store, database_url
from data.store.models import Base, KpiRow

TABLES = {"reports", "saved_scenarios", "scenarios", "runs", "kpi_values", "alembic_version"}


def tables(store):
    return set(sa.inspect(store.engine).get_table_names())


def test_an_empty_database_is_migrated_and_again_without_change(store):
    assert tables(store) == TABLES
    store.migrate()
    assert tables(store) == TABLES


def test_migrations_go_down_to_nothing_and_up_again(store):
    store.migrate("base")
    assert tables(store) == {"alembic_version"}
    store.migrate()
    assert tables(store) == TABLES


def test_migrations_and_models_describe_the_same_tables(store):
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_migration_that_fails_leaves_the_form_before(tmp_path, database, monkeypatch):
    from data.store import database as module

    migrate = module._migrate

    def fail(*arguments):
        migrate(*arguments)
        raise RuntimeError

    monkeypatch.setattr(module, "_migrate", fail)
    tmp_path.joinpath("var").mkdir()
    store = Store(tmp_path / "var", database_url(database, tmp_path / "var"))
    with pytest.raises(RuntimeError):
        store.migrate()
    assert tables(store) == set()
    store.close()


def test_servers_that_migrate_at_the_same_time_do_not_disturb_each_other(tmp_path, database):
    start, faults = threading.Barrier(8), []

    def server():
        start.wait()
        try:
            open_store(tmp_path / "var", database, environment={}).close()
        except Exception as error:
            faults.append(error)

    servers = [threading.Thread(target=server) for _ in range(8)]
    for thread in servers:
        thread.start()
    for thread in servers:
        thread.join()
    assert faults == []


def test_a_database_of_a_newer_version_is_refused(store):
    with store.write() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = 'later'"))
    with pytest.raises(StoreError, match="another version of this program") as refused:
        store.migrate()
    assert "phiên bản khác" in refused.value.vi


def test_foreign_keys_are_checked(store):
    with pytest.raises(sa.exc.IntegrityError), store.write() as session:
        session.add(KpiRow(run_id="nobody", period="all", kpi="wait_mean"))


def test_sqlite_lets_others_read_while_one_writes(sqlite_store):
    with sqlite_store.write() as writer, sqlite_store.read() as reader:
        writer.execute(sa.text("UPDATE runs SET day = 1"))
        assert reader.scalar(sa.text("SELECT count(*) FROM runs")) == 0
        assert reader.scalar(sa.text("PRAGMA journal_mode")) == "wal"


def test_settings_come_from_the_environment(tmp_path):
    environment = {VAR: str(tmp_path / "a"), DATABASE_URL: f"sqlite:///{tmp_path}/b.sqlite"}
    store = open_store(environment=environment)
    assert store.environment == environment
    assert (tmp_path / "b.sqlite").is_file()
    store.close()


def test_without_settings_everything_lies_in_var(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    open_store(environment={}).close()
    assert (tmp_path / "var" / "centre.sqlite").is_file()


@pytest.mark.parametrize(
    "url", ["mysql://u:secret@host/x", "nonsense", "postgresql://u:secret@host", "sqlite://"]
)
def test_other_databases_are_refused_with_what_is_allowed(tmp_path, url):
    with pytest.raises(StoreError, match=r"postgresql://USER:PASSWORD@HOST/DATABASE") as refused:
        open_store(tmp_path, url)
    assert "secret" not in refused.value.en + refused.value.vi


def test_a_database_in_memory_is_refused_because_workers_cannot_see_it(tmp_path):
    with pytest.raises(StoreError, match="in memory"):
        open_store(tmp_path, "sqlite:///:memory:")


def test_a_server_that_does_not_answer_is_named_without_its_password(tmp_path):
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:1/x cannot be used") as refused:
        open_store(tmp_path, "postgresql://someone:secret@127.0.0.1:1/x")
    assert "secret" not in refused.value.en + refused.value.vi


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "centre.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match="damaged or not a database; move it away"):
        open_store(tmp_path, environment={})


def test_a_database_that_another_program_holds_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.05)
    with closing(sqlite3.connect(tmp_path / "centre.sqlite")) as other:
        other.execute("CREATE TABLE t (x)")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="held by another program"):
            open_store(tmp_path, environment={})


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="a part of its path is a file") as refused:
        open_store(tmp_path / "file" / "var", environment={})
    assert str(tmp_path / "file" / "var") in refused.value.vi
