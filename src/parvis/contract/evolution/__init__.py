"""How a contract changes: what callers rely on, the lock that keeps it, and what differs between two of them."""
