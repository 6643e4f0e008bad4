"""What can be said of the CUDA backend where there is no GPU: what was built, and how it is found.

    cmake --preset cuda && cmake --build --preset cuda --target nextline
    python3 -m unittest discover -s tests/cuda_build -t . -p '*_test.py'
"""

import os
import pathlib

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("NEXTLINE_CUDA_BUILD", REPOSITORY / "build/cuda")).resolve()
PROGRAM = BUILD / "nextline"
LIBRARY = BUILD / "libnextline_cuda.so"
SOURCES = REPOSITORY / "engine/backend/cuda"
REPORTS = BUILD / "engine/backend/cuda"
