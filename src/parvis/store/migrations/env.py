"""What Alembic runs: the migrations, over the connection and in the transaction of the store that is being opened."""

from __future__ import annotations

from alembic import context

from parvis.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
