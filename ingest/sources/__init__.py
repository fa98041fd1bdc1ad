"""Where trails are read from: one implementation of `ingest.source.Source` a module."""
