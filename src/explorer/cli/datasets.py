"""List the data sets that can be used.

The built-in demo needs no file. Every folder below EXPLORER_DATA (default: data/) that holds interactions.csv and
items.csv, or the files of MovieLens or Last.fm (HetRec 2011), is listed under its name. `train --dataset` takes such a
name or any folder.
"""

from __future__ import annotations

import argparse

from explorer.cli.output import print_json, print_table
from explorer.errors import printable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It has no options of its own."""


def run(options: argparse.Namespace) -> None:
    """Print the list."""
    from explorer.data import data_folder, find_sources

    rows = [
        {"name": source.name, "kind": source.kind, "path": printable(source.path) if source.path else None}
        for source in find_sources()
    ]
    if options.json:
        print_json({"folder": printable(data_folder()), "datasets": rows})
    else:
        print_table(rows, {"name": "name", "kind": "kind", "path": "folder"})
