"""Models, estimators and tests behind the book *Learning to Coordinate*."""

from importlib.metadata import version

__version__ = version("neurocoord")
