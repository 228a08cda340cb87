"""Train a sparse autoencoder on a frozen recommender: user batch × item batch, losses on embeddings and on scores."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from explorer.errors import UserError
from explorer.progress import Progress, silent
from explorer.recommenders import Recommender
from explorer.sae.activations import ACTIVATIONS
from explorer.sae.config import SaeConfig
from explorer.sae.losses import embedding_loss, lift_of_sleepers, prediction_loss, revival_loss, score_variance
from explorer.sae.model import SIDES, SparseAutoencoder

THRESHOLD_MEMORY = 0.02
"""Share of the run over which the inference threshold averages the smallest kept activation."""


@dataclass(frozen=True)
class Batch:
    """What one step sees: row numbers of users `[B]` and items `[B']`, and which neurons are dead `[n]`."""

    users: Tensor
    items: Tensor
    dead: Tensor


@dataclass(frozen=True)
class StepResult:
    """What one step says: the loss to minimise, its named parts unweighted, and what else is worth a curve."""

    total: Tensor
    losses: dict[str, Tensor]
    metrics: dict[str, float]
    fired: Tensor
    """bool `[n]`: fired on some row of the batch."""
    smallest_kept: list[Tensor | None] = field(default_factory=list)
    """Per side, what the inference threshold follows."""
    lift: Tensor | None = None
    """`[n]`: what the biases of dead neurons that are negative everywhere are raised by."""


class Trainer:
    """Holds everything that changes while training: weights, optimiser, random state, dead-neuron clock."""

    def __init__(self, config: SaeConfig, recommender: Recommender, seed: int):
        self.config = config
        self.recommender = recommender
        self.generator = torch.Generator().manual_seed(seed)
        self.sae = SparseAutoencoder.initialised(
            recommender.user_embeddings, recommender.item_embeddings, config.width, self.generator
        )
        self.activation = ACTIVATIONS[type(config)](config)
        self.variance = score_variance(recommender, seed)
        self.optimiser = torch.optim.Adam(self.sae.parameters(), lr=config.learning_rate, betas=(0.9, 0.99))

        self.sizes = (recommender.n_users, recommender.n_items)
        self.batch_sizes = [min(config.batch_size, size) for size in self.sizes]
        self.steps_per_epoch = max(math.ceil(n / b) for n, b in zip(self.sizes, self.batch_sizes, strict=True))
        self.steps = config.epochs * self.steps_per_epoch
        self.step = 0
        self.silent_steps = torch.zeros(config.width)
        self._queues = [torch.empty(0, dtype=torch.long) for _ in self.sizes]

    def next_batch(self) -> Batch:
        """The next users and items of two independent shuffles; the shorter side starts over when it runs out."""
        rows = []
        for i, (size, wanted) in enumerate(zip(self.sizes, self.batch_sizes, strict=True)):
            while len(self._queues[i]) < wanted:
                self._queues[i] = torch.cat([self._queues[i], torch.randperm(size, generator=self.generator)])
            rows.append(self._queues[i][:wanted])
            self._queues[i] = self._queues[i][wanted:]
        dead = self.silent_steps > self.config.dead_after * self.steps_per_epoch
        return Batch(rows[0], rows[1], dead)

    def losses(self, batch: Batch) -> StepResult:
        """All losses of a batch, with gradients to the autoencoder and to nothing else."""
        sae, model, config = self.sae, self.recommender, self.config
        u, q = model.user_embeddings[batch.users], model.item_embeddings[batch.items]
        sides = [sae.normalise(x, side) for x, side in zip((u, q), SIDES, strict=True)]
        cut = [len(x) for x in sides]
        target = torch.cat(sides)
        pre = sae.pre_activations(target)
        codes, smallest = zip(*(self.activation(part) for part in pre.split(cut)), strict=True)
        z = torch.cat(codes)
        reconstructed = z @ sae.W_dec
        parts = list(zip(reconstructed.split(cut), sides, strict=True))

        losses = {"embedding": sum(embedding_loss(x_hat, x) for x_hat, x in parts)}
        weights = {"embedding": 1.0}
        if config.prediction_weight:
            u_hat, q_hat = (sae.denormalise(x_hat, side) for (x_hat, _), side in zip(parts, SIDES, strict=True))
            with torch.no_grad():
                true_scores = model.score(u, q, batch.users, batch.items)
            scores = model.score(u_hat, q_hat, batch.users, batch.items)
            losses["prediction"] = prediction_loss(true_scores, scores, self.variance)
            weights["prediction"] = config.prediction_weight
        for name, (weight, value) in self.activation.penalties(z).items():
            losses[name], weights[name] = value, weight
        lift = None
        if config.revive_weight and batch.dead.any():
            residual = (target - reconstructed).detach()
            lift = lift_of_sleepers(pre, batch.dead)
            losses["revival"] = revival_loss(sae, pre + lift, residual, batch.dead, most=max(8, target.shape[1] // 2))
            weights["revival"] = config.revive_weight
        fires = z.detach() > 0
        metrics = {
            **{
                f"l0_{side}s": float(part.sum(1).float().mean())
                for side, part in zip(SIDES, fires.split(cut), strict=True)
            },
            "dead": int(batch.dead.sum()),
        }
        total = sum(weights[name] * value for name, value in losses.items())
        return StepResult(total, losses, metrics, fires.any(dim=0), list(smallest), lift)

    def train_step(self) -> StepResult:
        """One step of Adam; keeps directions unit vectors and the inference thresholds up to date."""
        result = self.losses(self.next_batch())
        if not torch.isfinite(result.total):
            bad = [name for name, value in result.losses.items() if not torch.isfinite(value)]
            raise UserError(
                f"The {' and '.join(bad) or 'total'} loss became infinite at step {self.step + 1} of {self.steps}; "
                "lower sae.learning_rate or sae.prediction_weight."
            )
        for group in self.optimiser.param_groups:
            group["lr"] = self.config.learning_rate * self._schedule()
        self.optimiser.zero_grad()
        result.total.backward()
        with torch.no_grad():
            W, grad = self.sae.W_dec, self.sae.W_dec.grad
            grad -= (grad * W).sum(dim=1, keepdim=True) * W  # the part along the direction would be undone below
            self.optimiser.step()
            W /= W.norm(dim=1, keepdim=True).clamp(min=1e-12)
            if result.lift is not None:
                self.sae.b_enc += result.lift
            for side, smallest in enumerate(result.smallest_kept):
                if smallest is not None:
                    weight = 1.0 if self.step == 0 else 1 / max(1.0, THRESHOLD_MEMORY * self.steps)
                    self.sae.threshold[side] += weight * (smallest - self.sae.threshold[side])
            self.silent_steps = torch.where(result.fired, 0.0, self.silent_steps + 1)
        self.step += 1
        return result

    def _schedule(self) -> float:
        """Factor on the step size: a linear rise, a plateau, a linear fall to zero."""
        done = self.step / self.steps
        rise = (done + 1 / self.steps) / self.config.warmup_share if self.config.warmup_share else 1.0
        fall = (1 - done) / self.config.decay_share if self.config.decay_share else 1.0
        return min(1.0, rise, fall)


def train_sae(
    config: SaeConfig, recommender: Recommender, seed: int, progress: Progress = silent
) -> tuple[SparseAutoencoder, list[dict]]:
    """Train from a seed; returns the frozen autoencoder and one record per epoch (means over its steps)."""
    trainer = Trainer(config, recommender, seed)
    history: list[dict] = []
    for epoch in range(1, config.epochs + 1):
        records = []
        for _ in range(trainer.steps_per_epoch):
            result = trainer.train_step()
            losses = {f"{name}_loss": value.item() for name, value in result.losses.items()}
            records.append({**losses, **result.metrics, "total_loss": result.total.item()})
        names = dict.fromkeys(name for record in records for name in record)
        means = {name: float(np.mean([record.get(name, 0.0) for record in records])) for name in names}
        history.append({"epoch": epoch, "step": trainer.step, **means})
        progress(
            "sae",
            epoch / config.epochs,
            f"epoch {epoch} of {config.epochs}, embedding loss {means['embedding_loss']:.3f}"
            + (f", prediction loss {means['prediction_loss']:.3f}" if "prediction_loss" in means else ""),
        )
    return trainer.sae.freeze(), history
