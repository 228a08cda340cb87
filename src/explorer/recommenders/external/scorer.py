"""An own recommender whose score is a network of both embeddings, brought in the ONNX format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from explorer.errors import UserError
from explorer.recommenders.base import DotProductRecommender, Recommender, frozen, require_finite
from explorer.recommenders.external.config import ExternalConfig
from explorer.recommenders.external.onnx_graph import Graph, Unsupported, graph_bytes, parsed
from explorer.settings import Settings

_MAX_CELLS = 2**22
"""Numbers per intermediate result without gradients: 16 MB."""
_TOLERANCE = 1e-4
"""By how much a score may differ, relative to the spread of scores, when it is computed another way."""

Pairs = Callable[[Tensor, Tensor], Tensor]
"""User `[B, d]` and item embeddings `[M, d]` to scores `[B, M]`."""


@dataclass(frozen=True)
class ScoredRecommender(Recommender):
    """`f(u, q)` is whatever the network in `content` computes of a user's and an item's embedding."""

    user_embeddings: Tensor
    item_embeddings: Tensor
    content: bytes
    """The ONNX file."""
    pairs: Pairs
    """What the file computes."""

    def score(self, u: Tensor, q: Tensor, users: Tensor, items: Tensor | None = None) -> Tensor:
        if torch.is_grad_enabled():
            return self.pairs(u, q)
        at_once = max(1, _MAX_CELLS // (2 * self.dim * max(1, len(q))))
        return torch.cat([self.pairs(part, q) for part in u.split(at_once)])

    def tensors(self) -> dict[str, Tensor]:
        content = torch.from_numpy(np.frombuffer(self.content, np.uint8).copy())
        return {"user_embeddings": self.user_embeddings, "item_embeddings": self.item_embeddings, "scorer": content}

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> ScoredRecommender:
        """The inverse of `tensors`; raises ValueError if the scorer is not a network on such embeddings."""
        users, items = tensors["user_embeddings"], tensors["item_embeddings"]
        content = tensors["scorer"].to(torch.uint8).numpy().tobytes()
        return cls(users, items, content, pairs_of(parsed(content), items.shape[1]))

    @classmethod
    def of_file(cls, path: Path, user_embeddings, item_embeddings) -> ScoredRecommender:
        """Read the network and try it. Raises `UserError` that says what it lacks."""
        content = graph_bytes(path)
        users, items = frozen(user_embeddings), frozen(item_embeddings)
        try:
            model = cls(users, items, content, pairs_of(parsed(content), items.shape[1]))
        except Unsupported as error:
            raise UserError(f"The scorer {path} has {error}, which cannot be explained here.") from None
        except ValueError as error:
            raise UserError(f"The scorer {path} cannot be used: {error}.") from None
        except (KeyError, TypeError, RuntimeError, IndexError):
            raise UserError(f"The scorer {path} is damaged; save it again.") from None
        require_finite(model)
        some = torch.arange(min(20, len(users))), torch.arange(min(200, len(items)))
        with torch.no_grad():
            scores = model.score(users[some[0]], items[some[1]], *some)
        if not scores.isfinite().all():
            raise UserError(f"The scorer {path} gives scores that are not finite for the vectors of your files.")
        if len(items) > 1 and float(scores.max() - scores.min()) == 0:
            raise UserError(
                f"The scorer {path} gives the same score ({scores[0, 0]:.4g}) to every user and item tried; "
                "is it the trained one?"
            )
        return model


class ExternalRecommender(DotProductRecommender):
    """Reads either form of an own model: with a scorer of its own, or a dot product."""

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> Recommender:
        return (ScoredRecommender if "scorer" in tensors else DotProductRecommender).from_tensors(tensors)

    @classmethod
    def tensor_shapes(cls, config: Settings, n_users: int, n_items: int) -> dict[str, tuple[int, ...]] | None:
        return None if config.scorer else DotProductRecommender.tensor_shapes(config, n_users, n_items)


def pairs_of(graph: Graph, dim: int) -> Pairs:
    """How the scores of all pairs are had from a network: it takes rows of pairs, or users and items by themselves.

    dim: length of the embeddings. Each way is tried on random embeddings and held against the others, so that a way
    that would be quick and wrong is never taken. Raises `Unsupported` or `ValueError`.
    """
    generator = torch.Generator().manual_seed(0)
    u, q = torch.randn(4, dim, generator=generator), torch.randn(5, dim, generator=generator)
    with torch.no_grad():
        try:
            out = graph(u, q[:4])
        except (RuntimeError, IndexError, ValueError, KeyError, TypeError, NotImplementedError) as error:
            reason = str(error).strip().splitlines()[0][:200]
            raise ValueError(
                f"it fails on 4 users and 4 items with vectors of length {dim} ({reason}); save it for vectors of that "
                "length, with a number of rows that may change (dynamic_shapes)"
            ) from None
        if out.shape in ((4,), (4, 1)):
            return _of_rows(graph, u, q)
        if out.shape == (4, 4):
            return _of_sides(graph, u, q)
    raise ValueError(
        f"for 4 users and 4 items it gives an output of the shape {tuple(out.shape)}; it must be (4,) or (4, 1) for "
        "pairs, or (4, 4) for all of them"
    )


def _of_sides(graph: Graph, u: Tensor, q: Tensor) -> Pairs:
    try:
        scores = graph(u, q)
    except (RuntimeError, IndexError, ValueError, TypeError) as error:
        raise ValueError(f"it fails on 4 users and 5 items ({str(error).strip().splitlines()[0][:200]})") from None
    if not _same(graph(u[1:3], q[2:]), scores[1:3, 2:]):
        raise ValueError(
            "the score of a user and an item depends on which others are scored with them; save the scores before a "
            "softmax or a normalisation over items"
        )
    return graph


def _of_rows(graph: Graph, u: Tensor, q: Tensor) -> Pairs:
    def repeated(users: Tensor, items: Tensor) -> Tensor:
        pairs = (
            users[:, None].expand(-1, len(items), -1).reshape(-1, users.shape[1]),
            items[None].expand(len(users), -1, -1).reshape(-1, items.shape[1]),
        )
        return graph(*pairs).reshape(len(users), len(items))

    scores = repeated(u, q)
    if not _same(repeated(u[1:3], q[2:]), scores[1:3, 2:]):
        raise ValueError("the score of a user and an item depends on which others are scored with them")
    try:
        quick = graph.of_all_pairs(u, q)
    except (RuntimeError, IndexError, ValueError, KeyError, TypeError, AttributeError):
        return repeated
    return graph.of_all_pairs if _same(quick, scores) else repeated


def _same(a: Tensor, b: Tensor) -> bool:
    spread = float((b.max() - b.min()).clamp(min=1e-6))
    if not np.isfinite(spread):  # said when the scores of the real vectors are tried
        return a.shape == b.shape and torch.equal(a.isfinite(), b.isfinite())
    return a.shape == b.shape and bool(((a - b).abs() <= _TOLERANCE * spread).all())


def untrained(config: ExternalConfig, n_users: int, n_items: int, generator: torch.Generator) -> Recommender:
    """Random embeddings, scored as the files say."""
    users, items = (torch.randn(n, config.dim, generator=generator) for n in (n_users, n_items))
    if config.scorer is None:
        return DotProductRecommender.from_arrays(users, items)
    return ScoredRecommender.of_file(Path(config.scorer), users, items)
