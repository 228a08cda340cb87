"""Say what a selection on a map is: its points, the concepts that fire there more than elsewhere, and who likes it.

    python -m explorer selection runs/mine --where-facet Horror
    python -m explorer selection runs/mine --items 42 43 44 --store
    python -m explorer selection runs/mine --id 3f0c11a2b9 --with 9d2e4471c0 --json

With --store the selection gets a short id, which the Hierarchy page shows at `?selection=ID`. With --out FILE: the
whole report (.json), or its points or concepts as a table (.csv, .parquet; see --table).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.output import check_out, print_json, print_table, write_out
from explorer.errors import UserError, listed, quoted
from explorer.text import p_value

if TYPE_CHECKING:
    import pandas as pd

    from explorer.browse.selection import Description
    from explorer.browse.selection_comparison import Comparison
    from explorer.maps.selection import Selection
    from explorer.runs import Run

ENDS = (".json", ".csv", ".parquet")
MAX_LISTED = 10
MAX_BYTES = 2**26
"""Of a file of ids."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `selection`."""
    parser.add_argument("run_dir", metavar="RUN_DIR", type=Path, help="folder of a run")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--id", metavar="ID", help="a stored selection, by its id in the page's address")
    which.add_argument("--items", metavar="ID_OR_TITLE", nargs="+", help="these items")
    which.add_argument(
        "--items-file", metavar="FILE", type=Path, help="the items of a text file, one id or title a line"
    )
    which.add_argument("--users", metavar="USER_ID", nargs="+", help="these users")
    which.add_argument("--neurons", metavar="NEURON", nargs="+", help="these neurons, by their numbers")
    which.add_argument("--where-facet", metavar="NAME", help="all items of a genre or tag")
    parser.add_argument("--with", dest="other", metavar="ID", help="a stored selection to compare with")
    parser.add_argument("--levels", metavar="N", type=int, help="only neurons of the first N levels")
    parser.add_argument("--store", action="store_true", help="store the selection and print its id")
    parser.add_argument("--out", metavar="FILE", type=Path, help="write a report (.json) or a table (.csv, .parquet)")
    parser.add_argument(
        "--table", choices=("points", "concepts"), default="points", help="which table --out writes (default: points)"
    )


def run(options: argparse.Namespace) -> None:
    """Print what the selection is."""
    from explorer.audit import open_run
    from explorer.browse.selection import describe_selection
    from explorer.browse.selection_comparison import compare_selections
    from explorer.browse.selection_export import concepts_table, points_table, report, report_file, table_file
    from explorer.maps.selection_store import load_selection, store_selection
    from explorer.threads import use_threads

    check_out(options.out, ENDS)
    use_threads()
    opened = open_run(options.run_dir)
    width = _width(opened, options.levels)
    selection = chosen(opened, options)
    other = load_selection(opened, options.other) if options.other else None
    stored = store_selection(opened, selection) if options.store else None
    description = describe_selection(opened, selection, width)
    comparison = compare_selections(opened, selection, other, width) if other is not None else None
    record = report(opened, selection, description, other, comparison)
    if options.out is not None:
        ending = options.out.suffix
        if ending == ".json":
            write_out(options.out, report_file(record))
        else:
            points = options.table == "points"
            table = points_table(opened, selection) if points else concepts_table(description)
            write_out(options.out, table_file(table, ending))
    if options.json:
        print_json(record)
        return
    if stored is not None:
        print(f"Stored as {stored}: open the Hierarchy page at ?selection={stored}\n")
    _print(opened, description, comparison)


