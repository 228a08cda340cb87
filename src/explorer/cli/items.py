"""List the items of a run; with --item what is known of one: its neurons, what is near it, who gets it and why.

    python -m explorer items runs/mine --search alien
    python -m explorer items runs/mine --item "Alien (1979)" --user 7

The parts of a score add up to it. Without --user they are those of the user to whom the recommender gives the item the
highest score, of those who have not had it. `people --user 7` says the same from the user's side.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from explorer.cli.output import print_json, print_score, print_table
from explorer.errors import UserError

MAX_LISTED = 20
_MAX_NEURONS = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `items`."""
    parser.add_argument("run_dir", metavar="RUN_DIR", type=Path, help="folder of a run")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--search", metavar="WORDS", default="", help="list the items with these words in their titles")
    which.add_argument("--item", metavar="ID_OR_TITLE", help="one item: its id, title, or part of the title")
    parser.add_argument("--user", metavar="USER_ID", help="with --item: the user whose score is explained")
    parser.add_argument(
        "--limit", metavar="N", type=int, default=MAX_LISTED, help="items listed, at most (default: %(default)s)"
    )


def run(options: argparse.Namespace) -> None:
    """Print a list of items, or one of them."""
    from explorer.audit import open_run
    from explorer.experiments.items import find_item
    from explorer.threads import use_threads

    if options.limit < 1:
        raise UserError(f"--limit {options.limit} must be at least 1.")
    if options.user is not None and options.item is None:
        raise UserError("--user needs --item, whose score is explained; `people --user` shows a user.")
    use_threads()
    opened = open_run(options.run_dir)
    if options.item is None:
        _list(opened, options)
        return
    item = find_item(opened, options.item)
    user = None if options.user is None else opened.dataset.user_row(options.user)
    record = _record(opened, item, user)
    if options.json:
        print_json(record)
    else:
        _print(opened, record)


def _list(opened, options: argparse.Namespace) -> None:
    from explorer.experiments.items import find_items

    found = opened.dataset.items.iloc[find_items(opened, options.search, options.limit)]
    rows = found[["item_id", "title", "genres", "year", "popularity"]].to_dict("records")
    if options.json:
        print_json({"items": rows})
        return
    if not rows:
        raise UserError(f"No {opened.dataset.nouns.item} has {options.search!r} in its title.")
    columns = {"item_id": "id", "title": "title", "genres": opened.dataset.nouns.facets, "year": "year"}
    print_table([{**row, "item_id": str(row["item_id"])} for row in rows], {**columns, "popularity": "users"})


def _record(opened, item: int, user: int | None) -> dict[str, Any]:
    from explorer.browse.audience import audience_of, likeliest_user
    from explorer.browse.items import item_facts, item_neurons, nearest_items, sharing_items
    from explorer.browse.waterfall import waterfall
    from explorer.experiments.items import Exposure

    data = opened.dataset
    facts, audience = item_facts(opened, item), audience_of(opened, Exposure(opened), item)
    user = likeliest_user(opened, item) if user is None else user
    ids = data.users["user_id"]
    near = ["item_id", "title", "similarity", "shared"]
    return {
        "item": {
            "item_id": facts.item_id,
            "title": facts.title,
            "facets": list(facts.facets),
            "year": facts.year,
            "users": facts.users,
            "more_popular_than": facts.more_popular_than,
            "sentence": facts.sentence,
        },
        "neurons": item_neurons(opened, item).to_dict("records"),
        "nearest": nearest_items(opened, item)[near].to_dict("records"),
        "same_neurons": sharing_items(opened, item)[near].to_dict("records"),
        "audience": {
            "sentence": audience.sentence(data.nouns),
            "top": audience.top,
            "users": len(audience.users),
            "counted": audience.counted,
            "had": audience.had,
            "drawn": audience.drawn,
            "examples": [
                {"user": ids.iloc[row], "rank": int(rank)}
                for row, rank in zip(audience.users[:10], audience.ranks[:10], strict=True)
            ],
            "facets": audience.facets.to_dict("records"),
            "neurons": audience.neurons.to_dict("records"),
        },
        "score": {"user": ids.iloc[user], **waterfall(opened, user, item).as_json(data.nouns)},
    }


def _print(opened, record: dict[str, Any]) -> None:
    item, nouns = record["item"], opened.dataset.nouns
    known = [f"id {item['item_id']}", *item["facets"], *([str(item["year"])] if item["year"] else [])]
    print(f"{item['title']} ({', '.join(known)})")
    print(item["sentence"])
    print(f"\nNeurons that fire on this {nouns.item}, the strongest first")
    columns = {"neuron": "neuron", "label": "name", "value": "of strongest", "rank": "rank", "activation": "activation"}
    print_table(record["neurons"][:_MAX_NEURONS], columns)
    for title, name in (("Nearest by embedding", "nearest"), ("Most nearly the same neurons", "same_neurons")):
        print(f"\n{title}")
        columns = {"item_id": "id", "title": "title", "similarity": "cosine", "shared": "neurons of both"}
        print_table([{**row, "item_id": str(row["item_id"])} for row in record[name]], columns)
    print(f"\n{record['audience']['sentence']}")
    if record["audience"]["neurons"]:
        columns = {"neuron": "neuron", "label": "name", "part": "adds for them", "average": "on average"}
        print_table(record["audience"]["neurons"], columns)
    print_score(record["score"])
