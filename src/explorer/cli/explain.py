"""Explain your own recommender: vectors from files become a run like any other; nothing of it is trained again.

  explain --dataset shop --users users.npy --items items.npy --out runs/mine        rows in the order of the data's ids
  explain --dataset shop --users u.parquet --items i.parquet --score cosine …       ids in the first column
  explain --dataset shop --users als.npz --items als.npz --user-ids u.txt …         as `implicit` saves it
  explain --dataset shop --users u.npy --items i.npy --scorer net.onnx …            a network gives the score
  explain --dataset shop --items words.npy --item-ids ids.txt …                     items alone: users are means

Files are .npy, .npz, .safetensors, .parquet, .csv, .tsv, word2vec text, or a PyTorch state dict; or a folder of parts
(part-00000.parquet, part-00001.parquet, …; also .npy, .safetensors, .arrow). Parts and files of 128 MiB and more are
read piece by piece into a file of the folder EXPLORER_SCRATCH, and need not fit in memory. Users and items
without a vector are left out of the data, and that is said. An accuracy is measured only with --trained-on training:
a model that has seen the held-out positives has none (`datasets split` writes what it may see).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer.cli import train
from explorer.cli.train import add_run_arguments
from explorer.errors import UserError

_FILES = ("users", "items", "user_ids", "item_ids", "user_bias", "item_bias", "scorer")
_REST = ("user_tensor", "item_tensor", "user_offset", "item_offset", "score", "trained_on", "least_matched", "name")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `explain`."""
    add_run_arguments(parser)
    own = parser.add_argument_group("your recommender")
    own.add_argument(
        "--users", metavar="FILE_OR_FOLDER", type=Path, help="user vectors; without them: means of a user's items"
    )
    own.add_argument("--items", metavar="FILE_OR_FOLDER", type=Path, help="item vectors")
    for side in ("user", "item"):
        own.add_argument(f"--{side}-ids", metavar="FILE", type=Path, help=f"the {side} id of each row")
        own.add_argument(f"--{side}-tensor", metavar="NAME", help="of a file with several tensors")
        own.add_argument(f"--{side}-offset", metavar="N", type=int, help="rows before the first, such as padding")
        own.add_argument(f"--{side}-bias", metavar="FILE", type=Path, help="one number a row, added to scores")
    own.add_argument(
        "--scorer", metavar="FILE", type=Path, help="a network (ONNX) that gives the score of both vectors"
    )
    own.add_argument("--score", choices=("dot", "cosine"), help="how vectors become a score (default: dot)")
    own.add_argument(
        "--trained-on",
        choices=("unknown", "training", "everything"),
        help="what it has seen; 'training': none of the held-out positives (default: unknown)",
    )
    own.add_argument("--least-matched", metavar="SHARE", type=float, help="of ids that must have a vector (0.5)")
    own.add_argument("--name", metavar="NAME", help="what pages call the model")


def run(options: argparse.Namespace) -> None:
    """Read, match, train the autoencoder, save."""
    if options.items is None:
        raise UserError("--items is missing: a file with one vector per item.")
    overrides = {f"recommender.{name}": getattr(options, name) for name in _REST}
    for name in _FILES:
        path = getattr(options, name)
        overrides[f"recommender.{name}"] = None if path is None else str(path.absolute())
    options.overrides = overrides
    options.model, options.resume, options.background = "external", False, False
    options.settings, options.checkpoint_every = False, None
    train.run(options)
