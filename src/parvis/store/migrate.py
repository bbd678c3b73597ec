"""Brings a database to the newest schema: all migrations in one transaction, or none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection, inspect, text

from .schema import HEAD

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent / "migrations"


class SchemaUnknown(Exception):
    """The database was written by a newer version of Parvis; the text says what to do."""


def migrate(connection: Connection) -> None:
    """Bring the database behind ``connection``, which is in a write transaction, to ``HEAD``.

    Raises :class:`SchemaUnknown` when it is at a revision that this version does not know.
    """
    stored = revision(connection)
    if stored == HEAD:
        return
    from alembic import command  # a third of a second of CPU, paid when there is something to do
    from alembic.script import ScriptDirectory

    config = configuration()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if stored is not None and stored not in known:
        raise SchemaUnknown(
            f"these data were written by a newer version of Parvis (schema {stored}, this version knows {HEAD}): "
            "install that version, or restore a backup made by this one"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def revision(connection: Connection) -> str | None:
    """The revision that the database says it is at; None for a fresh one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return cast("str | None", connection.execute(text("SELECT version_num FROM alembic_version")).scalar())


def configuration() -> Config:
    """Alembic's configuration: no file, only the place of the migrations within this package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
