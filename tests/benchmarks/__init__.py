"""Benchmarks: run by hand as `python -m tests.benchmarks.engine` and `python -m tests.benchmarks.step`."""

import os

# One BLAS thread beats two on all but very large nets; the libraries read this when NumPy is first imported.
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
