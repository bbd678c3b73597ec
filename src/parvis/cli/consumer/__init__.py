"""The commands of who calls: an account, keys, usage, calls, a typed package, tools for an agent."""
