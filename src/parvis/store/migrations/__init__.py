"""The migrations of the schema, run by Alembic. Once released, a migration never changes: it is what databases are."""
