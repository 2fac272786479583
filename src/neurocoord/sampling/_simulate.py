"""Simulated trials: what is kept of the Gibbs samples."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from tqdm import trange

from neurocoord._checks import finite_array, flag, generator, instance, number, whole
from neurocoord.sampling._gibbs import Chain, precision
from neurocoord.sampling._model import SamplingModel, draw_images

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class SampledTrials:
    """What is kept of simulated trials.

    Parameters
    ----------
    response : array, (trials, bins, N)
        Sum of x over the samples of each time bin.
    log_odds : array, (trials, samples)
        Log odds of category +1 against -1 after each sample: twice L of the other chapters.
    task_log_probability : array, (trials, samples, tasks)
        Log probability of each task after each sample.
    """

    response: Array
    log_odds: Array
    task_log_probability: Array

    @property
    def belief(self) -> Array:
        """The belief b, from -1 to 1, after each sample, (trials, samples)."""
        return np.tanh(self.log_odds / 2)

    @property
    def choice(self) -> Array:
        """The category, +1 or -1, that is likelier at the last sample, (trials,)."""
        return np.where(self.log_odds[:, -1] > 0, 1.0, -1.0)


def simulate(
    model: SamplingModel,
    contrast: ArrayLike,
    rng: np.random.Generator,
    *,
    n_samples: int = 100,
    bins: int = 1,
    axis: float = 0.0,
    dtype: DTypeLike = np.float64,
    batch: int = 300,
    progress: bool = False,
) -> SampledTrials:
    """Simulate trials: an image each, then Gibbs samples of all variables given the image.

    Parameters
    ----------
    model : SamplingModel
        The model.
    contrast : array_like, (trials, 2)
        Contrasts of the two gratings, as for `draw_images`.
    rng : numpy.random.Generator
        Source of randomness.
    n_samples : int
        Samples a trial, the starting values included.
    bins : int
        Time bins that the responses are summed in: 1 keeps sums over the trial, `n_samples` keeps
        every sample. Must divide `n_samples`.
    axis : float
        Orientation of the first grating in degrees.
    dtype : {float64, float32}
        Precision of the sampler; single precision takes a third less time.
    batch : int
        Trials that advance together, with one random order of updates.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    SampledTrials

    Raises
    ------
    ValueError
        If the contrasts are not one pair a trial, or a number or the precision is not possible.

    Examples
    --------
    >>> model = SamplingModel.for_task("oblique", n_units=16, n_bits=4)
    >>> trials = simulate(model, [[0.0, 0.0]] * 5, np.random.default_rng(1), n_samples=30)
    >>> trials.response.shape, trials.log_odds.shape
    ((5, 1, 16), (5, 30))
    """
    pairs = finite_array("contrast", contrast, (None, 2))
    instance("model", model, SamplingModel)
    n_samples, bins, batch = (
        whole(name, value)
        for name, value in (("n_samples", n_samples), ("bins", bins), ("batch", batch))
    )
    if bins > n_samples or n_samples % bins:
        raise ValueError(f"bins must divide the {n_samples} samples, not be {bins}")
    axis, rng, kind = number("axis", axis), generator(rng), precision(dtype)
    progress = flag("progress", progress)

    response = np.zeros((len(pairs), bins, model.n_units), kind)
    log_odds = np.empty((len(pairs), n_samples))
    task = np.empty((len(pairs), n_samples, len(model.axes)))
    for first in trange(0, len(pairs), batch, desc="batches", disable=not progress):
        rows = slice(first, min(first + batch, len(pairs)))
        chain = Chain(model, draw_images(pairs[rows], rng, axis=axis), rng, kind)
        sums = np.zeros((bins, *chain.x.shape), kind)
        for sample in range(n_samples):
            if sample:
                chain.sweep(sample + 1)
            sums[sample * bins // n_samples] += chain.x
            log_odds[rows, sample] = chain.log_odds
            task[rows, sample] = chain.task_log_probability.T
        response[rows] = np.moveaxis(sums, 2, 0)
    return SampledTrials(response, log_odds, task)
