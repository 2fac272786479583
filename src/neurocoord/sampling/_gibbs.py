"""The Gibbs sampler of a batch of trials, one conditional distribution a method."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy import special

from neurocoord._checks import finite_array, flag, generator, indices, instance, whole
from neurocoord.sampling._cut_gaussian import draw_cut, excess, proposals
from neurocoord.sampling._model import SIDE, SamplingModel

Array = NDArray[np.floating[Any]]
Index = NDArray[np.intp]

CONTRAST_START, CONTRAST_STEP = 0.1, 0.1
"""First value of the contrast variable, and standard deviation of its steps."""


def precision(dtype: DTypeLike) -> np.dtype:
    """Return the precision of a sampler after checking that it is single or double."""
    try:
        kind = np.dtype(dtype if dtype is not None else "V")  # numpy takes None for double
    except TypeError as error:
        raise ValueError(f"dtype must be float64 or float32, not {dtype!r}") from error
    if kind not in (np.dtype(np.float64), np.dtype(np.float32)):
        raise ValueError(f"dtype must be float64 or float32, not {kind}")
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
    x : array, (N, trials)
        Units.
    g : array, (K, trials)
        Bits, 0 or 1.
    sigma : array, (trials,)
        The contrast variable.
    category, task : array of int, (trials,)
        Sampled category (0 stands for +1, 1 for -1), and task.
    log_odds : array, (trials,)
        Belief in category +1 against -1.
    task_log_probability : array, (tasks, trials)
        Belief in each task.
    """

    def __init__(
        self, model: SamplingModel, images: Array, rng: np.random.Generator, dtype: DTypeLike
    ) -> None:
        images = finite_array("images", images, (None, SIDE**2))
        trials = len(images)
        self.model = model = instance("model", model, SamplingModel)
        self.rng = rng = generator(rng)
        self.dtype = dtype = precision(dtype)
        self.drive = np.ascontiguousarray((images @ model.fields).T, dtype=dtype)
        self.gram = model.gram.astype(dtype)
        self.others = self.gram - np.diag(np.diag(self.gram))
        self.kernel = model.kernel.astype(dtype)
        with np.errstate(divide="ignore"):
            self.task_log_prior = np.log(model.task_prior)[:, None]
        # A product of so many prior means cannot overflow; their logarithm is then one, not many.
        largest = 1 + model.kernel.sum(axis=1).max()
        rows = int(0.9 * np.log(np.finfo(self.dtype).max) / np.log1p(largest))
        step = max(rows, 1)
        self.blocks = [slice(k, k + step) for k in range(0, model.n_units, step)]

        self.sigma = np.full(trials, CONTRAST_START, dtype)
        self.category = rng.integers(2, size=trials)
        self.task = rng.choice(len(model.axes), size=trials, p=model.task_prior)
        self.log_odds = np.zeros(trials)
        self.task_log_probability = np.broadcast_to(self.task_log_prior, (len(model.axes), trials))
        on = rng.random((model.n_bits, trials)) < self._bit_prior()
        self.g = on.astype(dtype)
        # The published model starts from this mean, which lacks the 1 of the prior's.
        mean = self.kernel @ self.g + self.dtype.type(model.feedback)
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
        \sigma^2` and its standard deviation :math:`1 / \sigma`. The loop works on
        :math:`\sigma x_i`, which is the excess of a standard Gaussian over a cut at minus the mean
        in standard deviations: a matrix-vector product and a few operations on rows.
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
        given the current bits, so that each update needs the one for the other value of one bit
        only: a division a unit, and the logarithm of a product.
        """
        order = indices("order", order, self.model.n_bits)
        prior = special.logit(self._bit_prior())
        noise = special.logit(self.rng.random(self.g.shape))
        mean = self.kernel @ self.g + 1
        other, ratio = np.empty_like(mean), np.empty_like(mean)
        now = self._prior_density(mean, ratio)
        for k in order:
            sign = 1 - 2 * self.g[k]
            np.multiply(self.kernel[:, k, None], sign, out=other)
            np.add(mean, other, out=other)
            flipped = self._prior_density(other, ratio)
            flip = np.flatnonzero(flipped - now + sign * prior[k] > noise[k])
            mean[:, flip] = other[:, flip]
            now[flip] = flipped[flip]
            self.g[k, flip] = 1 - self.g[k, flip]

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
