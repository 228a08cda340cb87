"""List the data sets that can be used.

The built-in demo needs no file. Every folder below EXPLORER_DATA (default: data/) that holds interactions.csv and
items.csv, or MovieLens' files, is listed under its name; `train --dataset` takes such a name or any folder.
"""

from __future__ import annotations

import argparse

from explorer.cli.output import print_json, print_table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options of its own."""


def run(options: argparse.Namespace) -> None:
    """Print the list."""
    from explorer.data import data_folder, find_sources

    rows = [{"name": s.name, "kind": s.kind, "path": str(s.path) if s.path else None} for s in find_sources()]
    if options.json:
        print_json({"folder": str(data_folder()), "datasets": rows})
    else:
        print_table(rows, {"name": "name", "kind": "kind", "path": "folder"})
