"""Train a sparse autoencoder on a frozen recommender: user batch × item batch, losses on embeddings and on scores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import torch
from torch import Tensor

from explorer.errors import UserError
from explorer.progress import Progress, silent
from explorer.recommenders import Recommender
from explorer.sae.activations import ACTIVATIONS
from explorer.sae.config import SaeConfig
from explorer.sae.losses import dead_neuron_bias_lift, embedding_loss, revival_loss
from explorer.sae.model import SIDES, SparseAutoencoder
from explorer.sae.prediction import PredictionLoss
from explorer.sae.step import Batch, EncodedBatch, LossTerm, StepResult

THRESHOLD_MEMORY = 0.02
"""Share of the run over which the inference threshold averages the smallest kept activation."""
OBSERVATIONS = 50
"""How often, roughly, a training is looked at from outside (`Watcher.observe`)."""


class Diverged(UserError):
    """The loss is no longer finite.

    `state`: the trainer's after the last good epoch. `epoch`: its number, 0 for the start. `history`: up to there.
    """

    def __init__(self, message: str):
        super().__init__(message)
        self.state: dict[str, Tensor] = {}
        self.epoch = 0
        self.history: list[dict] = []


class Trainer:
    """Holds everything that changes while training: weights, optimiser, random state, dead-neuron clock, sums."""

    def __init__(
        self,
        config: SaeConfig,
        recommender: Recommender,
        seed: int,
        progress: Progress = silent,
        state: dict[str, Tensor] | None = None,
    ):
        """`state`: what to resume from (`Trainer.state`)."""
        self.config = config
        self.recommender = recommender
        seed = seed if config.seed is None else config.seed
        self.generator = torch.Generator().manual_seed(seed)
        self.activation = ACTIVATIONS[type(config)](config)
        self.sae = self.activation.fresh(recommender, self.generator, progress, start=not state)
        self.prediction = PredictionLoss(config, recommender, seed)
        self.optimiser = torch.optim.Adam(self.sae.parameters(), lr=config.learning_rate, betas=(0.9, 0.99))

        self.sizes = (recommender.n_users, recommender.n_items)
        self.batch_sizes = [min(config.batch_size, size) for size in self.sizes]
        self.steps_per_epoch = config.steps_per_epoch(*self.sizes)
        self.steps = config.epochs * self.steps_per_epoch
        self.step = 0
        self.silent_steps = torch.zeros(config.width)
        self._queues = [torch.empty(0, dtype=torch.long) for _ in self.sizes]
        self._sums: dict[str, float] = {}
        if state:
            self.restore(state)

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
        """The loss of a batch, with gradients to the autoencoder and to nothing else:

            Σ_term weight · value  =  embedding + λ_pred prediction + λ_kl kl + λ_1 l1 + λ_revival revival

        `embedding` and `prediction` are means over the levels: every prefix of the dictionary reconstructs by itself.
        """
        codes = self._encode(batch)
        reconstructions = list(self._reconstructions(codes.z))
        terms = {"embedding": LossTerm(1.0, *(self._embedding_loss(codes, rebuilt) for rebuilt in reconstructions))}
        if self.config.prediction_weight:
            scores = self.prediction.target(batch.users, batch.items)
            values = [self.prediction(*self._embeddings(codes, rebuilt), scores) for rebuilt in reconstructions]
            terms["prediction"] = LossTerm(self.config.prediction_weight, *values)
        for name, (weight, value) in self.activation.penalties(codes.z).items():
            terms[name] = LossTerm(weight, value)
        lift = None
        if codes.pre is not None and self.config.revive_weight and batch.dead.any():
            residual = (codes.target - reconstructions[-1]).detach()  # of the whole dictionary
            lift = dead_neuron_bias_lift(codes.pre, batch.dead)
            max_neurons = max(8, residual.shape[1] // 2)
            revival = revival_loss(self.sae, codes.pre + lift, residual, batch.dead, max_neurons)
            terms["revival"] = LossTerm(self.config.revive_weight, revival)
        return StepResult(terms, self._metrics(batch, codes, terms), codes, lift)

    def _encode(self, batch: Batch) -> EncodedBatch:
        sae, model = self.sae, self.recommender
        u, q = model.user_embeddings[batch.users], model.item_embeddings[batch.items]
        sides = [sae.normalise(x, side) for x, side in zip((u, q), SIDES, strict=True)]
        rows = [len(x) for x in sides]
        coded = [self.activation.encode(sae, x, side) for side, x in enumerate(sides)]
        pre = None if coded[0].pre is None else torch.cat([of.pre for of in coded])
        return EncodedBatch(
            rows,
            [sae.lengths(x, side) for x, side in zip((u, q), SIDES, strict=True)],
            torch.cat(sides),
            pre,
            torch.cat([of.z for of in coded]),
            [of.smallest_kept for of in coded],
        )

    def _reconstructions(self, z: Tensor) -> Iterator[Tensor]:
        """What each level makes of the code, `[B, d]` in normalised units."""
        if self.sae.levels_stand_alone:
            for width in self.config.levels:
                there = self.sae.rebuilding(width)
                yield z[:, there] @ self.sae.W_dec[there]
            return
        start, total = 0, 0.0
        for width in self.config.levels:  # each from the one before
            total = total + z[:, start:width] @ self.sae.W_dec[start:width]
            start = width
            yield total

    def _embedding_loss(self, codes: EncodedBatch, rebuilt: Tensor) -> Tensor:
        """Of both sides, each weighing the same however many rows it has."""
        parts = zip(rebuilt.split(codes.rows), codes.target.split(codes.rows), strict=True)
        return sum(embedding_loss(part, target) for part, target in parts)

    def _embeddings(self, codes: EncodedBatch, rebuilt: Tensor) -> list[Tensor]:
        """Reconstructed users and items in the recommender's own units."""
        parts = zip(rebuilt.split(codes.rows), SIDES, codes.lengths, strict=True)
        return [self.sae.denormalise(part, side, lengths) for part, side, lengths in parts]

    def _metrics(self, batch: Batch, codes: EncodedBatch, terms: dict[str, LossTerm]) -> dict[str, float]:
        """What is worth a curve beside the terms: neurons that fire per row, dead ones, and the terms by level."""
        fires = zip(SIDES, (codes.z.detach() > 0).split(codes.rows), strict=True)
        metrics = {f"l0_{side}s": float(part.sum(1).float().mean()) for side, part in fires}
        metrics["dead"] = int(batch.dead.sum())
        if len(self.config.levels) > 1:
            for name, term in terms.items():
                if len(term.by_level) > 1:
                    levels = zip(self.config.levels, term.by_level, strict=True)
                    metrics |= {f"{name}_loss@{width}": value.item() for width, value in levels}
        return metrics

    def train_step(self) -> StepResult:
        """One step of Adam; keeps directions unit vectors and the inference thresholds up to date."""
        result = self.losses(self.next_batch())
        if not torch.isfinite(result.total):
            bad = [name for name, value in result.losses.items() if not torch.isfinite(value)]
            raise self._diverged(f"The {' and '.join(bad) or 'total'} loss", self.step + 1)
        for group in self.optimiser.param_groups:
            group["lr"] = self.config.learning_rate * self._schedule()
        self.optimiser.zero_grad()
        result.total.backward()
        with torch.no_grad():
            W, grad = self.sae.W_dec, self.sae.W_dec.grad
            grad -= (grad * W).sum(dim=1, keepdim=True) * W  # the part along the direction would be undone below
            self.optimiser.step()
            self.activation.after_step(self.sae)
            if result.lift is not None:
                self.sae.b_enc += result.lift
            for side, smallest in enumerate(result.codes.smallest_kept):
                if smallest is not None:
                    weight = 1.0 if self.step == 0 else 1 / max(1.0, THRESHOLD_MEMORY * self.steps)
                    self.sae.threshold[side] += weight * (smallest - self.sae.threshold[side])
            self.silent_steps = torch.where(result.fired, 0.0, self.silent_steps + 1)
        self.step += 1
        losses = {f"{name}_loss": value.item() for name, value in result.losses.items()}
        for name, value in {**losses, **result.metrics, "total_loss": result.total.item()}.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        return result

    def close_epoch(self) -> dict[str, float]:
        """Means over the steps of the epoch just done of every loss and metric; starts the next one."""
        # In an order that does not depend on whether the epoch began before a checkpoint.
        names = sorted(self._sums, key=_by_name_and_width)
        means = {name: self._sums[name] / self.steps_per_epoch for name in names}
        self._sums = {}
        return means

    def check_weights(self) -> None:
        """Raise `Diverged` if the last step has spoilt the weights, as a gradient can that overflows where the loss
        did not."""
        for name, parameter in self.sae.named_parameters():
            if not torch.isfinite(parameter).all():
                raise self._diverged(name, self.step)

    def _diverged(self, what: str, step: int) -> Diverged:
        return Diverged(
            f"{what} became infinite at step {step} of {self.steps}; lower sae.learning_rate or sae.prediction_weight."
        )

    def _schedule(self) -> float:
        """Factor on the step size: a linear rise, a plateau, a linear fall to zero."""
        done = self.step / self.steps
        rise = (done + 1 / self.steps) / self.config.warmup_share if self.config.warmup_share else 1.0
        fall = (1 - done) / self.config.decay_share if self.config.decay_share else 1.0
        return min(1.0, rise, fall)

    @property
    def epoch(self) -> int:
        """Whole epochs done."""
        return self.step // self.steps_per_epoch

    def state(self) -> dict[str, Tensor]:
        """Everything that changes while training, copied, by name: what a checkpoint holds."""
        state = {f"sae.{name}": values for name, values in self.sae.tensors().items()}
        for name, parameter in self.sae.named_parameters():
            for key, values in self.optimiser.state[parameter].items():
                state[f"optimiser.{name}.{key}"] = values
        state |= {f"queue.{i}": queue for i, queue in enumerate(self._queues)}
        state |= {"random": self.generator.get_state(), "silent_steps": self.silent_steps}
        state |= {f"sum.{name}": torch.tensor(total, dtype=torch.float64) for name, total in self._sums.items()}
        state["step"] = torch.tensor(self.step)
        return {name: values.detach().clone().contiguous() for name, values in state.items()}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Resume from a `state`: what follows equals, bit for bit, what would have followed there."""
        state = {name: values.clone() for name, values in state.items()}
        own = {name: values for name, values in state.items() if name.startswith("sae.")}
        self.sae.load_state_dict({name.removeprefix("sae."): values for name, values in own.items()})
        for name, parameter in self.sae.named_parameters():
            prefix = f"optimiser.{name}."
            kept = {key.removeprefix(prefix): values for key, values in state.items() if key.startswith(prefix)}
            self.optimiser.state.pop(parameter, None)  # before the first step there is none
            if kept:
                self.optimiser.state[parameter] = kept
        self._queues = [state[f"queue.{i}"] for i in range(len(self._queues))]
        self.generator.set_state(state["random"])
        self.silent_steps = state["silent_steps"]
        sums = {name: float(total) for name, total in state.items() if name.startswith("sum.")}
        self._sums = {name.removeprefix("sum."): total for name, total in sums.items()}
        self.step = int(state["step"])


def _by_name_and_width(name: str) -> tuple[str, int]:
    measure, _, width = name.partition("@")
    return measure, int(width or 0)


class Watcher(Protocol):
    """Looks on while an autoencoder is trained, and changes nothing about it."""

    def after_step(self, trainer: Trainer, history: list[dict]) -> None:
        """Called after every step with the records of the epochs done; may raise, which ends the training there."""

    def observe(self, sae: SparseAutoencoder) -> dict[str, float]:
        """Called every few epochs; what it returns joins the epoch's record."""


