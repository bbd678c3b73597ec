"""How a call crosses the wire: bytes in, bytes out, and no input or output of its own."""
