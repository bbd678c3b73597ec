"""The contract: the frozen, serialisable description of a service, and what follows from it alone.

Rule of this room: plain data and pure functions; it imports no other room, and every other room may import it.
"""
