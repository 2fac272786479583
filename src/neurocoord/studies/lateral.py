"""How lateral inhibition learns the efficient code: what chapter 2 watches."""

from dataclasses import replace

import numpy as np
import pandas as pd

from neurocoord._checks import Array
from neurocoord.efficient import AntiHebbian
from neurocoord.information import total_correlation
from neurocoord.studies._memo import study
from neurocoord.studies.efficient import draw_world
from neurocoord.world import CARDINAL, Population, World


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
        One row a population and step (every fifth). ``left``: total correlation of the responses
        to the present ensemble, in nats; ``gain``: gain along the task axis; ``expected_left`` and
        ``expected_gain``: the same by the averaged rule; ``floor``: what fluctuations of the
        weights should leave of the total correlation.
    """
    rule = AntiHebbian(rate)
    tables = []
    for index, child in enumerate(np.random.SeedSequence(seed).spawn(populations)):
        rng = np.random.default_rng(child)
        population = Population.draw(n, rng=rng)
        world = replace(draw_world(0), population=population, correlation=correlation)
        w = population.pattern(CARDINAL)
        ensembles = [world.evidence_cov, ensemble_cov(world)]
        evidence = rng.standard_normal((2, steps * batch, n))
        evidence @= np.stack([np.linalg.cholesky(C).T for C in ensembles])
        simulated = rule.learn(evidence.reshape(-1, n), batch=batch)
        expected = np.zeros((n, n))
        rows = []
        for step, lateral in enumerate(simulated):
            C = ensembles[step >= steps]
            if step % 5 == 0:
                floor = rule.residual(C, batch)
                row = {"population": index, "step": step, "floor": floor}
                for prefix, L in (("", lateral), ("expected_", expected)):
                    K = rule.code(L)
                    row[f"{prefix}left"] = total_correlation(K @ C @ K.T)
                    row[f"{prefix}gain"] = float(w @ K @ w / (w @ w))
                rows.append(row)
            expected = rule.mean_update(expected, C)
        tables.append(pd.DataFrame(rows))
    return pd.concat(tables, ignore_index=True)


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
