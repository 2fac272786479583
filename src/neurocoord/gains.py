r"""Optimal gains: how efficient coding leaves out what is expected.

A linear code :math:`r = K e + \text{output noise}` maximises the information about the scene at a
price on response power. In one eigenmode of the scene, with scene variance c, input noise variance
:math:`s_e^2` and output noise variance :math:`s_r^2`, the gain g maximises

.. math:: \frac12 \log \frac{g^2 (c + s_e^2) + s_r^2}{g^2 s_e^2 + s_r^2} - \lambda g^2 (c + s_e^2),

in nats, with price :math:`\lambda` in nats per unit of power. Arguments broadcast, and results
have the shape that comes of it; noises are standard deviations.

References
----------
van Hateren (1992), Biological Cybernetics 68:23-29. Atick and Redlich (1992), Neural Computation
4:196-210. Foldiak (1990), Biological Cybernetics 64:165-170.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from neurocoord._checks import Array, common_axes, finite_array, positive


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
        Price lambda of response power, nats per unit of power.
    input_noise, output_noise : float
        s_e and s_r.

    Returns
    -------
    array
        The gain, spikes per unit of evidence.

    Raises
    ------
    ValueError
        If a variance is negative, or a price or noise is not positive.

    Examples
    --------
    >>> optimal_gain([0.01, 1.0], price=0.1).round(2).tolist()
    [0.0, 0.63]
    """
    c, price = _not_negative("variance", variance), _not_negative("price", price)
    if not (price > 0).all():
        raise ValueError("price must be finite and positive")
    common_axes("variance and price", c.shape, price.shape)
    se2 = positive("input_noise", input_noise) ** 2
    sr2 = positive("output_noise", output_noise) ** 2
    # The larger root of the quadratic for g^2, written so that nothing cancels at high SNR.
    power = c + se2
    root = np.sqrt(c**2 + 2 * se2 * c / (price * sr2))
    worth = np.maximum(0, c / (2 * price * power) - sr2)
    return np.sqrt(2 * worth / (power + se2 + root))


def _not_negative(name: str, value: ArrayLike) -> Array:
    """Return numbers of any shape, after checking that they are finite and not negative."""
    array = finite_array(name, value, (...,))
    if (array < 0).any():
        raise ValueError(f"{name} must be finite and not negative")
    return array


def boundary_snr(price: float, *, task_variance: float = 4.0, output_noise: float = 1.0) -> float:
    r"""Return the SNR at which learning leaves the task-axis gain as it was.

    The optimal gain rises with the variance of a mode and then falls. So where the task axis varies
    more than the background (m > 1), the optimum amplifies it below the boundary and attenuates it
    above; where it varies less (m < 1), the optimum attenuates it below and amplifies it above.
    Exchanging the two modes turns one case into the other: the boundary of m is 1/m times the
    boundary of 1/m. For a price that goes to 0 the gain goes as :math:`c^{1/4} / (c +
    s_e^2)^{1/2}`, so that the boundary is at :math:`1 / \sqrt m`.

    Parameters
    ----------
    price : float
        Price lambda of response power, nats per unit of power.
    task_variance : float
        Scene variance m along the task axis, in units of the background.
    output_noise : float
        Standard deviation s_r of the output noise; the input noise has sd 1.

    Returns
    -------
    float
        Scene variance over input noise variance of the background.

    Raises
    ------
    ValueError
        If the task axis varies as the background does, so that there is no boundary, or the price
        silences the background at every SNR (:math:`2 \lambda s_r^2 \ge 1`).
    """
    m, noise = positive("task_variance", task_variance), positive("output_noise", output_noise)
    if m == 1:
        raise ValueError("a task_variance of 1 has no boundary: both gains are equal at every SNR")
    if m < 1:
        return boundary_snr(price, task_variance=1 / m, output_noise=noise) / m
    silent = 2 * positive("price", price) * noise**2
    if silent >= 1:
        raise ValueError(f"at a price of {price:g} the background is silent at every SNR")

    def gain_difference(log_snr: float) -> float:
        c = np.exp(log_snr)
        task, background = optimal_gain([m * c, c], price=price, output_noise=noise)
        return float(task - background)

    # The background is silent up to this SNR, and far above it (and 1) every optimum attenuates.
    lowest = np.log(silent / (1 - silent))
    highest = max(lowest, 0.0) + 60
    return float(np.exp(brentq(gain_difference, lowest, highest, xtol=1e-12)))
