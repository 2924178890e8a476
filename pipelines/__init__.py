"""When and how it runs: definitions, jobs, settings, command line.

Linear algebra gets one thread, set here because it has to be set before numpy is imported: the matrices of a release
are small, two threads wait for each other as soon as anything else runs on the machine (twenty times slower was
measured), and one order of adding up gives the same last digits on machines with more processors. DuckDB keeps its own.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
