"""What chapter 2 watches being learned: the expected pattern, and lateral inhibition."""

from dataclasses import replace

import numpy as np
import pandas as pd

from neurocoord._checks import Array
from neurocoord.information import total_correlation
from neurocoord.learning import DeltaRule
from neurocoord.plasticity import AntiHebbian
from neurocoord.world import CARDINAL, Population, World
from neurocoord_book.studies._memo import study
from neurocoord_book.studies.efficient import draw_world


def ensemble_cov(world: World) -> Array:
    """Return the covariance of the evidence over signals of all strengths, (N, N)."""
    w = world.population.pattern(CARDINAL)
    return world.evidence_cov + world.signal_sd**2 * np.outer(w, w)


@study
def lateral_inhibition(
    *,
    rate: float = 0.05,
    steps: int = 100,
    batch: int = 40,
    n: int = 20,
    correlation: float = 0.3,
    populations: int = 200,
    seed: int = 5,
) -> pd.DataFrame:
    """Watch lateral inhibition learn in many populations, from evidence trial by trial.

    Evidence has no signal at first; after `steps` steps the cardinal task begins.

    Parameters
    ----------
    rate, steps, batch
        Learning rate, number of steps before the task and again with it, and trials averaged in
        each step.
    n, correlation
        Size of the populations, and their limited-range correlation.
    populations, seed
        How many, and the seed.

    Returns
    -------
    DataFrame
        One row a population and step (every tenth). ``left``: total correlation of the responses
        to the present ensemble, in nats; ``gain``: gain along the task axis; ``expected_left`` and
        ``expected_gain``: the same by the averaged rule; ``floor``: what fluctuations of the
        weights should leave of the total correlation.
    """
    rule, rng = AntiHebbian(rate), np.random.default_rng(seed)
    worlds = [
        replace(draw_world(0), population=Population.draw(n, rng=rng), correlation=correlation)
        for _ in range(populations)
    ]
    patterns = np.array([world.population.pattern(CARDINAL) for world in worlds])
    ensembles = [
        np.array([world.evidence_cov for world in worlds]),
        np.array([ensemble_cov(world) for world in worlds]),
    ]
    roots = [np.swapaxes(np.linalg.cholesky(C), -1, -2) for C in ensembles]
    floors = [[rule.residual(one, batch) for one in C] for C in ensembles]
    simulated = expected = np.zeros((populations, n, n))
    tables = []
    for step in range(2 * steps + 1):
        task = int(step >= steps)
        if step % 10 == 0:
            columns = {"population": np.arange(populations), "step": step, "floor": floors[task]}
            for prefix, L in (("", simulated), ("expected_", expected)):
                K = rule.code(L)
                columns[f"{prefix}left"] = _total_correlations(K, ensembles[task])
                columns[f"{prefix}gain"] = _gains(K, patterns)
            tables.append(pd.DataFrame(columns))
        evidence = rng.standard_normal((populations, batch, n)) @ roots[task]
        simulated = rule.update(simulated, rule.respond(simulated, evidence))
        expected = rule.mean_update(expected, ensembles[task])
    return pd.concat(tables, ignore_index=True)


def _total_correlations(K: Array, C: Array) -> list[float]:
    """Return the total correlation of each population's responses, in nats."""
    return [total_correlation(one) for one in K @ C @ np.swapaxes(K, -1, -2)]


def _gains(K: Array, patterns: Array) -> Array:
    """Return the gain of each population's code along its pattern."""
    return np.einsum("pi,pij,pj->p", patterns, K, patterns) / np.sum(patterns**2, axis=1)


@study
def approach(*, rate: float = 0.05, steps: int = 120, n: int = 30, seed: int = 6) -> pd.DataFrame:
    """Return how modes of small and large variance approach their rest, by the averaged rule.

    Returns
    -------
    DataFrame
        One row a mode (``smallest``, ``largest``) and step: ``deviation`` from rest, relative to
        the first, and ``predicted``, the exponential of the linear theory through the last step.
    """
    C = ensemble_cov(draw_world(seed, n=n, correlation=0.3))
    rule = AntiHebbian(rate)
    variances, vectors = np.linalg.eigh(C)
    path = rule.mean_path(C, steps)
    per_step = rule.convergence_rate(C)
    tables = []
    for name, k in (("smallest", 0), ("largest", -1)):
        v = vectors[:, k]
        deviation = np.abs(1 + np.einsum("i,kij,j->k", v, path, v) - np.sqrt(variances[k]))
        step = np.arange(steps + 1)
        predicted = deviation[-1] * (1 - per_step[k]) ** (step - steps)
        tables.append(
            pd.DataFrame(
                {
                    "mode": name,
                    "variance": variances[k],
                    "step": step,
                    "deviation": deviation / deviation[0],
                    "predicted": predicted / deviation[0],
                    "rate": per_step[k],
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


LEVELS = (-1.0, -0.5, -0.1, 0.1, 0.5, 1.0)
"""Signal levels of the learner's trials, equally likely."""


@study
def learner(
    *, rate: float = 0.03, trials: int = 400, frames: int = 10, learners: int = 200, seed: int = 7
) -> pd.DataFrame:
    """Watch many subjects learn the pattern of one population by the delta rule.

    Returns
    -------
    DataFrame
        One row a learner and trial (every tenth): ``learned``, the part w_hat.w / w.w of the
        pattern; ``error``, the squared distance of w_hat from w in units of the squared length of
        w; and of both what theory expects, ``expected_learned`` and ``expected_error``.
    """
    rng = np.random.default_rng(seed)
    world = draw_world(seed, snr=1.0)
    w, noise_cov = world.population.pattern(CARDINAL), world.evidence_cov / frames
    signals = rng.choice(LEVELS, size=(learners, trials))
    noise = rng.standard_normal((learners, trials, w.size)) @ np.linalg.cholesky(noise_cov).T
    rule, start = DeltaRule(rate), np.zeros_like(w)
    path = rule.learn(start, signals, signals[..., None] * w + noise)
    tables = []
    for trial in range(0, trials + 1, 10):
        w_hat, mean = path[:, trial], rule.mean(start, w, LEVELS, trial)
        spread = rule.covariance(start, w, LEVELS, trial, noise_cov)
        distance = np.sum((mean - w) ** 2) + np.trace(spread)
        tables.append(
            pd.DataFrame(
                {
                    "learner": np.arange(learners),
                    "trial": trial,
                    "learned": w_hat @ w / (w @ w),
                    "error": np.sum((w_hat - w) ** 2, axis=1) / (w @ w),
                    "expected_learned": mean @ w / (w @ w),
                    "expected_error": distance / (w @ w),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)
