"""The process that serves: its socket, its connections, and who watches over it."""
