r"""Optimal gains: how efficient coding leaves out what is expected.

A linear code :math:`r = K e + \text{output noise}` maximises the information about the scene at a
price on response power. In one eigenmode of the scene, with scene variance c, input noise variance
:math:`s_e^2` and output noise variance :math:`s_r^2`, the gain g maximises

.. math:: \frac12 \log \frac{g^2 (c + s_e^2) + s_r^2}{g^2 s_e^2 + s_r^2} - \lambda g^2 (c + s_e^2),

in nats, with price :math:`\lambda` in nats per unit of power.

References
----------
van Hateren (1992), Biological Cybernetics 68:23-29. Atick and Redlich (1992), Neural Computation
4:196-210. Foldiak (1990), Biological Cybernetics 64:165-170.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from neurocoord._checks import Array, positive


def optimal_gain(
    variance: ArrayLike, *, price: ArrayLike, input_noise: float = 1.0, output_noise: float = 1.0
) -> Array:
    r"""Return the gain of each mode that is worth most information at its price.

    .. math:: g^2 = \frac{s_r^2}{s_e^2} \max\left(0, \frac{c}{2 (c + s_e^2)} \left[1 + \sqrt{1 +
              \frac{2 s_e^2}{\lambda s_r^2 c}}\,\right] - 1 \right)

    A mode is silent where :math:`c / (c + s_e^2) \le 2 \lambda s_r^2`.

    Parameters
    ----------
    variance : array_like
        Scene variance c of each mode, not negative, any shape.
    price : array_like
        Price lambda of response power, nats per unit of power; broadcast against `variance`.
    input_noise, output_noise : float
        Standard deviations s_e and s_r.
    """
    c = np.asarray(variance, dtype=float)
    if not (np.isfinite(c) & (c >= 0)).all():
        raise ValueError("variance must be finite and not negative")
    price = np.asarray(price, dtype=float)
    if not (np.isfinite(price) & (price > 0)).all():
        raise ValueError("price must be finite and positive")
    se2 = positive("input_noise", input_noise) ** 2
    sr2 = positive("output_noise", output_noise) ** 2
    # The larger root of the quadratic for g^2, written so that nothing cancels at high SNR.
    power = c + se2
    root = np.sqrt(c**2 + 2 * se2 * c / (price * sr2))
    worth = np.maximum(0, c / (2 * price * power) - sr2)
    return np.sqrt(2 * worth / (power + se2 + root))


def mode_objective(
    gain: ArrayLike,
    variance: ArrayLike,
    *,
    price: float,
    input_noise: float = 1.0,
    output_noise: float = 1.0,
) -> Array:
    """Return what the optimum maximises: information minus the price of power, in nats."""
    g2, c = np.asarray(gain, dtype=float) ** 2, np.asarray(variance, dtype=float)
    noise = g2 * input_noise**2 + output_noise**2
    return 0.5 * np.log1p(g2 * c / noise) - price * g2 * (c + input_noise**2)


def task_axis_ratio(
    snr: ArrayLike, price: ArrayLike, *, task_variance: float = 4.0, output_noise: float = 1.0
) -> Array:
    """Return the optimal gain along the task axis, relative to the background.

    The background is also the gain along the task axis before learning, so the ratio says what
    learning does: below 1 it attenuates the task axis, above 1 it amplifies it.

    Parameters
    ----------
    snr : array_like
        Scene variance over input noise variance of the background; the input noise has sd 1.
    price : array_like
        Price of power; broadcast against `snr`.
    task_variance : float
        Scene variance along the task axis, in units of the background.
    output_noise : float
        Standard deviation of the output noise.

    Returns
    -------
    array
        Infinite where only the task axis is worth its price, NaN where nothing is.
    """
    snr = np.asarray(snr, dtype=float)
    positive("task_variance", task_variance)
    task = optimal_gain(task_variance * snr, price=price, output_noise=output_noise)
    background = optimal_gain(snr, price=price, output_noise=output_noise)
    silent = background == 0
    ratio = np.divide(task, background, out=np.full(task.shape, np.nan), where=~silent)
    return np.where(silent & (task > 0), np.inf, ratio)


def boundary_snr(price: float, *, task_variance: float = 4.0, output_noise: float = 1.0) -> float:
    r"""Return the SNR at which learning leaves the task-axis gain as it was.

    Below it the optimum amplifies the task axis, above it attenuates. For a price that goes to 0
    the gain goes as :math:`c^{1/4} / (c + s_e^2)^{1/2}`, so that the boundary is at :math:`1 /
    \sqrt m` for a task variance of m times the background.

    Raises
    ------
    ValueError
        If the price silences the background at every SNR (:math:`2 \lambda s_r^2 \ge 1`).
    """
    silent = 2 * positive("price", price) * output_noise**2
    if silent >= 1:
        raise ValueError(f"at a price of {price:g} the background is silent at every SNR")

    def gain_difference(log_snr: float) -> float:
        c = np.exp(log_snr)
        task, background = optimal_gain(
            [task_variance * c, c], price=price, output_noise=output_noise
        )
        return float(task - background)

    # The background is silent up to this SNR, and far above it every optimum attenuates.
    lowest = np.log(silent / (1 - silent))
    return float(np.exp(brentq(gain_difference, lowest, lowest + 60, xtol=1e-12)))
