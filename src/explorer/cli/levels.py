"""`hierarchy RUN --user ID`: one user's list at each level, and what each level adds, as the page shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer.runs import Run
    from explorer.steering.by_level import LevelList, LevelLists

_OF_ITEM = ("rank", "item_id", "title", "score", "recommender_rank")
_ADDED = ("gain", "concept", "part")


def user_by_level(run: Run, user: str, top: int) -> dict[str, Any]:
    """What is printed as JSON: the recommender's list, and of each level its list, what it adds and loses, and the
    sentence; a concept is a neuron's number, None for no single one. Raises UserError for a user who is not there."""
    from explorer.steering import level_lists

    lists = level_lists(run, run.dataset.user_row(user), top)
    own = lists.recommender[["rank", "item_id", "title", "score", "first_level"]]
    return {
        "user": user,
        "exact": lists.exact,
        "recommender": own.to_dict("records"),
        "levels": [
            {**_of_level(run, level), "sentence": sentence}
            for level, sentence in zip(lists.levels, _sentences(run, lists), strict=True)
        ],
    }


def _of_level(run: Run, level: LevelList) -> dict[str, Any]:
    labels = run.index.neurons["label"]
    brought = [{"neuron": k, "label": labels.iloc[k], "items": count} for k, count in level.brought()]
    return {
        "level": level.number,
        "width": level.width,
        "agreement": level.agreement,
        "shared": level.shared,
        "new": level.n_new,
        "brought": brought,
        "neurons": level.neurons,
        "list": _rows(level.table, (*_OF_ITEM, "before", "new", *_ADDED)),
        "lost": _rows(level.lost, (*_OF_ITEM, *_ADDED)),
    }


def _rows(table, names: tuple[str, ...]) -> list[dict[str, Any]]:
    from explorer.steering.by_level import NO_CONCEPT

    rows = table[list(names)].to_dict("records")
    return [{**row, "concept": None if row["concept"] == NO_CONCEPT else row["concept"]} for row in rows]


def _sentences(run: Run, lists: LevelLists) -> list[str]:
    from explorer.steering.level_words import level_sentences

    return level_sentences(lists, run.index.neurons["label"].tolist(), run.dataset.nouns)


def print_user_by_level(run: Run, found: dict[str, Any]) -> None:
    """The same for a person."""
    from explorer.cli.output import print_table
    from explorer.hierarchy.level_fidelity import fidelity_sentences

    labels = run.index.neurons["label"]
    print(f"user {found['user']}, the recommender's list:")
    print_table(found["recommender"], {"rank": "#", "title": "title", "first_level": "first level"})
    for level in found["levels"]:
        print(f"\n{level['sentence']}")
        rows = [
            {
                "rank": row["rank"],
                "title": row["title"],
                "new": "+" if row["new"] or level["level"] == 1 else "",
                "concept": "" if row["concept"] is None else f"{row['concept']} {labels.iloc[row['concept']]}",
                "there": row["recommender_rank"],
            }
            for row in level["list"]
        ]
        heads = {"rank": "#", "new": "new", "title": "title", "concept": "concept that adds most", "there": "own rank"}
        print_table(rows, heads)
        if level["lost"]:
            print(f"lost: {', '.join(row['title'] for row in level['lost'])}")
    print()
    for sentence in fidelity_sentences(run.metrics):
        print(sentence)
