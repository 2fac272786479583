r"""Two exact routes to the statistics of a block: every trial, or the statistics themselves.

Given a few scalars Z of each trial (T x k: the growth of the log odds, the sampled categories)
responses are Gaussian, :math:`R = 1\,i^T + Z B + E` with independent rows of E of covariance C.
Take an orthonormal basis U of 1 + k columns that spans [1, Z], the first of them
:math:`1 / \sqrt T`. Then :math:`U^T R = U^T (1\,i^T + Z B) + G`, rows of G independent with
covariance C, and what is left of the scatter is Wishart(C, T - 1 - k). So

.. math::
    \text{mean} = (U^T R)_1 / \sqrt T, \qquad
    \text{scatter} = \sum_{j > 1} (U^T R)_j (U^T R)_j^T + W .

If the columns of Z are dependent, any basis that contains their span serves, so nothing special is
to be done. Beyond the scalars the cost does not depend on T.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from neurocoord._checks import Array
from neurocoord.code import Code, Conditional, Frame, Setting, as_window, draw_paths
from neurocoord.information import Statistics
from neurocoord.learning import log_odds
from neurocoord.theories import Theory
from neurocoord.world import Task, World


@dataclass(frozen=True, eq=False)
class Block:
    """The circumstances of a block of trials: what every trial of it has in common."""

    theory: Theory
    world: World
    task: Task
    expected_pattern: Array
    engagement: float
    other_patterns: Array | None
    decision_noise: float
    tracked: Array

    @property
    def common(self) -> dict[str, object]:
        """The keyword arguments that all methods of a theory share."""
        return {"engagement": self.engagement, "other_patterns": self.other_patterns}

    @cached_property
    def code(self) -> Code:
        """The code of the population in this block, built once."""
        return self.theory.code(
            Setting(self.world, self.task, self.expected_pattern, **self.common)
        )


def wishart_root(size: int, degrees: int, rng: np.random.Generator) -> Array:
    """Draw A, lower triangular, such that A A' is Wishart(1, degrees); by Bartlett."""
    A = np.tril(rng.standard_normal((size, size)), -1)
    np.fill_diagonal(A, np.sqrt(rng.chisquare(degrees - np.arange(size))))
    return A


def draw_statistics(
    conditional: Conditional, *, rng: np.random.Generator, scatter: bool = True
) -> Statistics:
    """Draw the sample mean, and the scatter if needed, of trials whose scalars are given."""
    z, B = conditional.scalars, conditional.loadings
    trials, k = z.shape
    root = np.linalg.cholesky(conditional.covariance)
    average = z.mean(axis=0)
    mean = conditional.intercept + average @ B
    if not scatter:
        return Statistics(trials, mean + root @ rng.standard_normal(mean.size) / np.sqrt(trials))
    if trials - 1 - k < mean.size:  # fewer trials than Bartlett's matrix has rows: draw them
        noise = rng.standard_normal((trials, mean.size)) @ root.T
        return Statistics.of(conditional.intercept + z @ B + noise)
    G = rng.standard_normal((1 + k, mean.size)) @ root.T
    centred = z - average
    variances, vectors = np.linalg.eigh(centred.T @ centred)
    rows = np.sqrt(np.maximum(variances, 0))[:, None] * vectors.T @ B + G[1:]
    # One product for both parts of the scatter: it is exactly symmetric.
    parts = np.vstack([rows, (root @ wishart_root(mean.size, trials - 1 - k, rng)).T])
    return Statistics(trials, mean + G[0] / np.sqrt(trials), parts.T @ parts)


class Drawn(NamedTuple):
    """What was drawn at one signal.

    Attributes
    ----------
    statistics : list of Statistics
        One for each window.
    positive : int
        How many choices were for s = +1.
    responses, choices : ndarray, (windows, T, N) and (T,), or None
        The responses of the recorded neurons and the choices, -1 or 1, on the trial route.
    """

    statistics: list[Statistics]
    positive: int
    responses: Array | None = None
    choices: Array | None = None


def _choices(log_odds: Array, noise: float, rng: np.random.Generator) -> Array:
    """Return the sign of the noisy log odds; a subject who knows nothing guesses."""
    # The least noise decides a tie, and nothing but a tie.
    noisy = log_odds + max(noise, np.finfo(float).tiny) * rng.standard_normal(log_odds.size)
    return np.where(noisy > 0, 1, -1)


def _recorded(given: Conditional, neurons: Array) -> Conditional:
    """Return the response of some neurons only."""
    if neurons.size == given.intercept.size:
        return given
    return Conditional(
        given.scalars,
        given.intercept[neurons],
        given.loadings[:, neurons],
        given.covariance[np.ix_(neurons, neurons)],
    )


def by_statistics(
    block: Block,
    signal: float,
    windows: Sequence[Frame],
    *,
    trials: int,
    frames: int,
    scatter: bool,
    rng: np.random.Generator,
) -> Drawn:
    """Draw the statistics of the trials at one signal: scalar paths, and no responses."""
    about = (block.world, block.task, block.expected_pattern, signal)
    paths = draw_paths(*about, trials=trials, frames=frames, rng=rng)
    statistics = []
    for window in windows:
        given = block.code.conditional(signal, paths, frame=window)
        parts = [
            draw_statistics(_recorded(group, block.tracked), rng=rng, scatter=scatter)
            for group in given
        ]
        statistics.append(Statistics.pooled(parts))
    choices = _choices(paths.log_odds[:, -1], block.decision_noise, rng)
    return Drawn(statistics, int((choices > 0).sum()))


def by_trials(
    block: Block,
    signal: float,
    windows: Sequence[Frame],
    *,
    trials: int,
    frames: int,
    scatter: bool,
    rng: np.random.Generator,
    poisson: bool = False,
) -> Drawn:
    """Draw every trial at one signal, and take its statistics."""
    evidence = block.world.draw_evidence(block.task, signal, trials=trials, frames=frames, rng=rng)
    responses = block.code.respond(evidence, rng=rng, poisson=poisson)
    counts = [
        responses[:, window[0] - 1 : window[-1]].sum(axis=1)[:, block.tracked]
        for window in map(as_window, windows)
    ]
    last = log_odds(block.world, evidence, block.expected_pattern)[:, -1]
    choices = _choices(last, block.decision_noise, rng)
    statistics = [Statistics.of(count, scatter=scatter) for count in counts]
    return Drawn(statistics, int((choices > 0).sum()), np.stack(counts), choices)
