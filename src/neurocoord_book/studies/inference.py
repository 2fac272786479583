"""What chapter 3 computes: inference in the static case, within a trial, and the comparison."""

from types import MappingProxyType

import numpy as np
import pandas as pd
from scipy import stats

from neurocoord._checks import whole
from neurocoord.code import belief_moments
from neurocoord.information import (
    linear_fisher_information,
    redundancy,
    redundancy_fraction,
    single_neuron_information,
)
from neurocoord.learning import (
    decision_weights,
    log_odds,
    log_odds_moments,
    probability_correct,
)
from neurocoord.theories import Inference, StaticInference, slope_and_covariance
from neurocoord.world import CARDINAL, World
from neurocoord_book.studies import efficient
from neurocoord_book.studies._memo import study
from neurocoord_book.studies.efficient import (
    EFFICIENT,
    SIGNAL,
    draw_world,
    measure,
)

SNR = 1.0
"""Scene variance over sensory noise variance in the world of the trial."""

LAST = 10
"""Frames in a trial; the choice falls at the last."""

STRONG = 0.5
"""A signal so strong that the belief is nearly sure early in the trial."""

INFERENCE = Inference()


def trial_world(seed: int, *, snr: float = SNR, n: int = 60) -> World:
    """Return a world of the trial: private noise as strong as that of Poisson counts."""
    return draw_world(seed, snr=snr, n=n, fano=1.0)


@study
def mirror(*, snr: float = SNR, populations: int = 200, seed: int = 2) -> pd.DataFrame:
    """Follow efficient coding and static inference through learning, in the same worlds.

    Returns
    -------
    DataFrame
        The tables of `studies.efficient.learning`, told apart by ``theory``.
    """
    return pd.concat(
        [
            efficient.learning(theory=theory, snr=snr, populations=populations, seed=seed).assign(
                theory=name
            )
            for name, theory in STATIC.items()
        ],
        ignore_index=True,
    )


STATIC = MappingProxyType({"efficient coding": EFFICIENT, "inference": StaticInference()})
"""The two linear codes that the chapter compares, by the name that figures give them."""


@study
def over_snr(*, populations: int = 40, seed: int = 3) -> pd.DataFrame:
    """Return how much learning changes the redundancy fraction, over the SNR, by theory."""
    return pd.concat(
        [
            efficient.over_snr(theory=theory, populations=populations, seed=seed).assign(
                theory=name
            )
            for name, theory in STATIC.items()
        ],
        ignore_index=True,
    )


@study
def signs(*, snr: float = SNR, populations: int = 200, seed: int = 2) -> pd.DataFrame:
    """Return how learning changes the redundancy fraction of each theory, one row a population."""
    return pd.DataFrame(
        {
            name: efficient.changes(theory=theory, snr=snr, populations=populations, seed=seed)[
                "fraction"
            ]
            for name, theory in STATIC.items()
        }
    )


@study
def lossless(*, seed: int = 4, n: int = 60) -> float:
    """Return how much information static inference changes without private noise, as a part."""
    world = draw_world(seed, snr=SNR, n=n, fano=0.0)
    w = world.population.pattern(CARDINAL)
    evidence = linear_fisher_information(w, world.evidence_cov)
    return measure(StaticInference(), world, 1.0)["total"] / evidence - 1


@study
def wiener_gain(
    *, snrs: tuple[float, ...] = (0.05, 1.0, 10.0), n: int = 60, seed: int = 4
) -> pd.DataFrame:
    """Return the gain along the task axis, trained over naive: computed, and by exercise 3.1."""
    rows = []
    for snr in snrs:
        world = draw_world(seed, snr=snr, n=n)
        naive, trained = (measure(StaticInference(), world, amount) for amount in (0.0, 1.0))
        m = trained["task_variance"]
        rows.append(
            {
                "snr": snr,
                "exact": trained["gain"] / naive["gain"],
                "formula": m * (snr + 1) / (m * snr + 1),
            }
        )
    return pd.DataFrame(rows)


