"""The façade: from a Python object to a table of operations.

Rule of this room: it reads the publisher's code once, at start, and knows nothing of HTTP, keys or storage. Afterwards
no name from outside ever reaches ``getattr``: a call is a look-up in the table.
"""
