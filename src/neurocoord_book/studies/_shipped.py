"""Statistics derived from recordings, which serve where a recording cannot be had."""

import json
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from typing import Any

from neurocoord.recordings import Recording, RecordingUnavailableError

DIGITS = 6
"""Significant digits kept, so that both sources give the same numbers."""

Tables = dict[str, list[dict[str, Any]]]
"""Tables by name, each a list of rows."""


@dataclass(frozen=True)
class Shipped:
    """Derived statistics that come with the package.

    Parameters
    ----------
    name : str
        Name of the file in the package.
    recording : Recording
        What they are derived from.
    derive : callable
        Fetches the recording, and returns the tables.
    """

    name: str
    recording: Recording
    derive: Callable[[], Tables]

    @property
    def path(self) -> Any:
        """Their place in the package."""
        return resources.files("neurocoord_book") / "data" / self.name

    def write(self) -> None:
        """Derive the statistics from the recording and write them into the package.

        Raises
        ------
        RecordingUnavailableError
            If the recording is not at hand and cannot be downloaded.
        """
        provenance = {
            "recording": self.recording.name,
            "url": self.recording.url,
            "sha256": self.recording.sha256,
            "licence": self.recording.licence,
            "citation": self.recording.citation,
            "command": "python -m neurocoord_book derive",
        }
        content = {"provenance": provenance} | self.derive()
        self.path.write_text(json.dumps(content, indent=1) + "\n")

    def read(self) -> tuple[Tables, dict[str, Any]]:
        """Return the tables in the package, and where they come from."""
        tables = json.loads(self.path.read_text())
        provenance = tables.pop("provenance")
        return tables, provenance

    def tables(self) -> tuple[Tables, str, dict[str, Any]]:
        """Return the tables: from the recording where it can be had, else those in the package.

        Returns
        -------
        tables : dict
        source : str
            ``"recording"`` or ``"shipped"``.
        provenance : dict
        """
        shipped, provenance = self.read()
        try:
            return self.derive(), "recording", provenance
        except RecordingUnavailableError:
            return shipped, "shipped", provenance


def rounded(row: dict[str, Any]) -> dict[str, Any]:
    """Keep six significant digits of each number."""
    return {
        key: float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
        for key, value in row.items()
    }


def said(source: str, citation: str) -> str:
    """Return in words what statistics were computed from."""
    origin = "The recording is not at hand: statistics that come with the package, of"
    if source == "recording":
        origin = "Computed from the recording of"
    return textwrap.fill(f"{origin} {citation}.", 82)
