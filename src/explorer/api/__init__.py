"""Concept Explorer in Python: open a run, train one, explain a recommender of your own.

>>> from explorer import explain, load_run, train
>>> run = load_run("assets/demo-run")
>>> run.items(17)                       # the strongest items of a neuron
>>> run.steer(7, {17: 1.5}).list        # user 7's list with that neuron at 1.5 times the strongest user's
>>> run.encode(vectors, "items")        # activations of any embeddings
>>> run.export("neurons.parquet")

The same code, and the same numbers, as on the pages and on the command line.
"""

from explorer.api.making import explain, train
from explorer.api.opened import Run, Steered, load_run

__all__ = ["Run", "Steered", "explain", "load_run", "train"]
