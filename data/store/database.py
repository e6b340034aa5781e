"""The database: SQLite in the var folder by default, PostgreSQL by URL; migrated when opened."""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import exc
from sqlalchemy.orm import Session

from data.store import files
from data.store.errors import StoreError

VAR, DATABASE_URL = "CENTRE_VAR", "CENTRE_DATABASE_URL"
SQLITE_FILE = "centre.sqlite"
MIGRATIONS = "data.store:migrations"
BUSY_TIMEOUT_S = 30
MIGRATION_LOCK = 0x48414E4F49  # any number, as long as every server uses the same
DRIVERS = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


class Store:
    """A database and the var folder beside it.

    ``read()`` and ``write()`` give a session inside one transaction, committed when the block
    ends well; a writer waits for the writer before it. Both raise StoreError.
    """

    def __init__(self, var: Path, url: sa.URL):
        self.var = var
        self.url = url
        self.engine = _engine(url)
        self._writer = self.engine.execution_options(centre_begin="BEGIN IMMEDIATE")

    def __repr__(self) -> str:
        return f"Store({str(self.var)!r}, {self.name!r})"

    @property
    def name(self) -> str:
        """The database as it may be shown to people: without password."""
        return self.url.database or "" if self.is_sqlite else self.url.render_as_string()

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a SQLite file."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def environment(self) -> dict[str, str]:
        """Settings that make another process open this store."""
        return {VAR: str(self.var), DATABASE_URL: self.url.render_as_string(hide_password=False)}

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that reads."""
        with self._explained(), self._session(self.engine) as session, session.begin():
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that writes."""
        with self._explained(), self._session(self._writer) as session, session.begin():
            yield session

    @staticmethod
    def _session(engine: sa.Engine) -> Session:
        return Session(engine, expire_on_commit=False)

    def migrate(self, revision: str = "head") -> None:
        """Bring the database to its newest form, or the given one (``base`` empties it).

        Several servers may do so at once: one works, the others wait and find it done. A step
        that fails leaves the form before. Raises StoreError.
        """
        with self._explained():
            if revision == "head" and self._revision() == _scripts().get_current_head():
                return
            with self._writer.begin() as connection:
                if not self.is_sqlite:
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
                _migrate(connection, revision)

    def _revision(self) -> str | None:
        with self.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except exc.IntegrityError:
            raise
        except exc.DBAPIError as error:
            raise self._sentence(error) from error
        except sqlite3.Error as error:
            raise self._sentence(error) from error

    def _sentence(self, error: Exception) -> StoreError:
        reason = " ".join(str(getattr(error, "orig", None) or error).split())
        if not self.is_sqlite:
            return StoreError(
                f"The database {self.name} cannot be used ({reason}); see that the server runs "
                f"and {DATABASE_URL} is right.",
                f"Không dùng được cơ sở dữ liệu {self.name} ({reason}); hãy kiểm tra máy chủ "
                f"và biến {DATABASE_URL}.",
            )
        if "locked" in reason or "busy" in reason:
            return StoreError(
                f"The database {self.name} is held by another program; close it and try again.",
                f"Cơ sở dữ liệu {self.name} đang bị chương trình khác giữ; hãy đóng chương trình "
                "đó rồi thử lại.",
            )
        if "full" in reason:
            return StoreError(
                f"The disk of the database {self.name} is full; free some space.",
                f"Ổ đĩa chứa cơ sở dữ liệu {self.name} đã đầy; hãy giải phóng dung lượng.",
            )
        if "not a database" in reason or "malformed" in reason:
            return StoreError(
                f"{self.name} is damaged or not a database; move it away and start again.",
                f"{self.name} bị hỏng hoặc không phải là cơ sở dữ liệu; hãy chuyển tệp đi nơi "
                "khác rồi khởi động lại.",
            )
        return StoreError(
            f"The database {self.name} cannot be used ({reason}); see that its folder may be "
            "written.",
            f"Không dùng được cơ sở dữ liệu {self.name} ({reason}); hãy kiểm tra quyền ghi vào "
            "thư mục chứa tệp.",
        )


def open_store(
    var: Path | str | None = None,
    url: str | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Store:
    """The store, ready for use: folder made, database migrated.

    ``var`` and ``url`` default to CENTRE_VAR (else ``var`` in the current folder) and
    CENTRE_DATABASE_URL (else a SQLite file in var). Raises StoreError.
    """
    folder = files.prepare(Path(var or environment.get(VAR) or "var"))
    store = Store(folder, database_url(url or environment.get(DATABASE_URL) or "", folder))
    try:
        store.migrate()
    except BaseException:
        store.close()
        raise
    return store


def database_url(text: str, var: Path) -> sa.URL:
    """The checked URL of the database; relative SQLite files become absolute."""
    if not text:
        return sa.URL.create("sqlite", database=str(var / SQLITE_FILE))
    try:
        url = sa.make_url(text)
    except (exc.ArgumentError, ValueError):
        url = None
    if url is None or url.drivername not in DRIVERS or not url.database:
        raise StoreError(
            f"{DATABASE_URL} is not understood; write sqlite:///FILE or "
            "postgresql://USER:PASSWORD@HOST/DATABASE.",
            f"Không hiểu {DATABASE_URL}; hãy viết sqlite:///TỆP hoặc "
            "postgresql://NGƯỜI_DÙNG:MẬT_KHẨU@MÁY_CHỦ/CƠ_SỞ_DỮ_LIỆU.",
        )
    url = url.set(drivername=DRIVERS[url.drivername])
    if url.drivername == "sqlite":
        if url.database == ":memory:":
            raise StoreError(
                f"{DATABASE_URL} names a database in memory, which the worker cannot see; "
                "write sqlite:///FILE.",
                f"{DATABASE_URL} là cơ sở dữ liệu trong bộ nhớ, tiến trình mô phỏng không đọc "
                "được; hãy viết sqlite:///TỆP.",
            )
        url = url.set(database=str(Path(url.database).absolute()))
    return url


def _engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 10})
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection, _record) -> None:
    """Readers and one writer at once (WAL), foreign keys checked, and transactions that begin
    where SQLAlchemy says so, not where the driver guesses."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("centre_begin", "BEGIN"))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _migrate(connection: sa.Connection, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    try:
        here = MigrationContext.configure(connection).get_current_revision()
        below = revision == "base" or (here and _is_below(revision, here))
        (command.downgrade if below else command.upgrade)(config, revision)
    except CommandError as error:
        raise StoreError(
            f"The database is of another version of this program ({error}); use that version, or "
            "move the database away and start again.",
            f"Cơ sở dữ liệu thuộc phiên bản khác của chương trình ({error}); hãy dùng phiên bản "
            "đó, hoặc chuyển cơ sở dữ liệu đi nơi khác rồi khởi động lại.",
        ) from None


def _is_below(revision: str, here: str) -> bool:
    if revision == "head":
        return False
    older = {script.revision for script in _scripts().iterate_revisions(here, "base")}
    return revision in older