@study
def agreement(
    *,
    amount: float = 0.6,
    signal: float = 0.4,
    engagement: float = 0.7,
    frames: int = LAST,
    trials: int = 400,
    populations: int = 200,
    n: int = 20,
    seed: int = 5,
) -> pd.DataFrame:
    """Simulate trials and set their moments beside the exact ones.

    The populations are small, partly trained, and partly engaged, so that no term is hidden.

    Returns
    -------
    DataFrame
        One row a population and frame, with and without ``_exact``: ``gain``, the mean response
        along w per unit signal; ``variance``, the variance along w; ``stein``, the covariance of
        a . e_t and b_t.
    """
    whole("populations", populations)
    theory, rows = INFERENCE, []
    for child in np.random.SeedSequence(seed).spawn(populations):
        drawn, simulated = child.spawn(2)
        world, rng = trial_world(drawn, n=n), np.random.default_rng(simulated)
        w = world.population.pattern(CARDINAL)
        w_hat, axis = amount * w, w / (w @ w)
        evidence = world.draw_evidence(CARDINAL, signal, trials=trials, frames=frames, rng=rng)
        response = theory.respond(world, CARDINAL, evidence, w_hat, rng=rng, engagement=engagement)
        along = (response - world.baseline) @ axis
        a = decision_weights(world, w_hat)
        step = (evidence - evidence.mean(axis=0)) @ a
        belief = np.tanh(log_odds(world, evidence, w_hat))
        stein = (step * belief).sum(axis=0) / (trials - 1)
        mean_step, step_variance = log_odds_moments(world, CARDINAL, w_hat, signal)
        for i in range(frames):
            exact = theory.moments(
                world, CARDINAL, w_hat, signal, frame=i + 1, engagement=engagement
            )
            doubt = belief_moments(mean_step, step_variance, i + 1).doubt.item()
            rows.append(
                {
                    "population": len(rows) // frames,
                    "frame": i + 1,
                    "gain": along[:, i].mean() / signal,
                    "gain_exact": (exact.mean - world.baseline) @ axis / signal,
                    "variance": along[:, i].var(ddof=1),
                    "variance_exact": axis @ exact.covariance @ axis,
                    "stein": stein[i],
                    "stein_exact": step_variance * doubt,
                }
            )
    return pd.DataFrame(rows)


@study
def by_engagement(
    *,
    amounts: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
    engagements: tuple[float, ...] = (1.0, 0.5, 0.0),
    populations: int = 40,
    seed: int = 6,
) -> pd.DataFrame:
    """Follow learning at the last frame for several degrees of engagement."""
    rows = []
    for i, child in enumerate(np.random.SeedSequence(seed).spawn(populations)):
        world = trial_world(child)
        for c in engagements:
            for amount in amounts:
                row = measure(INFERENCE, world, amount, frame=LAST, engagement=c)
                rows.append({"population": i, "amount": amount, "engagement": c} | row)
    return pd.DataFrame(rows)


@study
def half_engaged(*, populations: int = 200, seed: int = 6) -> pd.DataFrame:
    """Return the redundancy that learning adds, half engaged over fully engaged."""
    table = by_engagement(amounts=(0.0, 1.0), populations=populations, seed=seed)
    wide = table.pivot_table(
        index="population", columns=["engagement", "amount"], values="redundancy"
    )
    added = {c: wide[c, 1.0] - wide[c, 0.0] for c in (0.5, 1.0)}
    return pd.DataFrame({"ratio": added[0.5] / added[1.0]})


@study
def by_frame(
    *,
    signals: tuple[float, ...] = (SIGNAL, 0.25, STRONG),
    populations: int = 200,
    seed: int = 7,
) -> pd.DataFrame:
    """Follow a trained, engaged subject through the trial, one frame at a time.

    Returns
    -------
    DataFrame
        One row a ``population``, ``signal`` and ``frame``: ``redundancy``, ``fraction``.
    """
    rows = []
    for i, child in enumerate(np.random.SeedSequence(seed).spawn(populations)):
        world = trial_world(child)
        w = world.population.pattern(CARDINAL)
        for signal in signals:
            for frame in range(1, LAST + 1):
                at = slope_and_covariance(INFERENCE, world, CARDINAL, w, signal, frame=frame)
                rows.append(
                    {
                        "population": i,
                        "signal": signal,
                        "frame": frame,
                        "redundancy": redundancy(*at),
                        "fraction": redundancy_fraction(*at),
                    }
                )
    return pd.DataFrame(rows)


@study
def zero_signal_noise(
    *, signal: float = STRONG, populations: int = 200, seed: int = 7
) -> pd.DataFrame:
    """Return the redundancy of the first and last frame with Sigma from trials of no signal.

    Returns
    -------
    DataFrame
        One row a population, ``first`` and ``last``.
    """
    rows = []
    for child in np.random.SeedSequence(seed).spawn(populations):
        world = trial_world(child)
        w = world.population.pattern(CARDINAL)
        first, last = (
            redundancy(
                *slope_and_covariance(
                    INFERENCE, world, CARDINAL, w, signal, noise="zero", frame=frame
                )
            )
            for frame in (1, LAST)
        )
        rows.append({"first": first, "last": last})
    return pd.DataFrame(rows)


@study
def summed(
    *,
    lasts: tuple[int, ...] = (1, 2, 4, 6, 8, 10),
    populations: int = 40,
    seed: int = 7,
) -> pd.DataFrame:
    """Return the redundancy fraction of counts summed from the first frame to a last."""
    rows = []
    for i, child in enumerate(np.random.SeedSequence(seed).spawn(populations)):
        world = trial_world(child)
        w = world.population.pattern(CARDINAL)
        for last in lasts:
            at = slope_and_covariance(
                INFERENCE, world, CARDINAL, w, SIGNAL, frame=range(1, last + 1)
            )
            rows.append({"population": i, "frame": last, "fraction": redundancy_fraction(*at)})
    return pd.DataFrame(rows)


