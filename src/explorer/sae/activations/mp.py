"""Matching pursuit: the code is searched for, with the dictionary that is being trained (Costa et al. 2025)."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from explorer.progress import Progress, silent
from explorer.recommenders import Recommender
from explorer.sae.activations.activation import Activation, Encoded
from explorer.sae.config import CountedConfig, Start, UserLength
from explorer.sae.dictionary import popularity_direction
from explorer.sae.matching_pursuit import PAIR, PursuitAutoencoder
from explorer.sae.model import SIDES
from explorer.sae.pursuit import least_squares
from explorer.sae.start import mean_scores, start_directions


class MpConfig(CountedConfig):
    """The same number of neurons for every item, and for every user, found by search."""

    activation: Literal["mp"] = "mp"
    start: Start = "components"
    dictionary_rounds: int = Field(
        8, ge=0, le=1000, description="Rounds of dictionary learning before the first epoch; 0 is none."
    )
    user_length: UserLength = "auto"
    popularity: Literal["pair", "none"] = Field(
        "pair",
        description="'pair': two neurons of their own stand for popularity, one up and one down, with all others "
        "orthogonal to them; 'none': it is learned like anything else.",
    )
    coarse_k: int = Field(
        3, ge=1, le=65536, description="Neurons active per item on every level but the last, where there are levels."
    )
    coarse_k_users: int = Field(4, ge=1, le=65536, description="The same per user.")
    epochs: int = Field(3, ge=0, le=100_000, description="Epochs after the dictionary is learned; 0 keeps it.")
    batch_size: int = Field(512, ge=2, le=65536, description="Users, and items, per step.")
    learning_rate: float = Field(0.002, gt=0, le=1, description="Step size of Adam.")


class MatchingPursuit(Activation):
    """The support of a code is searched for; where it stands, the coefficients are those of least squares, through
    which gradients flow."""

    config: MpConfig
    model = PursuitAutoencoder

    @torch.no_grad()
    def fresh(
        self, recommender: Recommender, generator: torch.Generator, progress: Progress = silent, start: bool = True
    ) -> PursuitAutoencoder:
        # Copies: what was read from a file lies elsewhere in memory, where a matrix product may round differently, and
        # a training that is resumed before its first step would have another start.
        config, embeddings = self.config, (recommender.user_embeddings.clone(), recommender.item_embeddings.clone())
        sae = self.model(recommender.dim, config.width, config.levels)
        sae.measure_sides(*embeddings, self.unit_users(recommender))
        if not start:
            sae.W_dec.zero_()
            return sae
        rows = [sae.normalise(x, side) for x, side in zip(embeddings, SIDES, strict=True)]
        parts = []
        direction = None
        if config.popularity == "pair" and config.levels[0] > PAIR:
            direction = popularity_direction(rows[1], mean_scores(recommender, *embeddings))
        if direction is not None:
            sae.paired.fill_(1)
            parts.append(torch.stack([direction, -direction]))
            rows = [x - (x @ direction)[:, None] * direction for x in rows]
        for level, block in enumerate(sae.blocks):
            size = block.stop - block.start
            counts = [min(count, size) for count in self._counts(level, sae.pair)]
            sae.steps[:, level] = torch.tensor(counts)
            # Both sides alike here: with as many as an item may use in the end, directions become less clear.
            # From the same components a coarse level would have the fine one's concepts once more.
            coarse = config.start == "components" and level < len(sae.blocks) - 1
            start = config.model_copy(update={"start": "clusters"}) if coarse else config
            parts.append(start_directions(start, rows, size, (min(counts),) * 2, generator, progress))
        sae.W_dec.copy_(torch.cat(parts))
        sae.constrain()
        return sae

    def _counts(self, level: int, pair: int) -> tuple[int, int]:
        """Neurons that fire on a user and on an item, without the one of the pair that always does."""
        if level < len(self.config.levels) - 1:
            return self.config.coarse_k_users, self.config.coarse_k
        return tuple(max(count - bool(pair), 1) for count in self.config.counts)

    def encode(self, sae: PursuitAutoencoder, x: Tensor, side: int) -> Encoded:
        with torch.no_grad():
            found = sae.code(x, side, sae.W_dec)
        parts = [(x @ sae.W_dec[: sae.pair].T).relu()]
        for block, steps in zip(sae.blocks, sae.steps[side].tolist(), strict=True):
            parts.append(_refitted(found[:, block], x, sae.W_dec[block], steps))
        return Encoded(None, torch.cat(parts, dim=1), None)

    def after_step(self, sae: PursuitAutoencoder) -> None:
        sae.constrain()


def _refitted(found: Tensor, x: Tensor, directions: Tensor, steps: int) -> Tensor:
    """The codes `found` `[B, n]` again, as a function of the directions `[n, d]` that gradients go through: on the
    support of a non-negative least-squares solution it is the solution of plain least squares."""
    values, chosen = found.topk(min(steps, found.shape[1]), dim=1)
    fires = values > 0
    own = directions[chosen]
    fitted = least_squares(own @ own.transpose(1, 2), (own @ x[:, :, None])[:, :, 0], fires)
    return torch.zeros_like(found).scatter(1, chosen, fitted.relu() * fires)
