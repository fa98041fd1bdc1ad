"""Figures of speed and memory, measured on this machine: `python -m benchmarks`. Not part of what is installed."""
