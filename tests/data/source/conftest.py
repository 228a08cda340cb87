"""Files as strangers have them, invented: a folder each, by name, made anew from a seed."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pandas as pd
import pytest

SEED = 7


def _rows(rng: random.Random, n: int, row) -> str:
    return "".join(row(rng) + "\n" for _ in range(n))


def _shop(rng):
    return {
        "ratings.csv": "customer,product,stars,when\n"
        + _rows(rng, 200, lambda r: f"c{r.randrange(20)},p{r.randrange(30)},{r.randrange(1, 6)},2024-03-11"),
        "products.csv": "product,name,category,brand\n"
        + "".join(f"p{i},Product {i},{rng.choice(['Toys', 'toys', 'Books'])},{rng.choice('XYZ')}\n" for i in range(30)),
    }  # fmt: skip


def _plays(rng):
    return {
        "plays.tsv": "userID\tartistID\tweight\n"
        + _rows(rng, 200, lambda r: f"{r.randrange(20)}\t{r.randrange(30)}\t{r.randrange(1, 900)}")
    }


def _baskets(rng):
    goods = ["milk", "bread", "eggs", "ham", "tea", "soda"]
    return {"groceries.csv": _rows(rng, 60, lambda r: ",".join(r.sample(goods, r.randrange(1, 5))))}


def _histories(rng):
    return {
        "train.txt": "".join(
            f"{user} " + " ".join(map(str, rng.sample(range(40), rng.randrange(2, 9)))) + "\n" for user in range(60)
        )
    }


def _books(rng):
    tags = [f"tag {i}" for i in range(300)]
    return {
        "BX-Book-Ratings.csv": (
            '"User-ID";"ISBN";"Book-Rating"\n'
            + _rows(rng, 300, lambda r: f'"{r.randrange(20)}";"00{r.randrange(60)}";"{r.randrange(11)}"')
        ).encode("latin-1"),
        "BX-Books.csv": (
            '"ISBN";"Book-Title";"Book-Author";"Year-Of-Publication";"Tags"\n'
            + "".join(
                f'"00{i}";"Bücher & Männer {i}";"Autör {i % 5}";"199{i % 10}";"{"|".join(rng.sample(tags, 5))}"\n'
                for i in range(60)
            )
        ).encode("latin-1"),
    }


def _recbole(rng):
    return {
        "x.inter": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
        + _rows(
            rng,
            200,
            lambda r: f"u{r.randrange(20)}\ti{r.randrange(30)}\t{r.randrange(1, 6)}\t{1e9 + r.randrange(10**6)}",
        ),
        "x.item": "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
        + "".join(
            f"i{i}\tThe Film {i}\t{1990 + i % 9}\t{rng.choice(['Action Drama', 'Drama', 'Comedy'])}\n"
            for i in range(30)
        ),
    }


def _reviews(rng):
    def review(r):
        return json.dumps(
            {
                "reviewerID": f"A{r.randrange(20)}",
                "asin": f"B{r.randrange(30)}",
                "overall": float(r.randrange(1, 6)),
                "unixReviewTime": 10**9 + r.randrange(10**6),
                "reviewText": "It was good. " * 20,
            }
        )

    return {
        "reviews.jsonl": _rows(rng, 200, review),
        "meta.jsonl": "".join(
            json.dumps(
                {"asin": f"B{i}", "title": f"Thing {i}", "categories": ["Home", rng.choice(["Kitchen", "Bath"])]}
            )
            + "\n"
            for i in range(30)
        ),
    }


def _hotels(rng):
    return {
        "stays.csv": (
            "guest;hotel;score;date\n"
            + _rows(
                rng,
                200,
                lambda r: (
                    f"{r.randrange(20)};Hôtel {r.randrange(9)};{r.randrange(1, 5)},5;{r.randrange(13, 29)}.03.2025"
                ),
            )
        ).encode("cp1252")
    }


def _jokes(rng):
    def line(r):
        return ",".join(r.choice(["99", f"{r.uniform(-10, 10):.2f}"]) for _ in range(20))

    return {"jester.csv": _rows(rng, 60, line)}


def _american_dates(rng):
    return {
        "r.csv": "user,item,date\n"
        + _rows(rng, 60, lambda r: f"{r.randrange(9)},{r.randrange(9)},0{r.randrange(1, 9)}/0{r.randrange(1, 9)}/2025")
    }


def _milliseconds(rng):
    text = "user,item,ts\n" + _rows(
        rng, 60, lambda r: f"{r.randrange(9)},{r.randrange(9)},{1_700_000_000_000 + r.randrange(10**9)}"
    )
    return {"r.csv.gz": gzip.compress(text.encode())}


def _u_data(rng):
    return {
        "u.data": _rows(
            rng,
            200,
            lambda r: f"{r.randrange(20)}\t{r.randrange(30)}\t{r.randrange(1, 6)}\t{880_000_000 + r.randrange(10**6)}",
        ),
        "u.item": "".join(
            f"{i}|Film {i} (1995)|01-Jan-1995||http://x|" + "|".join(rng.choice("01") for _ in range(5)) + "\n"
            for i in range(30)
        ),
    }


def _sessions(rng):
    rows = [(rng.randrange(20), rng.randrange(30), rng.randrange(1, 4)) for _ in range(200)]
    return {"clicks.parquet": pd.DataFrame(rows, columns=["session_id", "article_id", "clicks"])}


CORPUS = {
    "shop": _shop, "plays": _plays, "baskets": _baskets, "histories": _histories, "books": _books,
    "recbole": _recbole, "reviews": _reviews, "hotels": _hotels, "jokes": _jokes,
    "american-dates": _american_dates, "milliseconds": _milliseconds, "u-data": _u_data, "sessions": _sessions,
}  # fmt: skip


def made(name: str, folder: Path) -> Path:
    """The files of one of the corpus in a new folder of this name."""
    target = folder / name
    target.mkdir()
    for file, content in CORPUS[name](random.Random(SEED)).items():
        if isinstance(content, pd.DataFrame):
            content.to_parquet(target / file)
        else:
            (target / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    return target


@pytest.fixture
def corpus(tmp_path):
    """Makes one of the corpus: name → its folder."""
    return lambda name: made(name, tmp_path)


@pytest.fixture
def written(tmp_path):
    """Writes files into a new folder: name → text or bytes."""

    def write(**files) -> Path:
        target = tmp_path / "own"
        target.mkdir()
        for name, content in files.items():
            name = name.replace("_", ".")
            (target / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return target

    return write
