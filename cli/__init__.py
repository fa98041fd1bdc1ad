"""The `whodunnit` command: parse, call, render."""
