"""The console: Parvis's own management of accounts and keys, as plain classes that Parvis itself publishes.

Rule of this room: the console is a façade like any other. It knows no HTTP; what it refuses, it refuses as a row of
:mod:`parvis.contract.outcomes`. Who may call what is decided before a method runs; what a caller may touch (its own
account, its own keys) is decided here.
"""
