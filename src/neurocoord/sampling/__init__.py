r"""Inference by sampling, from image to choice: the model of Haefner, Berkes and Fiser (2016).

A unit's response is a sample from the posterior over the strength of its feature in the image.
Units (``x``) draw their prior from bits (``g``) that say which orientations to expect, and the bits
from the category (``O``) of the task (``T``). One Gibbs sweep updates all of them, and the sweeps
of a trial are its time: evidence goes up from the image, expectation comes down from the category.

All trials of a batch advance together. Inside, arrays have the trials last, so that the update of
one unit reads contiguous rows; what is returned has the trials first.
"""

from neurocoord.sampling._gibbs import Chain, SampledTrials, simulate
from neurocoord.sampling._model import SIDE, TASKS, SamplingModel, draw_images, gratings

__all__ = [
    "SIDE",
    "TASKS",
    "Chain",
    "SampledTrials",
    "SamplingModel",
    "draw_images",
    "gratings",
    "simulate",
]
