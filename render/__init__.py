"""Answers as text: trees and tables for a terminal, JSON, JSON lines and CSV for a script."""
