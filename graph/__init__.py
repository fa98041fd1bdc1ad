"""The graph: its schema, what a store must offer, and the stores."""
