"""Enriched trails: every record with who was behind it, as Parquet or JSON lines, and the questions asked of them."""
