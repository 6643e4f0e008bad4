"""Tests that run the real program, as a user does.

    python3 -m tests.side_by_side tests/integration

NEXTLINE_BINARY names the program (default: build/release/nextline). Every test has a cache
directory of its own; models are read from the user's cache but never written there.
"""
