"""The live façade: built, called and closed where it may run."""
