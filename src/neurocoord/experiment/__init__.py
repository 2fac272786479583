"""The longitudinal experiment: the same neurons for weeks, under any theory of their code."""

from neurocoord.experiment.design import Design
from neurocoord.experiment.run import run, run_many

__all__ = ["Design", "run", "run_many"]
