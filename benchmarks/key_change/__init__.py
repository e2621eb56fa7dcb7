"""Changing the key of a table that others refer to: time, memory, and rows."""
