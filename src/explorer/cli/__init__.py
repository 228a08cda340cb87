"""The command line: results on stdout (one JSON object with `--json`), everything else on stderr.

Exit code 0, or 2 with one line on stderr for an error the user can fix. Nothing heavy is imported before the
arguments are understood, so that `--help` is quick.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from explorer import __version__
from explorer.cli import (
    audit,
    concepts,
    datasets,
    download,
    embeddings,
    evaluate,
    experiment,
    explain,
    export,
    glossary,
    hierarchy,
    items,
    maps,
    neurons,
    people,
    promote,
    runs,
    selection,
    stability,
    steer,
    sweep,
    train,
)
from explorer.cli.output import logs_to_stderr
from explorer.errors import UserError

_COMMANDS = (
    datasets,
    download,
    train,
    explain,
    runs,
    evaluate,
    neurons,
    concepts,
    items,
    people,
    stability,
    hierarchy,
    maps,
    selection,
    audit,
    steer,
    export,
    embeddings,
    promote,
    experiment,
    sweep,
    glossary,
)
EXIT_USER_ERROR = 2


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line instead of printing the whole usage."""

    def error(self, message: str):
        self.exit(EXIT_USER_ERROR, f"{self.prog}: {message} (see {self.prog} --help)\n")


def build_parser() -> argparse.ArgumentParser:
    """All subcommands with their options."""
    parser = _Parser(
        prog="python -m explorer",
        description="See, audit and steer the concepts inside a recommender's embeddings.",
    )
    parser.add_argument("--version", action="version", version=f"Concept Explorer {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in _COMMANDS:
        name = module.__name__.rpartition(".")[2]
        summary = module.__doc__.splitlines()[0]
        command = commands.add_parser(
            name, help=summary, description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        module.add_arguments(command)
        command.add_argument("--json", action="store_true", help="print one JSON object on stdout")
        command.set_defaults(run=module.run, command=name)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    logs_to_stderr()
    parser = build_parser()
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except UserError as error:
        print(f"{parser.prog} {options.command}: {' '.join(str(error).split())}", file=sys.stderr)
        return EXIT_USER_ERROR
    except BrokenPipeError:  # the reader, `head` for instance, has closed its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    return 0
