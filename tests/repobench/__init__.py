"""Tests of scripts/repobench_rows, in the environment that it reads Parquet files in.

    python=$(scripts/python_environment repobench scripts/repobench/requirements.txt)
    $python -m unittest discover -s tests/repobench -t . -p '*_test.py'
"""
