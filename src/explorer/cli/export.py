"""Take a run's activations, embeddings, neurons or lists away as a file, or a report of it as one page of HTML.

  export RUN --out neurons.csv                                 the neurons with their labels and measures
  export RUN --what activations --side users --out act.parquet a row per user and neuron that fires on it
  export RUN --what embeddings --side items --out q.npz        the recommender's vectors (`embeddings`: steered ones)
  export RUN --what lists --top 50 --out lists.parquet         everybody's list
  export RUN --out report.html                                 a report that needs nothing else

Formats by the end of the name: .csv, .parquet; of activations and embeddings also .npz and .safetensors.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer.cli.output import StderrProgress, print_json
from explorer.text import bytes_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `export`."""
    parser.add_argument("run_dir", metavar="RUN_DIR", type=Path, help="folder of a run")
    parser.add_argument("--what", metavar="WHAT", help="neurons (default), activations, embeddings, lists, report")
    parser.add_argument("--side", choices=("items", "users"), default="items", help="of activations and embeddings")
    parser.add_argument("--top", metavar="N", type=int, default=20, help="length of lists (default: %(default)s)")
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="file to write")


def run(options: argparse.Namespace) -> None:
    """Write the file."""
    from explorer.api.exports import export_run
    from explorer.audit import open_run
    from explorer.threads import use_threads

    use_threads()
    path = export_run(open_run(options.run_dir), options.out, options.what, options.side, options.top, StderrProgress())
    size = path.stat().st_size
    if options.json:
        print_json({"file": str(path), "bytes": size})
    else:
        print(f"Wrote {path} ({bytes_text(size)})")
