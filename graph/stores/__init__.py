"""One implementation of `graph.store.Store` a file."""
