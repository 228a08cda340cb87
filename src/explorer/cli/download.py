"""Fetch a public data set by name, after accepting its licence: resumed where it broke off, checked, unpacked.

  download                                     the sets there are, with their licences
  download ml-1m --accept-licence              fetch it into EXPLORER_DATA (default: data/)

Nothing is fetched unless it is asked for here or on the Data page.
"""

from __future__ import annotations

import argparse

from explorer.cli.output import StderrProgress, print_json, print_table
from explorer.text import bytes_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `download`."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="of the data set; without it they are listed")
    parser.add_argument("--accept-licence", action="store_true", help="you have read and accept its licence")


def run(options: argparse.Namespace) -> None:
    """List or fetch."""
    from explorer.data import data_folder
    from explorer.data.downloads import PUBLIC_SETS, download, find_public_set

    if options.name is None:
        rows = [
            {"name": each.name, "what": each.title, "size": bytes_text(each.size), "licence": each.licence}
            for each in PUBLIC_SETS.values()
        ]
        if options.json:
            print_json({"sets": rows})
        else:
            print_table(rows, {"name": "name", "what": "what", "size": "size", "licence": "licence"})
        return
    folder = download(find_public_set(options.name), data_folder(), options.accept_licence, StderrProgress())
    if options.json:
        print_json({"folder": str(folder)})
    else:
        print(f"{options.name} is in {folder}; train on it with --dataset {options.name}")
