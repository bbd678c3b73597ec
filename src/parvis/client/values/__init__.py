"""What crosses the wire, as Python values: the classes of a contract, their JSON, declared exceptions, files."""
