"""The archive for others, taken apart and installed where there is nothing else.

    scripts/release
    python3 -m unittest discover -s tests/release -t . -p '*_test.py'
"""
