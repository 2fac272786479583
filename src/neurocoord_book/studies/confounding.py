"""What chapter 8 computes exactly about confounds: what each does to the measures and marks."""

import numpy as np
import pandas as pd
from scipy import special

from neurocoord._checks import Array, whole
from neurocoord.information import (
    linear_fisher_information,
    noise_correlations,
    redundancy,
    shuffled_information,
    single_neuron_information,
)
from neurocoord.theories import CommonNoise, Inference, Theory, slope_and_covariance
from neurocoord.world import CARDINAL, OBLIQUE
from neurocoord_book.studies._memo import study
from neurocoord_book.studies.confound_runs import DESIGN, JITTER, Subject, codes, draw_subject
from neurocoord_book.studies.signatures_runs import axis_index

CONFOUNDS = ("gaze", "arousal", "other noise")
"""The confounds."""

WORLDS = ("inference", *CONFOUNDS)
"""Learned feedback, and the confounds in a code that has learned nothing."""


def _whole_trial(theory: Theory, subject: Subject, w_hat: Array) -> tuple[Array, Array]:
    """Return f' and Sigma of the recorded neurons, of whole trials as the design measures them."""
    slope, covariance = slope_and_covariance(
        theory,
        subject.world,
        CARDINAL,
        w_hat,
        DESIGN.measured[0],
        noise=DESIGN.noise,
        frame=DESIGN.measured_windows[0],
    )
    return slope[subject.tracked], covariance[np.ix_(subject.tracked, subject.tracked)]


def _measures(slope: Array, covariance: Array) -> dict[str, float]:
    total = linear_fisher_information(slope, covariance)
    shuffled = shuffled_information(slope, covariance)
    correlations = noise_correlations(covariance)
    return {
        "redundancy": shuffled - total,
        "fraction": 1 - total / shuffled,
        "total": total,
        "single": shuffled / len(slope),
        "correlation": float(correlations[np.triu_indices(len(slope), 1)].mean()),
    }


def _one_frame(theory: Theory, subject: Subject, w_hat: Array, frame: int) -> float:
    """Return the redundancy of one frame near threshold."""
    return redundancy(
        *slope_and_covariance(
            theory, subject.world, CARDINAL, w_hat, DESIGN.measured[0], frame=frame
        )
    )


def _axis(theory: Theory, subject: Subject, w_hat: Array) -> float:
    """Return the axis index of whole trials without signal."""
    w = [subject.world.population.pattern(task) for task in (CARDINAL, OBLIQUE)]
    moments = theory.moments(subject.world, CARDINAL, w_hat, 0.0, frame=DESIGN.measured_windows[0])
    return axis_index(moments.covariance, *w)


def effects_on(subject: Subject) -> pd.DataFrame:
    """Return what learning, and each confound at its largest, does to one subject; exact.

    Returns
    -------
    DataFrame
        One row a world. Changes from the naive code without confound: ``redundancy``,
        ``fraction``, ``total`` and ``single`` (ratios), ``correlation``. Marks: ``relevance``,
        the slope of a neuron's change of information on its relevance, in units of the mean naive
        information; ``decision``, redundancy of the last frame less that of the first; ``task``,
        the axis index when the cardinal task is demanded less that when the oblique one is.
    """
    naive = np.zeros(subject.world.size)
    w = {task: subject.world.population.pattern(task) for task in (CARDINAL, OBLIQUE)}
    relevance = w[CARDINAL][subject.tracked] ** 2
    plain = _whole_trial(Inference(), subject, naive)
    before, alone = _measures(*plain), single_neuron_information(*plain)
    rows = []
    for name, theory in codes(subject, 1.0).items():
        known = {task: w[task] if name == "inference" else naive for task in w}
        moments = _whole_trial(theory, subject, known[CARDINAL])
        after = _measures(*moments)
        change = (single_neuron_information(*moments) - alone) / alone.mean()
        last, first = (
            _one_frame(theory, subject, known[CARDINAL], frame) for frame in (DESIGN.frames, 1)
        )
        by_task = [_axis(theory, subject, known[task]) for task in w]
        rows.append(
            {
                "world": name,
                "redundancy": after["redundancy"] - before["redundancy"],
                "fraction": after["fraction"] - before["fraction"],
                "total": after["total"] / before["total"],
                "single": after["single"] / before["single"],
                "correlation": after["correlation"] - before["correlation"],
                "relevance": float(np.polyfit(relevance / relevance.mean(), change, 1)[0]),
                "decision": last - first,
                "task": by_task[0] - by_task[1],
            }
        )
    return pd.DataFrame(rows)


@study
def effects(*, populations: int = 40, seed: int = 86) -> pd.DataFrame:
    """Return `effects_on` many subjects, with a column population."""
    tables = [
        effects_on(draw_subject(rng)).assign(population=number)
        for number, rng in enumerate(
            np.random.default_rng(seed).spawn(whole("populations", populations))
        )
    ]
    return pd.concat(tables, ignore_index=True)


@study
def gaze_that_follows(*, populations: int = 40, seed: int = 86) -> pd.Series:
    """Return the change of the axis index if gaze jitters along the axis of the task demanded.

    Returns
    -------
    Series
        By population: the index in blocks of the cardinal task less that in those of the oblique.
    """
    changes = []
    for rng in np.random.default_rng(seed).spawn(whole("populations", populations)):
        subject = draw_subject(rng)
        gain = subject.world.bottom_up_gain
        indices = [
            _axis(
                CommonNoise(Inference(), gain * subject.world.population.pattern(task), JITTER),
                subject,
                np.zeros(subject.world.size),
            )
            for task in (CARDINAL, OBLIQUE)
        ]
        changes.append(indices[0] - indices[1])
    return pd.Series(changes)


def chance_cosine(neurons: int = DESIGN.tracked) -> float:
    r"""Return the mean absolute cosine of the angle between a random direction and a fixed one.

    .. math:: \mathrm{E}\,|\cos| = \frac{\Gamma(N / 2)}{\sqrt{\pi}\, \Gamma((N + 1) / 2)}

    Parameters
    ----------
    neurons : int
        N, the dimension.
    """
    n = whole("neurons", neurons)
    return float(np.exp(special.gammaln(n / 2) - special.gammaln((n + 1) / 2)) / np.sqrt(np.pi))


@study
def largest_by_jitter(*, populations: int = 40, seed: int = 86) -> pd.Series:
    """Return the most that any jitter of gaze could add, over what learning adds, by population.

    Jitter adds noise and no information, so that redundancy stays below the shuffled information of
    the naive code.

    Returns
    -------
    Series
        Naive shuffled information over the change of redundancy under inference.
    """
    ceiling = []
    for rng in np.random.default_rng(seed).spawn(whole("populations", populations)):
        subject = draw_subject(rng)
        naive = np.zeros(subject.world.size)
        plain = _whole_trial(Inference(), subject, naive)
        w = subject.world.population.pattern(CARDINAL)
        skilled = _whole_trial(Inference(), subject, w)
        ceiling.append(shuffled_information(*plain) / (redundancy(*skilled) - redundancy(*plain)))
    return pd.Series(ceiling)