@study
def covariance_change(*, populations: int = 200, seed: int = 8) -> pd.DataFrame:
    """Return the leading mode of what learning adds to the covariance, at the last frame.

    Returns
    -------
    DataFrame
        One row a population: ``along_slope`` and ``along_expected``, the cosine of the mode with
        f' and w_hat; ``share``, its part of the sum of absolute eigenvalues of the change;
        ``differential``, the variance along f', trained over naive along the same direction.
    """
    rows = []
    for child in np.random.SeedSequence(seed).spawn(populations):
        world = trial_world(child)
        w = world.population.pattern(CARDINAL)
        (_, before), (slope, after) = (
            slope_and_covariance(INFERENCE, world, CARDINAL, x * w, SIGNAL, frame=LAST)
            for x in (0.0, 1.0)
        )
        values, vectors = np.linalg.eigh(after - before)
        mode = vectors[:, -1]
        rows.append(
            {
                "along_slope": abs(mode @ slope) / np.linalg.norm(slope),
                "along_expected": abs(mode @ w) / np.linalg.norm(w),
                "share": values[-1] / np.abs(values).sum(),
                "differential": (slope @ after @ slope) / (slope @ before @ slope),
            }
        )
    return pd.DataFrame(rows)


@study
def neurons(*, populations: int = 200, seed: int = 9) -> pd.DataFrame:
    """Return how much information each neuron gains by learning, at the last frame.

    Returns
    -------
    DataFrame
        One row a ``population`` and neuron: ``relevance``, w_i^2; ``gained``, trained less naive.
    """
    parts = []
    for i, child in enumerate(np.random.SeedSequence(seed).spawn(populations)):
        world = trial_world(child)
        w = world.population.pattern(CARDINAL)
        before, after = (
            single_neuron_information(
                *slope_and_covariance(INFERENCE, world, CARDINAL, x * w, SIGNAL, frame=LAST)
            )
            for x in (0.0, 1.0)
        )
        parts.append(pd.DataFrame({"population": i, "relevance": w**2, "gained": after - before}))
    return pd.concat(parts, ignore_index=True)


@study
def relevance(*, populations: int = 200, seed: int = 9) -> pd.DataFrame:
    """Return, per population, how the gain of neurons depends on their relevance.

    Returns
    -------
    DataFrame
        ``exponent`` of the gain in w_i^2 (least squares of the logarithms) and ``correlation``.
    """
    rows = []
    for _, table in neurons(populations=populations, seed=seed).groupby("population"):
        x, y = np.log(table["relevance"]), np.log(table["gained"])
        rows.append(
            {
                "exponent": np.polyfit(x, y, 1)[0],
                "correlation": table["relevance"].corr(table["gained"]),
            }
        )
    return pd.DataFrame(rows)


@study
def confidence(*, populations: int = 200, seed: int = 2) -> pd.DataFrame:
    """Return how sure trained subjects are at the last frame near threshold, and how often right.

    Returns
    -------
    DataFrame
        One row a population: ``confidence``, the mean of (1 + abs(b)) / 2, the probability that
        the subject gives to its own choice; and ``correct``, the probability that it is right.
    """
    rows = []
    for child in np.random.SeedSequence(seed).spawn(populations):
        world = trial_world(child)
        w = world.population.pattern(CARDINAL)
        mean, variance = log_odds_moments(world, CARDINAL, w, SIGNAL)
        path = stats.norm(LAST * mean, np.sqrt(LAST * variance))
        sure = path.expect(lambda x: (1 + abs(np.tanh(x))) / 2)
        correct = probability_correct(world, CARDINAL, w, SIGNAL, frames=LAST)
        rows.append({"confidence": sure, "correct": correct})
    return pd.DataFrame(rows)


@study
def within_evidence(*, populations: int = 200, seed: int = 2) -> pd.DataFrame:
    """Return the skill of trained subjects, and their information over that of the evidence.

    Returns
    -------
    DataFrame
        One row a population: ``correct``, the probability of a correct choice; ``part``, the
        information of the last frame's responses over that of all evidence so far.
    """
    rows = []
    for child in np.random.SeedSequence(seed).spawn(populations):
        world = trial_world(child)
        w = world.population.pattern(CARDINAL)
        evidence = LAST * linear_fisher_information(w, world.evidence_cov)
        total = measure(INFERENCE, world, 1.0, frame=LAST)["total"]
        correct = probability_correct(world, CARDINAL, w, SIGNAL, frames=LAST)
        rows.append({"part": total / evidence, "correct": correct})
    return pd.DataFrame(rows)
