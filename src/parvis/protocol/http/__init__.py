"""The HTTP spelling of a call: addresses, query strings, answers (docs/mapping.md)."""
