"""Internet addresses: what they are for, where they are used, and whose network they are in."""
