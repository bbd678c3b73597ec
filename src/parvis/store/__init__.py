"""The store: where accounts and keys are kept. SQLite in a data directory, or PostgreSQL by URL; one schema for both.

Rules of this room. One process owns a store. Everything that touches the database runs on one thread of its own, over
one connection; the rest of Parvis awaits it and never sees a row. What has been acknowledged survives ``kill -9``.
SQLAlchemy and Alembic are imported when a store is opened, and Alembic only when there is something to migrate.
"""
