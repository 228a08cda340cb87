"""Audit the neurons of a run by hand: what people said of them, and whether they agree.

Without further options it prints the state of the audit. Reviews are kept in one database beside the runs, or in the
PostgreSQL that EXPLORER_AUDIT_URL names, by what the run is: they stay with it whatever its folder is called.

  audit RUN --neuron 17 --verdict real --name "Night films" --as Ann     review a neuron; what is not given stays
  audit RUN --neuron 17 --undo --as Ann                                  take the last step back (--redo: again)
  audit RUN --export audit.json                                          everything, with its history (.csv: as of now)
  audit RUN --import audit.csv                                           whole or not at all; --preview only looks
  audit RUN --carry-from OLD_RUN                                         inherit reviews of matched neurons
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.output import check_out, print_json, print_table, write_out
from explorer.errors import UserError, listed

if TYPE_CHECKING:
    from explorer.audit import Audit, AuditStore, Review
    from explorer.audit.merging import Merged

_SAID = ("verdict", "name", "note", "tags", "confidence")
MAX_SHOWN = 20
"""Conflicts that are printed one by one."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `audit`."""
    parser.add_argument("run_dir", metavar="RUN_DIR", type=Path, help="folder of a run")
    parser.add_argument(
        "--as",
        "--reviewer",
        dest="reviewer",
        metavar="NAME",
        default="",
        help="who reviews; for --import, who wrote the lines of a CSV that name nobody",
    )
    review = parser.add_argument_group("review a neuron")
    review.add_argument("--neuron", metavar="N", help="its number")
    review.add_argument("--verdict", metavar="V", help="real, partly, not or skip")
    review.add_argument("--name", metavar="NAME", help="your own name for it")
    review.add_argument("--note", metavar="TEXT", help="a note")
    review.add_argument("--tag", dest="tags", metavar="TAG", action="append", help="a tag; may be given several times")
    review.add_argument("--confidence", metavar="1|2|3", type=int, help="guessing, fairly sure, sure")
    one_of = parser.add_argument_group("or one of").add_mutually_exclusive_group()
    one_of.add_argument("--undo", action="store_true", help="take back what you said last of --neuron")
    one_of.add_argument("--redo", action="store_true", help="say it again")
    one_of.add_argument("--history", metavar="N", help="all that was ever said of a neuron")
    one_of.add_argument("--export", metavar="FILE", type=Path, help="write the audit: .json whole, .csv as of now")
    one_of.add_argument(
        "--import", dest="source", metavar="FILE", type=Path, help="read a .json, a .csv or a run's .zip"
    )
    one_of.add_argument("--carry-from", metavar="RUN_DIR", type=Path, help="inherit the reviews of another run")
    parser.add_argument("--preview", action="store_true", help="with --import: show what would change, store nothing")
    parser.add_argument("--overwrite", action="store_true", help="with --import: also where reviews here differ")
    parser.add_argument(
        "--other-run", action="store_true", help="with --import: of another run, as inherited and not yet confirmed"
    )


def run(options: argparse.Namespace) -> None:
    """Do the one thing that the options ask for."""
    from explorer.audit import AuditStore
    from explorer.runs import load_run

    _check(options)
    if options.export:
        from explorer.audit.exchange import ENDS

        check_out(options.export, ENDS)
    store = AuditStore(load_run(options.run_dir))
    if options.export:
        _export(store, options)
    elif options.source:
        _import(store, options)
    elif options.carry_from:
        _carry(store, options)
    elif options.history is not None:
        _history(store, options)
    elif options.neuron is not None:
        _review(store, options)
    else:
        _show(store, options)


def _check(options: argparse.Namespace) -> None:
    """Refuse options that do not go together, before anything is opened."""
    given = [name for name in _SAID if getattr(options, name) is not None]
    steps = [name for name in ("undo", "redo") if getattr(options, name)]
    if (given or steps) and options.neuron is None:
        raise UserError("Name the neuron with --neuron N.")
    if options.neuron is not None and not given and not steps:
        raise UserError("Say something of the neuron: --verdict, --name, --note, --tag or --confidence, or --undo.")
    if given and steps:
        raise UserError(f"--{steps[0]} says nothing new; leave out --{'tag' if given[0] == 'tags' else given[0]}.")
    if options.neuron is not None and not options.reviewer.strip():
        raise UserError("Say who you are with --as NAME.")
    others = (options.history is not None, options.export, options.source, options.carry_from)
    if options.neuron is not None and any(others):
        raise UserError("--neuron reviews a neuron; do the other thing in a command of its own.")
    alone = [name for name in ("preview", "overwrite", "other_run") if getattr(options, name)]
    if alone and not options.source:
        raise UserError(f"--{alone[0].replace('_', '-')} belongs to --import FILE.")


def _show(store: AuditStore, options: argparse.Namespace) -> None:
    """The state of the audit."""
    from explorer.audit.summary import summarise_audit

    audit = store.load()
    summary = summarise_audit(store.run, audit)
    if options.json:
        print_json(
            {
                "run": store.run.name,
                "digest": store.run.digest,
                "database": store.database.shown,
                **summary.as_json(),
                "standing": _standing(store, audit),
                "reviews": [asdict(one) for one in audit.reviews],
                "resolutions": [asdict(one) for one in audit.resolutions],
            }
        )
        return
    print(f"{summary.sentence()}.")
    if not audit.reviews and not audit.trials:
        print('Review a neuron on the Audit page, or with --neuron N --verdict real --as "your name".')
        return
    print_table([{"what": what, "value": value} for what, value in summary.lines()], {"what": "", "value": ""})
    rows = _standing(store, audit)
    if rows:
        print()
        print_table(
            rows, {"neuron": "id", "name": "name", "standing": "stands", "verdicts": "verdicts", "notes": "notes"}
        )


