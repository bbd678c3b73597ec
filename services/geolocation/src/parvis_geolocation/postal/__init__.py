"""Postal codes, and the localities that only they know."""
