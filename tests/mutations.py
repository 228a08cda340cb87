"""Deliberate faults, one per room, each of which the tests must catch: `python tests/mutations.py`.

Each fault is put into a copy of the project, where `pytest` runs until its first failure: the tests of the file's room
and, if they pass, all. Prints what caught it; exit code 1 if a fault survives. `tests/test_mutations.py` holds the list
to the code.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


class Fault(NamedTuple):
    """A text of a file and what stands there instead; the text must be there exactly once."""

    what: str
    file: str
    right: str
    wrong: str

    def apply(self, root: Path) -> None:
        path = root / self.file
        text = path.read_text(encoding="utf-8")
        if text.count(self.right) != 1:
            raise LookupError(f"{self.file} has {self.right!r} {text.count(self.right)} times, not once")
        path.write_text(text.replace(self.right, self.wrong), encoding="utf-8")


FAULTS = (
    Fault(
        "a name that people reject still counts as named on the start page",
        "src/explorer/browse/overview.py",
        'if named[neuron] and standing in ("not", "disputed"):',
        'if named[neuron] and standing == "disputed":',
    ),
    Fault(
        "who writes a review overwrites what they have not seen",
        "src/explorer/audit/store.py",
        "if since is None or last.version == since:",
        "if since is None or last.version >= since:",
    ),
    Fault(
        "the intruder of a test fires on the neuron",
        "src/explorer/audit/trials.py",
        "(activations.of(ranked[first]) == 0)",
        "(activations.of(ranked[first]) >= 0)",
    ),
    Fault(
        "agreement by chance counts as agreement",
        "src/explorer/audit/agreement.py",
        "(agree - expected) / np.where",
        "agree / np.where",
    ),
    Fault(
        "answers on one neuron count as independent",
        "src/explorer/audit/intervals.py",
        "share_interval(mean, min(effective, decisions))",
        "share_interval(mean, decisions)",
    ),
    Fault(
        "an inherited verdict is done",
        "src/explorer/audit/queue.py",
        "said.verdict is not None and not said.inherited",
        "said.verdict is not None",
    ),
    Fault(
        "test positives are trained on",
        "src/explorer/data/split.py",
        "np.where(is_test, TEST, VALIDATION)",
        "np.where(is_test, TRAIN, VALIDATION)",
    ),
    Fault(
        "items that a user already has are recommended",
        "src/explorer/recommenders/top_n.py",
        "torch.tensor(-torch.inf)",
        "torch.tensor(0.0)",
    ),
    Fault(
        "early stopping keeps the last epoch",
        "src/explorer/recommenders/early_stopping.py",
        "ndcg > self.best_ndcg",
        "epoch > self.best_epoch",
    ),
    Fault(
        "a sample of users and items for stability is all of them",
        "src/explorer/stability/measure.py",
        "taken = [round(size * share) for size in sizes]",
        "taken = [round(size) for size in sizes]",
    ),
    Fault(
        "a moved embedding forgets the scale",
        "src/explorer/sae/model.py",
        "self.scale[SIDES.index(side)] * (dz @ self.W_dec)",
        "(dz @ self.W_dec)",
    ),
    Fault(
        "the prediction loss does not see the rebuilt items",
        "src/explorer/sae/prediction.py",
        "else [(u_hat, q_hat)]",
        "else [(u_hat, target.q)]",
    ),
    Fault(
        "p is not corrected for the number of tests",
        "src/explorer/neurons/purity.py",
        "p * np.count_nonzero(~np.isnan(p))",
        "p * 1",
    ),
    Fault(
        "a genre's neuron is measured on the items that it was chosen on",
        "src/explorer/neurons/held_out.py",
        "purity, ap = _on_half(firing, groups, ~half, ",
        "purity, ap = _on_half(firing, groups, half, ",
    ),
    Fault(
        "a neuron's held-out purity is measured on the items that its genre was chosen on",
        "src/explorer/neurons/held_out.py",
        "purity, _ = _on_half(firing, groups, ~half, ",
        "purity, _ = _on_half(firing, groups, half, ",
    ),
    Fault(
        "what is inherited counts as a judgement",
        "src/explorer/audit/values.py",
        "return self.verdict in JUDGEMENTS and not self.inherited",
        "return self.verdict in JUDGEMENTS",
    ),
    Fault(
        "a reviewer's later word is stored over one that came meanwhile",
        "src/explorer/audit/store.py",
        "if since is None or last.version == since:",
        "if since is None or last.version >= since:",
    ),
    Fault(
        "a baseline keeps all of its coordinates",
        "src/explorer/neurons/bases.py",
        "np.arange(largest.shape[1]) < k[:, None]",
        "np.arange(largest.shape[1]) >= 0",
    ),
    Fault(
        "lists from named neurons have the others, too",
        "src/explorer/fidelity/coverage.py",
        "sae.decode(z * mask, ",
        "sae.decode(z * used, ",
    ),
    Fault(
        "RBO weighs all ranks alike",
        "src/explorer/fidelity/agreement.py",
        "p ** np.arange(n)",
        "1.0 ** np.arange(n)",
    ),
    Fault(
        "a file of a run may be altered",
        "src/explorer/runs/run.py",
        "_sha256(folder / name) != digest",
        "False",
    ),
    Fault(
        "a parent needs no evidence beyond chance",
        "src/explorer/hierarchy/claims.py",
        "is_beyond(weighed, parent, limits.null_99) & (self._strength(",
        "(self._strength(",
    ),
    Fault(
        "a parent needs no evidence beyond random directions",
        "src/explorer/hierarchy/claims.py",
        "np.clip(limits.random_99, MIN_CONTAINED, CONTAINED)",
        "MIN_CONTAINED",
    ),
    Fault(
        "an edit adds what it should set",
        "src/explorer/steering/edits.py",
        "value - float(values[neuron]) for neuron, value in now.items()",
        "value for neuron, value in now.items()",
    ),
    Fault(
        "users who have seen an item are reached by it",
        "src/explorer/experiments/items.py",
        "unseen = ~np.isneginf(self.scores[rows, item])",
        "unseen = np.ones(len(rows), bool)",
    ),
    Fault(
        "the steered list shows what is hidden",
        "src/explorer/steering/steer.py",
        "np.union1d(seen, hidden)",
        "seen",
    ),
    Fault(
        "a nudge lowers users who have more already",
        "src/explorer/experiments/target.py",
        "moves = (dose - self.values(crowd.values)) * direction > 0",
        "moves = np.ones(len(crowd), bool)",
    ),
    Fault(
        "of items that tie for the last place of a list of a cohort any is taken",
        "src/explorer/experiments/crowd.py",
        "(scores >= last).sum(axis=1) > values.shape[1]",
        "(scores >= last).sum(axis=1) > scores.shape[1]",
    ),
    Fault(
        "what was consumed is shown again",
        "src/explorer/experiments/simulation.py",
        "_mask(scores, chosen)",
        "pass",
    ),
    Fault(
        "two processes train in one folder",
        "src/explorer/jobs/folder.py",
        "except filelock.Timeout:",
        "except ZeroDivisionError:",
    ),
    Fault(
        "a title is read as Markdown",
        "src/explorer/text.py",
        '_MARKDOWN.sub(r"\\\\\\1", ',
        '_MARKDOWN.sub(r"\\1", ',
    ),
    Fault(
        "a link to what is not there says nothing",
        "src/explorer/ui/address.py",
        "if asked is not None and instead in (None, shown):",
        "if False:",
    ),
)


def room_of(fault: Fault) -> str:
    """The tests that are one to one with the file's folder, or with the file."""
    parts = Path(fault.file).relative_to("src/explorer").parts
    return f"tests/{parts[0]}" if len(parts) > 1 else f"tests/test_{parts[0]}"


def first_failure(root: Path, *paths: str) -> str | None:
    """The first test that fails in a copy of the project, of those below some paths; None if all pass."""
    environment = {**os.environ, "PYTHONPATH": str(root / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider"]
    command += ["-m", "not realdata and not browser", *paths]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    if done.returncode == 0:
        return None
    found = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - |$)", done.stdout, re.MULTILINE)
    return found[1] if found else done.stdout[-500:] + done.stderr[-500:]


def main() -> int:
    survived = 0
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for fault in FAULTS:
        with tempfile.TemporaryDirectory() as place:
            root = Path(place) / "project"
            for name in filter(None, files.split("\0")):
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, root / name)
            fault.apply(root)
            caught = first_failure(root, room_of(fault)) or first_failure(root)
        survived += caught is None
        print(f"{fault.what}: {'SURVIVED' if caught is None else caught}", flush=True)
    return min(1, survived)


if __name__ == "__main__":
    sys.exit(main())
