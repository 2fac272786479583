"""The Gibbs sampler of a batch of trials, one conditional distribution a method."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from scipy import special
from tqdm import trange

from neurocoord._checks import finite_array, flag, generator, indices, instance, number, whole
from neurocoord.sampling._cut_gaussian import draw_cut, excess, proposals
from neurocoord.sampling._model import SIDE, SamplingModel, draw_images

Array = NDArray[np.floating[Any]]
Index = NDArray[np.intp]

CONTRAST_START, CONTRAST_STEP = 0.1, 0.1
"""First value of the contrast variable, and standard deviation of its steps."""


def _precision(dtype: DTypeLike) -> np.dtype:
    """Return the precision of a sampler after checking that it is single or double."""
    try:
        kind = np.dtype(dtype if dtype is not None else "V")  # numpy takes None for double
    except TypeError:
        kind = np.dtype("V")
    if kind not in (np.dtype(np.float64), np.dtype(np.float32)):
        raise ValueError(f"dtype must be float64 or float32, not {dtype!r}")
    return kind


class Chain:
    """The Gibbs sampler of a batch of trials: the current value of every variable.

    Parameters
    ----------
    model : SamplingModel
        The model.
    images : array, (trials, 1024)
        One image a trial.
    rng : numpy.random.Generator
        Source of randomness.
    dtype : numpy.dtype
        Precision of units and bits; beliefs are always in double precision.

    Attributes
    ----------
    x, g, sigma : array, (N, trials), (K, trials) and (trials,)
        Units, bits (0 or 1), and the contrast variable.
    category, task : array of int, (trials,)
        Sampled category (0 stands for +1, 1 for -1), and task.
    log_odds, task_log_probability : array, (trials,) and (tasks, trials)
        Belief in category +1 against -1, and in each task.
    """

    def __init__(
        self, model: SamplingModel, images: Array, rng: np.random.Generator, dtype: DTypeLike
    ) -> None:
        images = finite_array("images", images, (None, SIDE**2))
        trials = len(images)
        self.model = model = instance("model", model, SamplingModel)
        self.rng = rng = generator(rng)
        self.dtype = dtype = _precision(dtype)
        self.drive = np.ascontiguousarray((images @ model.fields).T, dtype=dtype)
        self.gram = model.gram.astype(dtype)
        self.others = self.gram - np.diag(np.diag(self.gram))
        self.kernel = model.kernel.astype(dtype)
        with np.errstate(divide="ignore"):
            self.task_log_prior = np.log(model.task_prior)[:, None]
        # A product of so many prior means cannot overflow; their logarithm is then one, not many.
        largest = 1 + model.kernel.sum(axis=1).max()
        step = max(int(0.9 * np.log(np.finfo(dtype).max) / np.log1p(largest)), 1)
        self.blocks = [slice(k, k + step) for k in range(0, model.n_units, step)]

        self.sigma = np.full(trials, CONTRAST_START, dtype)
        self.category = rng.integers(2, size=trials)
        self.task = rng.choice(len(model.axes), size=trials, p=model.task_prior)
        self.log_odds = np.zeros(trials)
        self.task_log_probability = np.broadcast_to(self.task_log_prior, (len(model.axes), trials))
        on = rng.random((model.n_bits, trials)) < self._bit_prior()
        self.g = on.astype(dtype)
        # The published model starts from this mean, which lacks the 1 of the prior's.
        mean = self.kernel @ self.g + dtype.type(model.feedback)
        self.x = mean * rng.standard_exponential(mean.shape, dtype=dtype)

    def sweep(self, sample: int) -> None:
        """Update every variable once; `sample` counts from 1, which is the start."""
        accumulate = whole("sample", sample) > self.model.onset
        self.update_units(self.rng.permutation(self.model.n_units))
        self.update_bits(self.rng.permutation(self.model.n_bits))
        self.update_beliefs(accumulate=accumulate)
        self.sigma = self.draw_contrast(self.sigma)

    def update_units(self, order: Sequence[int] | Index) -> None:
        r"""Draw units one after another from a Gaussian cut at 0.

        Its mean is :math:`(\sigma P_i \cdot y - \sigma^2 \sum_{j \ne i} C_{ij} x_j - 1 / \tau_i) /
        \sigma^2` and its standard deviation :math:`1 / \sigma`. So :math:`\sigma x_i` is the excess
        of a standard Gaussian over a cut at minus the mean in standard deviations.
        """
        order = indices("order", order, self.model.n_units)
        scaled = self.sigma * self.x
        cut = 1 / ((self.kernel @ self.g + 1) * self.sigma) - self.drive
        twice, bound = proposals(cut.shape, self.rng, self.dtype)
        above, work = np.empty_like(self.sigma), np.empty_like(self.sigma)
        for i in order:
            np.dot(self.others[i], scaled, out=above)
            np.add(above, cut[i], out=above)
            excess(above, twice[i], bound[i], self.rng, out=scaled[i], work=work)
        self.x = scaled / self.sigma

    def update_bits(self, order: Sequence[int] | Index) -> None:
        r"""Draw bits one after another.

        The log odds of a bit are :math:`\sum_i [x_i (1 / \tau_i(0) - 1 / \tau_i(1)) - \log
        (\tau_i(1) / \tau_i(0))] + \text{logit } q_k`. The loop keeps the log density of the units
        given the current bits: each update needs only the one for the other value of one bit.
        """
        order = indices("order", order, self.model.n_bits)
        prior = special.logit(self._bit_prior())
        noise = special.logit(self.rng.random(self.g.shape))
        mean = self.kernel @ self.g + 1
        other, ratio = np.empty_like(mean), np.empty_like(mean)
        now = self._prior_density(mean, ratio)
        for k in order:
            sign = 1 - 2 * self.g[k]
            self._shift(k, sign, other)
            np.add(mean, other, out=other)
            flipped = self._prior_density(other, ratio)
            flip = np.flatnonzero(flipped - now + sign * prior[k] > noise[k])
            mean[:, flip] = other[:, flip]
            now[flip] = flipped[flip]
            self.g[k, flip] = 1 - self.g[k, flip]

    def _shift(self, k: int, sign: Array, out: Array) -> None:
        """Write what flipping a bit adds to the prior means, an outer product."""
        np.dot(self.kernel[:, k, None], sign[None], out=out)

    def _prior_density(self, mean: Array, work: Array) -> Array:
        """Return the log density of all units given their prior means, (trials,)."""
        np.divide(self.x, mean, out=work)
        logs = [np.log(np.multiply.reduce(mean[rows], axis=0)) for rows in self.blocks]
        return -np.sum(logs, axis=0) - work.sum(axis=0)

    def _bit_prior(self) -> Array:
        """Return q given each trial's task and category, (K, trials)."""
        return self.model.bit_probability[self.task, self.category].T

    def update_beliefs(self, *, accumulate: bool) -> None:
        r"""Update the belief in the category and draw it; then the task, if it is uncertain.

        Each adds its weighted log evidence, :math:`\sum_k [g_k \log q_k + (1 - g_k) \log(1 -
        q_k)]`, to its prior: the one of the model, or, to accumulate, the belief so far.
        """
        accumulate = flag("accumulate", accumulate)
        q = self.model.bit_probability
        evidence = np.log(q) @ self.g + np.log1p(-q) @ (1 - self.g)
        evidence *= self.model.evidence_weight
        trials = np.arange(len(self.sigma))
        odds = evidence[:, 0] - evidence[:, 1]
        self.log_odds = odds[self.task, trials] + (self.log_odds if accumulate else 0.0)
        unlikely = special.logit(self.rng.random(len(trials))) > self.log_odds
        self.category = unlikely.astype(np.intp)
        if max(self.model.task_prior) < 1:
            prior = self.task_log_probability if accumulate else self.task_log_prior
            belief = prior + evidence[:, self.category, trials]
            self.task_log_probability = special.log_softmax(belief, axis=0)
            self.task = np.argmax(self.task_log_probability + self.rng.gumbel(size=belief.shape), 0)

    def draw_contrast(self, previous: Array) -> Array:
        r"""Return a draw of the contrast variable given its previous value, (trials,).

        A Gaussian cut at 0 with precision :math:`1 / 0.1^2 + x^T C x` and mean :math:`(y^T P x +
        \sigma_{\text{previous}} / 0.1^2)` over the precision.
        """
        previous = finite_array("previous", previous, self.sigma.shape, self.dtype)
        if (previous < 0).any():
            raise ValueError("previous must not be negative")
        precision = CONTRAST_STEP**-2 + np.einsum("it,it->t", self.x, self.gram @ self.x)
        pull = np.einsum("it,it->t", self.drive, self.x) + previous * CONTRAST_STEP**-2
        draw = draw_cut(pull / precision, precision**-0.5, self.rng)
        return draw.astype(self.dtype, copy=False)


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
    contrast, rng, axis
        As for `draw_images`.
    n_samples : int
        Samples a trial, the starting values included.
    bins : int
        Time bins that the responses are summed in: 1 keeps sums over the trial, `n_samples` keeps
        every sample. Must divide `n_samples`.
    dtype : {float64, float32}
        Precision of the sampler; single precision takes a third less time.
    batch : int
        Trials that advance together, with one random order of updates.
    progress : bool
        Whether to show a progress bar.

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
    n_samples, bins, batch = map(whole, ("n_samples", "bins", "batch"), (n_samples, bins, batch))
    if bins > n_samples or n_samples % bins:
        raise ValueError(f"bins must divide the {n_samples} samples, not be {bins}")
    axis, rng, kind = number("axis", axis), generator(rng), _precision(dtype)
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
