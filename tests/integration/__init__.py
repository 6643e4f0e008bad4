"""Tests that run the real program, as a user does.

    python3 -m unittest discover -s tests/integration -t . -p '*_test.py'

NEXTLINE_BINARY names the program (default: build/release/nextline). Every test has a cache
directory of its own; models are read from the user's cache but never written there.
"""
