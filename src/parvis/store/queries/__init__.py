"""The queries, the same for both databases: functions over an open transaction, rows in and records out.

One module a noun. Each function is handed to :meth:`~parvis.store.sql.SqlStore.ask` or ``change``, which runs it in a
transaction of its own.
"""
