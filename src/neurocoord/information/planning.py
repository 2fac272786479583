"""How many trials an experiment needs."""

from neurocoord._checks import positive, share, whole
from neurocoord.information.estimates import variance_of_total


def trials_needed(information: float, n_neurons: int, ds: float, relative_error: float) -> int:
    """Return how many trials a condition bring the standard error down to a share of I.

    Parameters
    ----------
    information : float
        The true I, in inverse squared units of the signal.
    n_neurons : int
        N.
    ds : float
        Distance between the two signals.
    relative_error : float
        Standard error of the corrected total that is wanted, as a fraction of I.

    Returns
    -------
    int
        The smallest T, the same in both conditions, that reaches it.

    Raises
    ------
    ValueError
        If an argument is not positive, or the relative error more than 1.
    """
    information = positive("information", information)
    n_neurons = whole("n_neurons", n_neurons)
    ds = positive("ds", ds)
    relative_error = positive("relative_error", share("relative_error", relative_error))
    target = (relative_error * information) ** 2

    def reached(trials: int) -> bool:
        variance = variance_of_total(information, n_neurons, 2 * trials - 2, 2 / trials / ds**2)
        return variance <= target

    too_few, enough = 1, 2
    while not reached(enough):
        too_few, enough = enough, 2 * enough
    while enough - too_few > 1:  # the variance falls with T, so bisection finds the border
        middle = (too_few + enough) // 2
        too_few, enough = (too_few, middle) if reached(middle) else (middle, enough)
    return enough
