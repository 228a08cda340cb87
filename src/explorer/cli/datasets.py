"""List the data sets that can be used, add your own files, and show what is in them.

The built-in demo needs no file. Every folder below EXPLORER_DATA (default: data/) that holds interactions.csv and
items.csv, the files of MovieLens or Last.fm (HetRec 2011), or a source.toml is listed under its name. `train --dataset`
takes such a name or any folder.

  datasets                                              list them
  datasets add FILE…|FOLDER [--map user=customer …]     guess what the files hold, read them, keep them as a data set
  datasets show NAME|FOLDER                             sizes, long tail, facets, what was left out
  datasets split NAME|FOLDER --out FILE                 who has what in which part, to train a recommender elsewhere
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.output import check_out, print_json, print_table, write_out
from explorer.errors import UserError, listed, printable, quoted

if TYPE_CHECKING:
    from explorer.data.source.guess import Guess
    from explorer.data.source.guess_work import Question
    from explorer.data.source.reading import Reading
    from explorer.data.summary import DatasetSummary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `datasets add` and `datasets show`; the list has none."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action")
    add = actions.add_parser("add", help="keep your own files as a data set", description=_add.__doc__)
    add.add_argument("paths", metavar="PATH", type=Path, nargs="+", help="files, or a folder of files")
    add.add_argument(
        "--map", metavar="ROLE=COLUMN", action="append", default=[], dest="mapped",
        help="a column is: user, item, rating, count, time; of items id, title, year, facet (several); empty: none",
    )  # fmt: skip
    add.add_argument(
        "--answer", metavar="KEY=VALUE", action="append", default=[], dest="answers", help="answer a question"
    )
    add.add_argument("--name", metavar="NAME", help="of the data set; else the folder's or the file's")
    add.add_argument("--licence", metavar="TEXT", help="what may be done with the data; pages show it")
    add.add_argument("--copy", action="store_true", help="keep copies of the files; else they are read where they are")
    add.add_argument("--dry-run", action="store_true", help="guess, read and report, but keep nothing")
    add.add_argument("--rejected", metavar="FILE.csv", type=Path, help="write the rows that were left out")
    show = actions.add_parser("show", help="what is in a data set", description=_show.__doc__)
    show.add_argument("dataset", metavar="NAME", help="a data set, or a folder")
    show.add_argument("--seed", type=int, default=0, help="of the split (default: 0)")
    split = actions.add_parser("split", help="who has what in which part", description=_split.__doc__)
    split.add_argument("dataset", metavar="NAME", help="a data set, or a folder")
    split.add_argument("--out", metavar="FILE", type=Path, required=True, help=".csv or .parquet")
    split.add_argument("--seed", type=int, default=0, help="of the split (default: 0), as of `train` and `explain`")
    for action in (add, show, split):
        action.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object on stdout"
        )


def run(options: argparse.Namespace) -> None:
    """List, add or show."""
    {None: _list, "add": _add, "show": _show, "split": _split}[options.action](options)


def _list(options: argparse.Namespace) -> None:
    from explorer.data import data_folder, find_sources

    rows = [
        {"name": source.name, "kind": source.kind, "path": printable(source.path) if source.path else None}
        for source in find_sources()
    ]
    if options.json:
        print_json({"folder": printable(data_folder()), "datasets": rows})
    else:
        print_table(rows, {"name": "name", "kind": "kind", "path": "folder"})


def _show(options: argparse.Namespace) -> None:
    """Sizes, long tail and facets of a data set, and what was left out of it."""
    from explorer.cli.output import StderrProgress
    from explorer.data import load_dataset
    from explorer.data.summary import summary

    found = summary(load_dataset(options.dataset, seed=options.seed, progress=StderrProgress()))
    if options.json:
        print_json(found.as_json())
    else:
        _print_summary(found)


def _split(options: argparse.Namespace) -> None:
    """Write every positive with its part: train a recommender of your own on the rows of the part training, and its
    accuracy can be measured on the others."""
    from explorer.cli.output import StderrProgress
    from explorer.data import load_dataset
    from explorer.data.split import PARTS
    from explorer.text import csv_bytes

    check_out(options.out, (".csv", ".parquet"))
    dataset = load_dataset(options.dataset, seed=options.seed, progress=StderrProgress())
    rows = dataset.interactions
    table = rows.drop(columns=["user", "item", "part"]).assign(part=[PARTS[part] for part in rows["part"]])
    table.insert(0, "user_id", dataset.users["user_id"].to_numpy()[rows["user"]])
    table.insert(1, "item_id", dataset.items["item_id"].to_numpy()[rows["item"]])
    write_out(options.out, csv_bytes(table) if options.out.suffix == ".csv" else table.to_parquet(index=False))
    counts = {part: int((table["part"] == part).sum()) for part in PARTS}
    if options.json:
        print_json({"file": str(options.out), "fingerprint": dataset.fingerprint, "seed": options.seed, **counts})
    else:
        print(", ".join(f"{n:,} {part}" for part, n in counts.items()))


def _add(options: argparse.Namespace) -> None:
    """Guess what some files hold, read every row, report, and keep a description (source.toml) as a data set."""
    from explorer.cli.output import StderrProgress
    from explorer.data import DataConfig, data_folder
    from explorer.data.source.add import add_source, check_name
    from explorer.data.source.guess import guess_source
    from explorer.data.source.positives import dataset_of
    from explorer.data.source.read import read_source
    from explorer.data.summary import summary
    from explorer.text import csv_bytes

    check_out(options.rejected, (".csv",))
    mapped: dict[str, list[str]] = {}
    for role, column in _pairs(options.mapped, "--map", "ROLE=COLUMN"):
        mapped.setdefault(role, []).extend([column] if column else [])
    answers = dict(_pairs(options.answers, "--answer", "KEY=VALUE"))
    guess = guess_source(options.paths, options.name, mapped, answers)
    if guess.open:
        raise UserError(" ".join(map(_how_to_answer, guess.open)))
    description = guess.description.model_copy(update={"licence": options.licence} if options.licence else {})
    if not options.dry_run:
        check_name(description.name, data_folder())
    reading = read_source(description, Path.cwd(), StderrProgress())
    if options.rejected:
        write_out(options.rejected, csv_bytes(reading.report.rejected))
    # Split once, so that what is kept can be trained on.
    found = summary(dataset_of(description.name, reading, description, DataConfig(), 0))
    folder = None if options.dry_run else add_source(description, data_folder(), options.copy)
    if options.json:
        print_json(_as_json(replace(guess, description=description), reading, found, folder))
        return
    _print_guess(guess)
    _print_rows(reading)
    print()
    _print_summary(found)
    said = f"Kept as {folder}; train on it with --dataset {quoted(description.name)}." if folder else "Nothing is kept."
    print(f"\n{said}")


def _pairs(given: Sequence[str], option: str, form: str) -> list[tuple[str, str]]:
    pairs = [tuple(text.split("=", 1)) for text in given]
    for text, pair in zip(given, pairs, strict=True):
        if len(pair) < 2 or not pair[0]:
            raise UserError(f"{option} {quoted(text)} is not of the form {form}.")
    return pairs


def _how_to_answer(question: Question) -> str:
    options = listed([f"--answer {question.key}={option.value} ({option.label})" for option in question.options])
    return f"{question.text} Say {options}."


def _as_json(guess: Guess, reading: Reading, found: DatasetSummary, folder: Path | None) -> dict[str, Any]:
    return {
        "description": guess.description.model_dump(mode="json", exclude_none=True),
        "questions": [
            {
                "key": question.key,
                "question": question.text,
                "answer": guess.answers.get(question.key, question.suggested),
                "options": {option.value: option.label for option in question.options},
            }
            for question in guess.questions
        ],
        "noticed": [*guess.noticed, *reading.report.noticed],
        "files": [
            {"file": file.file, "rows": file.rows, "kept": file.kept, "left_out": file.reasons}
            for file in reading.report.files
        ],
        "dataset": found.as_json(),
        "folder": str(folder) if folder else None,
    }


def _print_guess(guess: Guess) -> None:
    who, items = guess.description.interactions, guess.description.items
    rows = [
        {"what": "users", "file": who.files[0], "column": who.user or "each line"},
        {"what": guess.description.nouns.items, "file": who.files[0], "column": who.item or who.format.form},
    ]
    if who.rating:
        rows.append({"what": f"{who.rating.meaning}s", "file": who.files[0], "column": who.rating.column})
    if who.time:
        rows.append({"what": "times", "file": who.files[0], "column": who.time})
    if items:
        about = {"ids": items.id, "titles": items.title, "years": items.year}
        rows += [{"what": what, "file": items.files[0], "column": column} for what, column in about.items() if column]
        rows += [
            {"what": f"facet {facet.name}", "file": items.files[0], "column": listed(facet.columns, 3)}
            for facet in guess.description.facets
        ]
    for row in rows:
        row["file"] = Path(row["file"]).name
    print_table(rows, {"what": "what", "column": "column", "file": "file"})
    for question in guess.questions:
        answer = guess.answers.get(question.key, question.suggested)
        label = next((option.label for option in question.options if option.value == answer), answer)
        others = listed([option.value for option in question.options if option.value != answer])
        print(f"\n{question.text}\n  Taken: {label}. For another: --answer {question.key}=… ({others})")
    if guess.noticed:
        print()
    for sentence in guess.noticed:
        print(f"Note: {sentence}")


def _print_rows(reading: Reading) -> None:
    print()
    for file in reading.report.files:
        print(f"{file.name}: {file.kept:,} of {file.rows:,} rows kept")
        for reason, n in file.reasons.items():
            print(f"  {n:,} left out: {reason}")
    for sentence in reading.report.noticed:
        print(f"Note: {sentence}")


def _print_summary(found: DatasetSummary) -> None:
    from explorer.text import percent

    print(f"{found.name}: {found.users:,} users, {found.items:,} items, {found.positives:,} positives")
    print(f"{found.density:.3%} of all pairs; the most popular tenth of the items has {percent(found.head)} of them")
    for who, spread in (("user", found.per_user), ("item", found.per_item)):
        print(f"positives per {who}: median {spread.median:g}, from {spread.least:,} to {spread.most:,}")
    for facet in found.facets:
        largest = ", ".join(f"{value} {n:,}" for value, n in facet.largest[:5])
        print(f"{facet.name}: {facet.values:,} values, {facet.items:,} items have one; {largest}")
    for note in found.notes:
        print(f"Note: {note}")
