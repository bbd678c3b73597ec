"""One module a migration, forward only."""
