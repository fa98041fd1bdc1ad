"""The questions asked of the graph: what fetches, what decides, and the answers' types."""
