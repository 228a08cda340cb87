"""What an experiment is to do: in the session, of each run its own, and in the address as
`experiment=nudge&target=Horror&users=history >= 50&doses=0.5,1`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from explorer.errors import UserError, quoted
from explorer.experiments.cohort import EVERYBODY, cohort_of
from explorer.experiments.experiment import DEFAULT_DOSES, check_doses, sweep
from explorer.experiments.expose import EXPOSE_DOSES, expose
from explorer.experiments.items import find_item
from explorer.experiments.simulation import rounds
from explorer.measures import COMPARED_LENGTH
from explorer.progress import Progress
from explorer.runs import Run
from explorer.steering.setting import fingerprint
from explorer.ui.address import show_address
from explorer.ui.run_picker import run_argument
from explorer.ui.steering.state import follow_address

KINDS = {"nudge": "Nudge", "suppress": "Suppress", "expose": "Promote one {item}", "rounds": "Repeated rounds"}
"""By the name on the command line."""
PARAMETERS = ("experiment", "target", "counted", "users", "sample", "doses", "promoted", "refit", "seed", "target_of")
"""Names in the address. `target_of` is the run's fingerprint, without which a neuron's number means nothing."""
SAMPLE, MAX_SAMPLE = 300, 5000
ROUNDS_DOSE = 0.5
MAX_DOSES = 20
_SETTINGS, _PROBLEMS = "experiment:settings", "experiment:problems"


@dataclass(frozen=True)
class ExperimentSetting:
    """One experiment."""

    kind: str = "nudge"
    target: str = ""
    """A concept's name or a neuron's number; nothing where none was chosen."""
    counted: str = ""
    """The genre whose share is measured; nothing for the target's own."""
    users: str = EVERYBODY
    """A rule (`explorer.experiments.cohort`)."""
    sample: int = SAMPLE
    doses: tuple[float, ...] = ()
    """None for the usual ones."""
    promoted: str = ""
    """Id of the item that is promoted."""
    refit: bool = False
    seed: int = 0
    asked: bool = False
    """Whether it is to be done."""

    def doses_or_usual(self) -> tuple[float, ...]:
        usual = {"expose": EXPOSE_DOSES, "rounds": (ROUNDS_DOSE,)}
        return self.doses or usual.get(self.kind) or DEFAULT_DOSES[self.kind]

    def do(self, run: Run, progress: Progress) -> Any:
        """The experiment itself: an `Experiment`, or `Rounds`."""
        what: int | str = int(self.target) if self.target.isdecimal() else self.target
        cohort = cohort_of(run, self.users, self.sample, self.seed)
        # The length of the lists is that of the command line.
        same = {"facet": self.counted or None, "top": COMPARED_LENGTH, "seed": self.seed, "progress": progress}
        doses = list(self.doses_or_usual())
        if self.kind == "rounds":
            return rounds(run, what, doses[0], cohort, refit=self.refit, **same)
        if self.kind == "expose":
            return expose(run, find_item(run, self.promoted), what, cohort, doses, **same)
        return sweep(run, self.kind, what, cohort, doses, **same)

    def command(self, run: Run) -> str:
        """The same on the command line."""
        words = ["--neuron" if self.target.isdecimal() else "--concept", self.target]
        words += ["--genre", self.counted] if self.counted else []
        words += ["--users", self.users] if self.users != EVERYBODY else []
        words += ["--sample", str(self.sample)]
        words += [f"--doses={','.join(f'{dose:g}' for dose in self.doses)}"] if self.doses else []
        words += ["--item", self.promoted] if self.kind == "expose" else []
        words += ["--refit"] if self.kind == "rounds" and self.refit else []
        words += ["--seed", str(self.seed)] if self.seed else []
        return f"python -m explorer experiment {self.kind} {run_argument(run)} {shlex.join(words)}"


def experiment_setting(run: Run) -> ExperimentSetting:
    """What is chosen now."""
    return st.session_state.setdefault(_SETTINGS, {}).get(str(run.path), ExperimentSetting())


def change_experiment(run: Run, **new: Any) -> None:
    """Replace fields of the setting."""
    st.session_state.pop(_PROBLEMS, None)
    now = experiment_setting(run)
    st.session_state[_SETTINGS][str(run.path)] = replace(now, **new)


def open_experiment_setting(run: Run) -> None:
    """Follow a new address, and say what of it could not be followed."""
    follow_address(run, PARAMETERS, read_experiment_setting, _SETTINGS, _PROBLEMS)


def keep_experiment_setting(run: Run) -> None:
    """The address is to say the experiment that is shown."""
    now = experiment_setting(run)
    said = {
        "experiment": now.kind,
        "target": now.target,
        "counted": now.counted,
        "users": "" if now.users == EVERYBODY else now.users,
        "sample": "" if now.sample == SAMPLE else str(now.sample),
        "doses": ",".join(f"{dose:g}" for dose in now.doses),
        "promoted": now.promoted if now.kind == "expose" else "",
        "refit": "1" if now.refit else "",
        "seed": str(now.seed) if now.seed else "",
        "target_of": fingerprint(run),
    }
    show_address(said if now.asked else dict.fromkeys(said, ""))


def read_experiment_setting(run: Run, asked: Mapping[str, str]) -> tuple[ExperimentSetting, list[str]]:
    """The experiment that an address asks for, and a sentence for what is wrong with it. Nothing is done then."""
    if not asked.get("experiment"):
        return ExperimentSetting(), []
    problems = []
    kind = asked["experiment"]
    if kind not in KINDS:
        problems.append(f"There is no experiment {quoted(kind)}; it can be {', '.join(KINDS)}.")
        kind = "nudge"
    if asked.get("target_of") not in (None, fingerprint(run)):
        problems.append("The link was made on another run; its experiment would mean something else here.")
    numbers = {}
    for name, usual, low, high in (("sample", SAMPLE, 2, MAX_SAMPLE), ("seed", 0, 0, 2**31 - 1)):
        text = asked.get(name, str(usual))
        good = text.isascii() and text.isdecimal() and len(text) < 11 and low <= int(text) <= high
        numbers[name] = int(text) if good else usual
        if not good:
            problems.append(f"`{name}` must be {low} to {high}, not {quoted(text)}.")
    doses: tuple[float, ...] = ()
    try:
        doses = read_doses(asked.get("doses", ""), kind)
    except UserError as error:
        problems.append(str(error))
    read = ExperimentSetting(
        kind,
        asked.get("target", ""),
        asked.get("counted", ""),
        asked.get("users", EVERYBODY),
        doses=doses,
        promoted=asked.get("promoted", ""),
        refit=asked.get("refit") == "1",
        asked=not problems and bool(asked.get("target")),
        **numbers,
    )
    return read, problems


def read_doses(text: str, kind: str) -> tuple[float, ...]:
    """`0.5, 1` as numbers; nothing for the usual ones."""
    parts = [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
    if not parts:
        return ()
    try:
        doses = [float(part) for part in parts]
    except ValueError:
        raise UserError(f"{quoted(text)} is not a list of doses, for example 0.5, 1, 2.") from None
    if kind == "rounds" and len(doses) != 1:
        raise UserError("Repeated rounds take one dose, for example 0.5.")
    if len(doses) > MAX_DOSES:
        raise UserError(f"{len(doses)} doses are too many; give at most {MAX_DOSES}.")
    return tuple(check_doses(doses, "suppress" if kind == "suppress" else "nudge"))