class NullCallback(Watcher):
    """A `Watcher` that does nothing."""

    def after_step(self, trainer: Trainer, history: list[dict]) -> None:
        pass

    def observe(self, sae: SparseAutoencoder) -> dict[str, float]:
        return {}


def train_sae(
    config: SaeConfig,
    recommender: Recommender,
    seed: int,
    progress: Progress = silent,
    watcher: Watcher | None = None,
    state: dict[str, Tensor] | None = None,
    history: list[dict] | None = None,
) -> tuple[SparseAutoencoder, list[dict]]:
    """Train from a seed; returns the frozen autoencoder and one record per epoch (means over its steps).

    `watcher`: looks on after every step.
    `state`: a `Trainer.state` to resume from; the outcome is the same to the bit.
    `history`: the records up to there.
    Raises `Diverged`, with the state of the last good epoch, when a loss is no longer finite.
    """
    trainer, history = Trainer(config, recommender, seed, progress, state), list(history or [])
    watcher = watcher or NullCallback()
    observed_every = max(1, round(config.epochs / OBSERVATIONS))
    good = trainer.state()
    progress("sae", trainer.step / max(trainer.steps, 1))
    while trainer.epoch < config.epochs:
        try:
            for _ in range(trainer.steps_per_epoch - trainer.step % trainer.steps_per_epoch):
                trainer.train_step()
                if trainer.step % trainer.steps_per_epoch:  # the last step's turn comes when its epoch is recorded
                    watcher.after_step(trainer, history)
                    progress("sae", trainer.step / trainer.steps)
            trainer.check_weights()
        except Diverged as error:
            error.state, error.epoch, error.history = good, len(history), history
            raise
        record = {"epoch": trainer.epoch, "step": trainer.step, **trainer.close_epoch()}
        if trainer.epoch % observed_every == 0 or trainer.epoch == config.epochs:
            record |= watcher.observe(trainer.sae)
        good = trainer.state()
        history.append(record)
        progress(
            "sae",
            trainer.epoch / config.epochs,
            f"epoch {trainer.epoch} of {config.epochs}, embedding loss {record['embedding_loss']:.3f}"
            + (f", prediction loss {record['prediction_loss']:.3f}" if "prediction_loss" in record else ""),
            record,
        )
        watcher.after_step(trainer, history)
    return trainer.sae.freeze(), history
