"""Fresh outputs: what a notebook shows follows the package, the data, the lock and Python.

The cache of executed notebooks knows only the cells of a notebook. This extension names the
cache after a digest of everything else that the outputs depend on. A change of the sources thus
executes every notebook again, undoing the change finds the old outputs, and no change executes
nothing. The tables that the package remembers on disk during a build live under the same name.

Sphinx reads every page again when the name changes, because MyST-NB registers
``nb_execution_cache_path`` as a setting that all pages depend on. Sphinx also overlooks a change
of a style sheet, a script or one of these extensions where no page changed; a second digest makes
it write the pages again, without executing anything.
"""

import hashlib
import os
import platform
import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

RESULTS_VARIABLE = "NEUROCOORD_CACHE"
"""Environment variable that tells the package where to remember its tables."""

OUTPUT_SOURCES = ("src", "requirements.lock")
"""What the outputs of all notebooks depend on; the shipped data lie in `src`."""

LOOK_SOURCES = ("book/_ext", "book/_static", "book/_templates")
"""What the look of all pages depends on."""

KEEP = 5
"""How many states of the sources keep their outputs."""


def digest(root: Path, *parts: str) -> str:
    """Return a name for the content of some files and folders below `root`."""
    state = hashlib.sha256()
    for part in parts:
        for path in sorted([root / part, *(root / part).rglob("*")]):
            made = any(part.endswith(("__pycache__", ".egg-info")) for part in path.parts)
            if path.is_file() and not made:
                state.update(path.relative_to(root).as_posix().encode() + b"\0")
                state.update(hashlib.sha256(path.read_bytes()).digest())
    return state.hexdigest()[:16]


def state_of_sources(root: Path) -> str:
    """Return a name for all that an output depends on, but for the notebook itself."""
    python = f"{platform.python_implementation()}-{platform.python_version()}".lower()
    return f"{python}-{digest(root, *OUTPUT_SOURCES)}"


def newest(folder: Path) -> Path:
    """Create `folder`, mark it as just used, and remove its siblings but the last used few."""
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder)
    siblings = sorted(folder.parent.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    for old in siblings[:-KEEP]:
        shutil.rmtree(old)
    return folder


def name_caches(app: Sphinx, config: Config) -> None:
    """Name the caches before MyST-NB reads its settings and before any kernel starts."""
    root = Path(app.srcdir)
    config.look_of_pages = digest(root, *LOOK_SOURCES)
    state = state_of_sources(root)
    build = Path(app.outdir).parent
    config.nb_execution_cache_path = str(newest(build / ".jupyter_cache" / state))
    os.environ[RESULTS_VARIABLE] = str(newest(build / ".results" / state))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_config_value("look_of_pages", "", "html", str)
    app.connect("config-inited", name_caches)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
