"""What the pages say about how they were made."""

import platform
from importlib.metadata import version

import pandas as pd

PACKAGES = (
    "neurocoord",
    "numpy",
    "scipy",
    "pandas",
    "statsmodels",
    "seaborn",
    "matplotlib",
    "joblib",
    "pooch",
    "myst-nb",
    "jupyter-book",
)
"""The packages whose versions the reader should know."""


def versions() -> pd.DataFrame:
    """Return the version of Python and of each package, indexed by ``name``."""
    rows = {"Python": platform.python_version()} | {name: version(name) for name in PACKAGES}
    return pd.DataFrame({"version": rows}).rename_axis("name")
