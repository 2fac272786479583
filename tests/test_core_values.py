"""Values of the core that can be written down by hand, and what holds for all of its objects."""

import dataclasses
import importlib
import pkgutil

import numpy as np
import pytest

import neurocoord
from neurocoord.code import Setting
from neurocoord.plasticity import static_circuit
from neurocoord.theories import Inference
from neurocoord.world import CARDINAL, Population, World

MODULES = [
    importlib.import_module(module.name)
    for module in pkgutil.walk_packages(neurocoord.__path__, "neurocoord.")
]
DATACLASSES = sorted(
    {
        value
        for module in MODULES
        for value in vars(module).values()
        if isinstance(value, type)
        and dataclasses.is_dataclass(value)
        and value.__module__.startswith("neurocoord.")
    },
    key=lambda kind: (kind.__module__, kind.__name__),
)


@pytest.mark.parametrize("kind", DATACLASSES, ids=lambda kind: kind.__name__)
def test_parameters_were_checked_once_and_cannot_be_changed(kind):
    with pytest.raises(dataclasses.FrozenInstanceError):
        object.__new__(kind).anything = 1.0


@pytest.mark.parametrize(("expected", "strength"), [(0.5, 0.5), ("world", 0.7)])
def test_feedback_sends_the_expected_strength_of_the_pattern_times_the_rest_of_the_gain(
    expected, strength
):
    population = Population.draw(5, rng=np.random.default_rng(0))
    world = World(population, tau=1.0, sigma=2.0, signal_sd=0.7)  # k0 = 1 / (1 + 4)
    w_hat = np.arange(5.0)
    code = Inference(0.5, expected).code(Setting(world, CARDINAL, w_hat, engagement=0.4))
    np.testing.assert_allclose(code.feedback, 0.8 * 0.5 * 0.4 * strength * w_hat)
    assert code.sharpness == strength


def test_the_circuit_of_one_neuron_is_a_gain_and_the_noise_that_is_left():
    # J = w^2 / Q = 2; the gain is f' / w, and the noise Sigma - f'^2 / J.
    gain, noise = static_circuit([1.5], [[3.0]], [2.0], [[2.0]])
    np.testing.assert_allclose(gain, [[0.75]])
    np.testing.assert_allclose(noise, [[3.0 - 1.125]])
