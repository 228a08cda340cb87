"""What the centroid of a genre is made of, and what moving along a few neurons of it costs at equal effect.

    python benchmarks/concept_cost.py RUN_DIR [--genre "Children's"] [--users 500]

The concept of the genre, the centroid, and the first steps of a pursuit of the centroid by neurons, all by the length
of the concept: agreement of lists of 30 with the own ones (RBO) where a share of them is of the genre. Also how far the
concept at 1 moves each of its neurons, beside the strongest user of each.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from explorer.experiments import cohort_of
from explorer.experiments.crowd import Crowd
from explorer.experiments.experiment import at_share
from explorer.experiments.exposure import ListMeasures
from explorer.experiments.target import AlongDirection, ByNeurons, Target, Way, centroid
from explorer.measures import COMPARED_LENGTH, LIST_RBO, LIST_SHARE
from explorer.runs import load_run
from explorer.sae.pursuit import nonnegative_pursuit
from explorer.threads import use_threads

DOSES = np.linspace(0.05, 1.6, 24)
SHARES = (0.3, 0.6, 0.8)
STEPS = (1, 2, 3, 5, 8)


@torch.inference_mode()
def costs(crowd: Crowd, way: Way, measures: ListMeasures) -> str:
    found = [measures.of_users(measures.own)]
    found += [measures.of_users(crowd.best(way.scores(crowd, float(dose)), COMPARED_LENGTH)) for dose in DOSES]
    share, rbo = (np.array([np.nanmean(of[name]) for of in found]) for name in (LIST_SHARE, LIST_RBO))
    return ", ".join(f"{at_share(share, rbo, wanted):.3f} at {wanted}" for wanted in SHARES)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("--genre", default="Children's")
    parser.add_argument("--users", type=int, default=500)
    options = parser.parse_args()
    use_threads()
    run = load_run(options.run_dir)
    target = Target.of(run, options.genre)
    group = target.group()
    crowd = Crowd(run, cohort_of(run, "all", options.users).users)
    measures = ListMeasures(run.dataset, crowd.users, crowd.best(crowd.start, COMPARED_LENGTH), group.members)
    for neuron, change in target.changes(crowd, 1.0, 1).items():
        after = crowd.values[:, neuron] + change
        print(f"{options.genre} at 1: neuron {neuron} at {after.mean():.2f} on average, {after.max():.2f} at most")
    toward = centroid(run, group)
    print(f"concept: RBO {costs(crowd, ByNeurons('concept', target, 1), measures)}")
    print(f"centroid: RBO {costs(crowd, AlongDirection('centroid', target, 1, toward), measures)}")
    for steps in STEPS:
        code = nonnegative_pursuit(toward[None].double(), run.sae.W_dec.double(), steps)[0].float()
        parts = ", ".join(f"{int(k)} {run.index.neurons['label'][int(k)]} {code[k]:.2f}" for k in code.nonzero()[:, 0])
        vector = torch.nn.functional.normalize(code @ run.sae.W_dec, dim=0)
        print(f"{steps} ({parts}): RBO {costs(crowd, AlongDirection('pursuit', target, 1, vector), measures)}")


if __name__ == "__main__":
    main()
