"""The Django app that holds the benchmark's models."""
