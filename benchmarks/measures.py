"""How long the index and all measures of a run take, its baselines included: `python benchmarks/measures.py RUN`."""

from __future__ import annotations

import sys
import time

from explorer.runs import load_run
from explorer.runs.measurement import index_neurons, measure_run
from explorer.threads import use_threads


def main() -> None:
    use_threads()
    run = load_run(sys.argv[1])
    parts = run.config, run.dataset, run.recommender, run.sae, run.reconstruction
    for repetition in ("with imports", "again"):
        start = time.process_time()
        index = index_neurons(*parts)
        between = time.process_time()
        measure_run(*parts, index)
        end = time.process_time()
        print(f"{repetition}: index {between - start:.1f} s, measures {end - between:.1f} s of processor time")


if __name__ == "__main__":
    main()
