"""In place of the training: numbers made from the configuration at once, and a record of what was asked for."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from explorer.config import RunConfig
from explorer.errors import UserError
from explorer.runs import Base, RunMetrics, read_manifest

DEMO_RUN = Path(__file__).parents[2] / "assets" / "demo-run"


class Workshop:
    """What a sweep calls, and what it was called with: `bases` and `points`, in order."""

    def __init__(self, monkeypatch):
        self.bases: list[RunConfig] = []
        self.points: list[RunConfig] = []
        self.content = "the first"
        """Other content, other data set."""
        self.bad_bases, self.bad_points = set(), set()
        """Dimensions whose base, and k whose autoencoder, cannot be trained."""
        self.impure = set()
        """k whose neurons have no purity."""
        self.stop_at = None
        """The number of the point at which a person presses Ctrl-C."""
        for name in ("load_dataset", "train_base", "explain_base"):
            monkeypatch.setattr(f"explorer.sweep.run.{name}", getattr(self, name))

    def load_dataset(self, source, config, seed):
        return SimpleNamespace(name="little", fingerprint=f"{self.content} {config.model_dump_json()}")

    def train_base(self, source, config, progress):
        self.bases.append(config)
        progress("recommender", 1.0, "done")
        if config.recommender.dim in self.bad_bases:
            raise UserError(f"dim {config.recommender.dim} does not work.")
        return Base(source, self.load_dataset(source, config.data, config.seed), None, [], {})

    def explain_base(self, base, config, progress):
        if len(self.points) == self.stop_at:
            raise KeyboardInterrupt
        self.points.append(config)
        progress("sae", 1.0, "done")
        if config.sae.k in self.bad_points:
            raise UserError(f"k {config.sae.k} does not work.")
        return SimpleNamespace(metrics=self._metrics(config))

    def _metrics(self, config) -> RunMetrics:
        k = config.sae.k or 5
        pure = None if k in self.impure else 0.4 + 0.01 * k + 0.001 * config.seed
        genres = {} if pure is None else {"Horror": 1.0, "War": pure}
        width = config.sae.width or 32
        code = {"l0_items": float(k), "l0_users": float(k), "ev_items": 0.5, "ev_users": 0.5, "dead": 0}
        fidelity = {"rbo@30": 0.9 - 0.01 * k + 0.002 * config.seed, "ndcg@20": 0.25}
        purity = {"mean": pure, "by_genre": genres, "base_rate": genres, "neuron": dict.fromkeys(genres, 0)}
        shipped = read_manifest(DEMO_RUN).metrics.as_json()
        baselines = {name: row and {**row, "held_out_purity": None} for name, row in shipped["baselines"].items()}
        return RunMetrics.model_validate(
            {
                **shipped,
                "concepts": None,
                "baselines": baselines,
                "recommender": {
                    **shipped["recommender"],
                    **{"kind": config.recommender.kind, "dim": config.recommender.dim or 16, "ndcg@20": 0.3},
                },
                "sae": {
                    **shipped["sae"],
                    **{"activation": config.sae.activation, "width": width, "prefix_widths": [width], **code},
                },
                "fidelity": {**shipped["fidelity"], **fidelity},
                "purity": dict.fromkeys(("10", "20", "50"), purity),
                "seconds": {"sae": 0.1},
            }
        )
