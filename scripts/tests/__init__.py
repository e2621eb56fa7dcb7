"""The tests of the tools: ``python3 -m unittest discover -s scripts``."""
