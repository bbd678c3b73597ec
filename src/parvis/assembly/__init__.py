"""Where the rooms are put together: from settings to a store, guards, a host, HTTP, sockets. Each part gives what it
made."""
