"""Explain the terms of pages, cards and tables: all of them, or those with some words in their name."""

from __future__ import annotations

import argparse

from explorer.cli.output import print_json
from explorer.errors import UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `glossary`."""
    parser.add_argument("term", metavar="TERM", nargs="*", help="words in the name of a term (default: all terms)")


def run(options: argparse.Namespace) -> None:
    """Print the terms, as Markdown."""
    from explorer import glossary

    words = " ".join(options.term)
    terms = glossary.find(words)
    if not terms:
        raise UserError(f"No term has {words!r} in its name; `python -m explorer glossary` lists all.")
    if options.json:
        names = ("title", "sentence", "details", "formula")
        print_json({"terms": [{name: getattr(term, name) for name in names} for term in terms]})
        return
    print(glossary.as_markdown(terms))
