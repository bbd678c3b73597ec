"""The server: sockets, threads, clocks and the way of a call through the other rooms."""
