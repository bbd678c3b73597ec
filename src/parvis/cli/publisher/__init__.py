"""The commands of who publishes: what would be public, the lock and what differs from it, the settings."""
