"""Which local circuits have the slope and covariance of inference: the matching of chapter 7."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq

from neurocoord._checks import Array, whole
from neurocoord.experiment import Design
from neurocoord.theories import (
    GatedCircuit,
    Inference,
    LocalCircuit,
    SlowGatedCircuit,
    slope_and_covariance,
)
from neurocoord.world import CARDINAL, World


class Targets(NamedTuple):
    """What a circuit must have, along the pattern of the task, of the counts of whole trials.

    Attributes
    ----------
    frames : int
        Frames of a trial.
    half, full : float
        The gain, in units of that of a naive code, with half of the pattern learned and with all.
    variance : float
        The variance along the pattern with all learned, per frame.
    excess : float
        S of the learned pattern, and of half of it a quarter.
    naive_gain : float
        k0.
    evidence : float
        The variance of the evidence along the pattern, per frame.
    spread : float
        The variance per frame that each neuron has by itself.
    """

    frames: int
    half: float
    full: float
    variance: float
    excess: float
    naive_gain: float
    evidence: float
    spread: float


def targets(design: Design, worlds: list[World]) -> Targets:
    """Return what inference has, averaged over worlds, as the design measures it."""
    n = design.frames
    rows = []
    for world in worlds:
        w = world.population.pattern(CARDINAL)
        length = float(w @ w)
        gains, variance = [], 0.0
        for learned in (0.5, 1.0):
            slope, covariance = slope_and_covariance(
                Inference(),
                world,
                CARDINAL,
                learned * w,
                design.measured[0],
                noise=design.noise,
                frame=range(1, n + 1),
            )
            gains.append(float(slope @ w) / (n * world.bottom_up_gain * length))
            variance = float(w @ covariance @ w) / (n * length)
        rows.append(
            [
                *gains,
                variance,
                world.signal_sd**2 * length,
                world.bottom_up_gain,
                float(w @ world.evidence_cov @ w) / length,
                world.bottom_up_gain * world.sigma**2 + world.private_variance,
            ]
        )
    return Targets(n, *np.mean(rows, axis=0).tolist())


def _gains(rho: float, frames: int, circuit: type[LocalCircuit]) -> Array:
    """Return how the sum over a trial answers to each frame's input along a mode of the loop."""
    if circuit.passes is None:
        return np.full(frames, 1 / (1 - rho))
    passes = circuit.passes * np.arange(frames, 0, -1)
    return (1 - rho**passes) / (1 - rho)


def solve(wanted: Targets, circuit: type[LocalCircuit]) -> LocalCircuit:
    r"""Return the circuit of a kind that has what is wanted.

    The gain fixes the weight :math:`\rho` of the mode at both stages, :math:`\rho = \rho_{\max} S
    / (S + h)` at both fixes :math:`\rho_{\max}` and h, and the variance fixes the noise within.

    Raises
    ------
    ValueError
        If no stable circuit has it.
    """
    n = wanted.frames

    def weight(gain: float) -> float:
        def missing(rho: float) -> float:
            return float(_gains(rho, n, circuit).mean()) - gain

        return float(brentq(missing, 0.0, 1 - 1e-9))

    half, full, S = weight(wanted.half), weight(wanted.full), wanted.excess
    ratio = half / full
    if not 0.25 < ratio < 1:
        raise ValueError(f"a weight that grows by {1 / ratio:g} cannot come from S / (S + h)")
    h = S * (1 - ratio) / (4 * ratio - 1)
    answers = np.square(_gains(full, n, circuit)).mean()
    through = answers * wanted.naive_gain**2 * wanted.evidence
    inner = (wanted.variance - wanted.spread - through) / (answers - 1)
    if not 0 <= inner <= wanted.spread:
        raise ValueError(f"the noise within would have to be {inner:g}, of {wanted.spread:g}")
    return circuit(strength=full * (S + h) / S, half=h, inner=float(inner))


def matched(*, populations: int = 200, seed: int = 71) -> dict[str, LocalCircuit]:
    """Return the circuits that match inference on average over populations of the experiment."""
    rngs = np.random.default_rng(seed).spawn(whole("populations", populations))
    wanted = targets(Design(), [Design().draw_world(rng) for rng in rngs])
    kinds = (LocalCircuit, GatedCircuit, SlowGatedCircuit)
    return {kind.name: solve(wanted, kind) for kind in kinds}
