"""How what is built stands on disk, is written, opened, and found when it comes later."""