def chosen(opened: Run, options: argparse.Namespace) -> Selection:
    """The selection that the options ask for."""
    from explorer.experiments.items import find_item
    from explorer.maps.selection import selection_of_rows
    from explorer.maps.selection_store import load_selection

    if options.id is not None:
        return load_selection(opened, options.id)
    if options.users is not None:
        return selection_of_rows(user=[opened.dataset.user_row(user) for user in options.users])
    if options.neurons is not None:
        return selection_of_rows(neuron=[opened.neuron(number) for number in options.neurons])
    if options.where_facet is not None:
        return selection_of_rows(item=_items_of_facet(opened, options.where_facet))
    words = options.items if options.items is not None else _lines(options.items_file)
    return selection_of_rows(item=[find_item(opened, text) for text in words])


def _items_of_facet(opened: Run, name: str) -> list[int]:
    data, nouns = opened.dataset, opened.dataset.nouns
    place = {facet.casefold(): place for place, facet in enumerate(data.genres)}.get(name.strip().casefold())
    if place is None:
        known = f"choose one of {listed(data.genres)}" if data.genres else f"the data set names no {nouns.facets}"
        raise UserError(f"There is no {nouns.facet} {quoted(name)}; {known}.")
    return data.genre_matrix[:, place].nonzero()[0].tolist()


def _lines(path: Path) -> list[str]:
    from explorer.storage.files import read_regular_file

    try:
        lines = [line.strip() for line in read_regular_file(path, MAX_BYTES).decode("utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read as text: {getattr(error, 'strerror', None) or error}.") from None
    if not any(lines):
        raise UserError(f"{path} has no line with an id; give one id or title a line.")
    return [line for line in lines if line]


def _width(opened: Run, levels: int | None) -> int | None:
    if levels is None:
        return None
    if not 1 <= levels <= len(opened.sae.levels):
        raise UserError(f"--levels {levels}: this run has {len(opened.sae.levels)}; choose 1 to that many.")
    return opened.sae.levels[levels - 1]


def _print(opened: Run, description: Description, comparison: Comparison | None) -> None:
    print(description.headline)
    nouns = opened.dataset.nouns
    shares = {"here": "here", "elsewhere": "elsewhere", "lift": "lift", "p": "p"}
    for part in description.parts:
        what = nouns.items if part.entity == "item" else f"{part.entity}s"
        audience = {
            "item": (f"Users whose histories hold more of these {nouns.items} than expected", "user"),
            "user": (f"{nouns.items.capitalize()} that these users have more than expected", "title"),
            "neuron": (f"{nouns.items.capitalize()} on which these neurons fire strongly", "title"),
        }
        title, name = audience[part.entity]
        fond = {"hits": "of these", "of": "in all", "expected": "expected", "lift": "lift", "p": "p"}
        _table(f"Concepts on these {what}", part.significant, {"neuron": "neuron", "label": "name", **shares})
        traits = part.traits[part.traits["significant"]] if len(part.traits) else part.traits
        _table("What they have in common", traits, {"kind": "what", "name": "name", **shares})
        _table(title, part.audience, {name: name, **(fond if "expected" in part.audience else shares)})
        _table("Families", part.families, {"family": "family", "here": "here", "of": "of"})
    if comparison is not None:
        print(f"\nCompared with the other selection (B)\n{comparison.b}\n{comparison.headline}")
        for part in comparison.parts:
            beside = {"more": "more in", "here": "A", "elsewhere": "B", "lift": "lift", "p": "p"}
            _table("Concepts", part.concepts, {"neuron": "neuron", "label": "name", **beside})
            _table("What they have", part.traits, {"kind": "what", "name": "name", **beside})


def _table(title: str, table: pd.DataFrame, columns: dict[str, str]) -> None:
    if table.empty:
        return
    rest = f" (the first {MAX_LISTED} of {len(table):,})" if len(table) > MAX_LISTED else ""
    print(f"\n{title}{rest}")
    rows: list[dict[str, Any]] = table[list(columns)].head(MAX_LISTED).to_dict("records")
    words = {"p": p_value, "user": str}
    print_table([{name: words.get(name, _same)(row[name]) for name in row} for row in rows], columns)


def _same(value: Any) -> Any:
    return value