def _standing(store: AuditStore, audit: Audit) -> list[dict[str, Any]]:
    """Every neuron of which something is said."""
    names = audit.own_names()
    rows = []
    for neuron in sorted({one.neuron for one in (*audit.reviews, *audit.resolutions)}):
        rows.append(
            {
                "neuron": neuron,
                "name": names.get(neuron) or store.run.index.neurons["label"][neuron],
                "standing": audit.standing(neuron),
                "verdicts": [f"{one.reviewer}: {_verdict(one)}" for one in audit.of(neuron) if one.verdict],
                "notes": [" ".join(one.note.split()) for one in audit.of(neuron) if one.note],
            }
        )
    return rows


def _verdict(said: Review) -> str:
    return f"{said.verdict} (inherited)" if said.inherited else str(said.verdict)


def _review(store: AuditStore, options: argparse.Namespace) -> None:
    """Store a review, or take one back."""
    from explorer.audit import Review

    neuron = store.run.neuron(options.neuron)
    if options.undo or options.redo:
        said = (store.undo if options.undo else store.redo)(neuron, options.reviewer)
    else:
        before = store.load().by(neuron, options.reviewer) or Review(neuron, options.reviewer)
        given = {name: getattr(options, name) for name in _SAID if getattr(options, name) is not None}
        if "tags" in given:
            given["tags"] = tuple(given["tags"])
        fresh = {"inherited": "", "action": "review", "blind": False, "seconds": None, "at": ""}
        said = store.review(replace(before, **fresh, **given), since=before.version)
    if options.json:
        print_json(asdict(said))
    else:
        print_table([_line(said)], _LINE)


def _history(store: AuditStore, options: argparse.Namespace) -> None:
    said = store.history(store.run.neuron(options.history), options.reviewer or None)
    if options.json:
        print_json({"neuron": int(options.history), "history": [asdict(one) for one in said]})
    elif said:
        print_table([_line(one) for one in said], _LINE)
    else:
        print(f"Nobody has said anything of neuron {options.history}.")


_LINE = {
    "at": "when",
    "reviewer": "who",
    "action": "what",
    "verdict": "verdict",
    "name": "name",
    "tags": "tags",
    "confidence": "confidence",
    "note": "note",
}


def _line(said: Review) -> dict[str, Any]:
    return {
        **{name: getattr(said, name) for name in _LINE},
        "at": said.at[:16].replace("T", " "),
        "verdict": _verdict(said) if said.verdict else None,
        "name": said.name or None,
        "tags": list(said.tags) or None,
        "note": " ".join(said.note.split()) or None,
    }


def _export(store: AuditStore, options: argparse.Namespace) -> None:
    from explorer.audit.exchange import export_csv, export_json

    content = (export_csv if options.export.suffix == ".csv" else export_json)(store)
    write_out(options.export, content)
    if options.json:
        print_json({"run": store.run.name, "file": str(options.export), "bytes": len(content)})


def _import(store: AuditStore, options: argparse.Namespace) -> None:
    from explorer.audit.exchange import import_record, preview_import, read_file
    from explorer.audit.exchange import read_record as read

    path = options.source
    if path.suffix.lower() == ".zip":
        from explorer.runs import AUDIT_FILE, read_beside

        content, name = read_beside(path, AUDIT_FILE), AUDIT_FILE
        if content is None:
            raise UserError(f"{path} brings no audit.")
    else:
        content, name = read_file(path), str(path)
    record = read(store, content, name, options.reviewer, options.other_run)
    merged = preview_import(store, record) if options.preview else import_record(store, record, options.overwrite)
    if options.json:
        print_json({"run": store.run.name, "file": str(path), "stored": not options.preview, **merged.as_json()})
        return
    print(f"{'Would be: ' if options.preview else ''}{merged.sentence()}.")
    _print_conflicts(merged, options)


def _print_conflicts(merged: Merged, options: argparse.Namespace) -> None:
    """Where what stands here differs from the file."""
    if not merged.conflicts:
        return
    rows = [
        {"where": one.where, "neuron": one.ours.neuron, "who": one.theirs.reviewer, "here": _brief(one.ours),
         "there": _brief(one.theirs)}
        for one in merged.conflicts[:MAX_SHOWN]
    ]  # fmt: skip
    print_table(
        rows, {"where": "in the file", "neuron": "neuron", "who": "who", "here": "here", "there": "in the file"}
    )
    if len(merged.conflicts) > MAX_SHOWN:
        print(f"and {len(merged.conflicts) - MAX_SHOWN} more")
    if not options.overwrite:
        print("Add --overwrite to take what the file says; the history keeps both.")


def _brief(said: Any) -> str:
    parts = [said.verdict or "no verdict", repr(said.name) if said.name else "", "with a note" if said.note else ""]
    return listed(filter(None, parts))


def _carry(store: AuditStore, options: argparse.Namespace) -> None:
    from explorer.audit.carry import carry_over
    from explorer.runs import load_run

    carried = carry_over(load_run(options.carry_from), store.run)
    if options.json:
        print_json(carried.as_json())
    else:
        print(f"{carried.sentence()}.")
