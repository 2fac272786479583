"""Fresh outputs: a page runs again when something that it computes with has changed.

That is its own code, its own claims, the modules of the packages below `src` that it imports, what
these import in turn, the data beside them, the lock and Python. Which modules a page imports is
seen when it runs, so that imports by name count too; what they import is read from their source.
The name of all that stands in the metadata of the notebook as ``kernelspec.key``, which the cache
of executed notebooks compares along with the code. So undoing a change finds the old outputs.

Before Sphinx reads anything, the pages whose outputs are missing run side by side, as many as there
are cores. A page that fails ends the build with its traceback. Stored outputs that are damaged are
thrown away.

Sphinx overlooks a change of a style sheet, a script or one of these extensions where no page
changed; a digest of them makes it write the pages again, without executing anything.
"""

import ast
import asyncio
import hashlib
import json
import os
import platform
import re
import shutil
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import joblib
import ledger
import yaml
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.db import NbCacheRecord
from myst_nb.core.read import create_nb_reader
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from traitlets.config import Config as Traits

RESULTS_VARIABLE = "NEUROCOORD_CACHE"
"""Environment variable that tells the package where to remember its tables."""

PACKAGES = "src"
"""Folder of the packages; every page depends on what is not Python in it, such as data."""

CLAIMS = "src/neurocoord_book/data/claims"
"""Where the claims of each page are told."""

LOCK = "requirements.lock"
"""File of the versions of everything, on which every page depends."""

LOOK_SOURCES = ("book/_ext", "book/_static", "book/_templates")
"""What the look of all pages depends on."""

KEEP = 5
"""How many states of a page keep their outputs."""

PROBE = "import sys as _sys; print(*_sys.modules)"
"""What runs after the last cell of a page, and tells which modules are loaded."""

KERNEL = Traits({"KernelManager": {"transport_encryption": "auto"}})
"""Settings of kernels: they warn unless others on the machine cannot listen to them."""


class PageError(SphinxError):
    """A page that does not run."""

    category = "A page does not run"


def files(folder: Path) -> list[Path]:
    """Return the files in a folder, but for those that tools have made."""
    made = ("__pycache__", ".egg-info")
    inside = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in inside if not any(part.endswith(made) for part in path.parts))


def digest(parts: Iterable[str]) -> str:
    """Return a short name for a sequence of texts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def state_of_files(root: Path, paths: Iterable[Path]) -> str:
    """Return a name for the content of some files below `root`, and for where they are."""
    return digest(
        f"{path.relative_to(root).as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in paths
    )


class Sources:
    """The modules of the packages, and names for the state of any part of them.

    Parameters
    ----------
    root : Path
        Folder of the book.
    imports : dict, optional
        What modules import, by their state, as far as an earlier build has read it.

    Attributes
    ----------
    modules : dict
        The state of each module.
    imports : dict
        What each module imports, by its state.
    """

    def __init__(self, root: Path, imports: dict[str, list[str]] | None = None) -> None:
        known = imports or {}
        data = [root / LOCK]
        self._claims = files(root / CLAIMS)
        apart = {*self._claims, root / ledger.STORED}
        self._root = root
        self.modules: dict[str, str] = {}
        self.imports: dict[str, list[str]] = {}
        for path in files(root / PACKAGES):
            if path in apart:
                continue
            if path.suffix != ".py":
                data.append(path)
                continue
            *package, name = path.relative_to(root / PACKAGES).with_suffix("").parts
            module = ".".join(package if name == "__init__" else [*package, name])
            state = self.modules[module] = state_of_files(root, [path])
            self.imports[state] = known.get(state) or imported(path, package)
        python = f"{platform.python_implementation()} {platform.python_version()}"
        self._common = digest([python, state_of_files(root, data)])

    def closure(self, names: Iterable[str]) -> set[str]:
        """Return modules and all that they import; names of anything else are passed over."""
        seen: set[str] = set()
        ahead = [*names]
        while ahead:
            name = ahead.pop()
            if name and name not in seen:
                seen.add(name)
                ahead.append(name.rpartition(".")[0])
                ahead += self.imports.get(self.modules.get(name, ""), [])
        return seen & self.modules.keys()

    def state(self, names: Iterable[str]) -> str:
        """Return a name for all that code depends on which imports some modules."""
        return digest([self._common, *(self.modules[name] for name in sorted(self.closure(names)))])

    def state_of_claims(self, page: Path) -> str:
        """Return a name for the claims that a page depends on: its own, or all if it is text."""
        if page.suffix == ".ipynb":
            paths = [path for path in self._claims if path.stem == page.stem]
        else:
            paths = [self._root / ledger.STORED, *self._claims]
        return state_of_files(self._root, [path for path in paths if path.exists()])


def imported(path: Path, package: list[str]) -> list[str]:
    """Return what a module of a package imports anywhere; some are names within modules."""
    names = set()
    for node in ast.walk(ast.parse(path.read_bytes(), path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            origin = ".".join([*above, *filter(None, [node.module])])
            names |= {origin, *(f"{origin}.{alias.name}" for alias in node.names)}
    return sorted(names)


@dataclass
class Memory:
    """What earlier builds have learned: about pages, states of modules, and modules with tables."""

    modules: dict[str, list[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    imports: dict[str, list[str]] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "Memory":
        """Read the file of an earlier build; without one that can be read, nothing is known."""
        try:
            return cls(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            return cls()

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".new")
        beside.write_text(json.dumps(asdict(self)))
        beside.replace(path)

    def discard_tables(self, folder: Path, sources: Sources) -> None:
        """Remove the tables that joblib keeps for a module in another state than the present."""
        states = {name: sources.state([name]) for name in sources.modules}
        for name in self.tables.keys() | states.keys():
            if self.tables.get(name) != states.get(name):
                shutil.rmtree(folder.joinpath("joblib", *name.split(".")), ignore_errors=True)
        self.tables = states


@dataclass
class Page:
    """A page with code.

    Parameters
    ----------
    name : str
        What Sphinx calls it.
    path : Path
        Its file.
    notebook : NotebookNode
        What stands in the file.
    """

    name: str
    path: Path
    notebook: NotebookNode

    def mark(self, key: str) -> None:
        """Write the key into the notebook, where `mark` writes it into the text."""
        self.notebook.metadata.setdefault("kernelspec", {})["key"] = key

    async def run(self, **options: Any) -> tuple[float, list[str]]:
        """Execute the notebook; return the seconds that it took, and the modules then loaded."""
        start = time.perf_counter()
        self.notebook.cells.append(new_code_cell(PROBE))
        client = NotebookClient(self.notebook, config=KERNEL, record_timing=False, **options)
        await client.async_execute(cwd=str(self.path.parent))
        said = self.notebook.cells.pop().outputs
        loaded = " ".join(output.text for output in said if output.get("name") == "stdout")
        return time.perf_counter() - start, loaded.split()


def mark(text: str, suffix: str, key: str) -> str:
    """Write the key into the text of a page; its lines keep their numbers."""
    if suffix == ".ipynb":
        notebook = json.loads(text)
        notebook["metadata"].setdefault("kernelspec", {})["key"] = key
        return json.dumps(notebook)

    def in_one_line(block: re.Match[str]) -> str:
        kernel = yaml.safe_load(block[0])["kernelspec"] | {"key": key}
        return f"kernelspec: {json.dumps(kernel)}" + "\n" * block[0].count("\n")

    return re.sub(r"^kernelspec:\n(?: .*\n)+", in_one_line, text, count=1, flags=re.MULTILINE)


def pages_with_code(env: BuildEnvironment) -> Iterator[Page]:
    """Yield the pages of the book that have code."""
    for name in sorted(env.found_docs):
        path = Path(env.doc2path(name))
        text = path.read_text(encoding="utf-8")
        reader = create_nb_reader(str(path), env.myst_config, env.mystnb_config, text)
        if reader is not None:
            yield Page(name, path, reader.read(text))


class Outputs:
    """The cache of executed notebooks, without what is damaged in it.

    Parameters
    ----------
    folder : Path
        Where it is.
    """

    def __init__(self, folder: Path) -> None:
        self._cache = get_cache(folder)
        try:
            self._drop_damaged()
        except Exception as error:  # whatever it is, all outputs can be computed again
            say(f"The stored outputs are damaged ({type(error).__name__}): all pages run again")
            self._cache.db.dispose()
            shutil.rmtree(folder)
            self._cache = get_cache(folder)

    def _drop_damaged(self) -> None:
        with self._cache.db.connect() as database:
            if database.exec_driver_sql("PRAGMA quick_check").scalar() != "ok":
                raise ValueError("the database is not whole")
        for record in self._cache.list_cache_records():
            path = self._path(record)
            try:
                whole = path.with_suffix(".sha256").read_text() == _sha256(path)
            except OSError:
                whole = False
            if not whole:
                say(f"The stored outputs of {Path(record.uri).name} are damaged: thrown away")
                shutil.rmtree(path.parent, ignore_errors=True)
                NbCacheRecord.remove_record(record.pk, self._cache.db)

    def _path(self, record: NbCacheRecord) -> Path:
        return Path(self._cache.path) / "executed" / record.hashkey / "base.ipynb"

    def read(self, page: Page) -> NotebookNode:
        """Return a page with its outputs."""
        return self._cache.merge_match_into_notebook(page.notebook)[1]

    def has(self, page: Page) -> bool:
        """Say whether a page with this code and this key was stored."""
        try:
            self._cache.match_cache_notebook(page.notebook)
        except KeyError:
            return False
        return True

    def store(self, page: Page, seconds: float) -> None:
        """Store an executed page, and forget all but the last few states of it."""
        bundle = CacheBundleIn(page.notebook, str(page.path), data={"execution_seconds": seconds})
        record = self._cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
        path = self._path(record)
        path.with_suffix(".sha256").write_text(_sha256(path))
        states = [old.pk for old in self._cache.list_cache_records() if old.uri == record.uri]
        for old in sorted(states)[:-KEEP]:
            self._cache.remove_cache(old)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


def run_pages(app: Sphinx, env: BuildEnvironment, *_: Collection[str]) -> list[str]:
    """Execute the pages whose outputs are missing; return those that Sphinx has to read again."""
    build = Path(app.outdir).parent
    file = build / ".fresh.json"
    tables = build / ".results"
    os.environ[RESULTS_VARIABLE] = str(tables)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

    memory = Memory.read(file)
    sources = Sources(Path(app.srcdir), memory.imports)
    memory.imports = sources.imports
    memory.discard_tables(tables, sources)
    memory.write(file)
    outputs = Outputs(Path(env.mystnb_config.execution_cache_path))

    def key_of(page: Page) -> str:
        modules = memory.modules.get(page.name, ())
        return digest([sources.state(modules), sources.state_of_claims(page.path)])

    pages = [*pages_with_code(env)] if app.config.nb_execution_mode == "cache" else []
    for page in pages:
        page.mark(key_of(page))
    missing = [page for page in pages if not outputs.has(page)]

    def keep(page: Page, seconds: float, loaded: list[str]) -> None:
        memory.seconds[page.name] = seconds
        memory.modules[page.name] = sorted(sources.modules.keys() & set(loaded))
        page.mark(key_of(page))
        outputs.store(page, seconds)
        memory.write(file)

    if missing:
        options = {
            "timeout": app.config.nb_execution_timeout,
            "allow_errors": app.config.nb_execution_allow_errors,
        }
        asyncio.run(run_side_by_side(by_length(missing, memory.seconds), keep, options))
        say("Writing the pages ...")
    if pages:
        executed = {page.path.stem: outputs.read(page) for page in pages}
        env.settled = ledger.check(Path(app.srcdir), executed, build)

    before = getattr(env, "keys_of_pages", {})
    keys = env.keys_of_pages = {page.name: page.notebook.metadata.kernelspec.key for page in pages}
    again = {page.name for page in missing}
    changed = {name for name, key in keys.items() if name in again or before.get(name) != key}
    return sorted(changed.union(ledger.stale(env)) & env.found_docs)


def by_length(pages: list[Page], seconds: dict[str, float]) -> list[Page]:
    """Return pages in the order to run them, the longest first.

    The notebooks come before the pages around them, which show what notebooks have computed. Where
    it is not known how long a page takes, the length of its text stands for it, and it comes first.
    """

    def length(page: Page) -> tuple[bool, float, int]:
        known = seconds.get(page.name, float("inf"))
        return page.path.suffix == ".ipynb", known, page.path.stat().st_size

    return sorted(pages, key=length, reverse=True)


async def run_side_by_side(
    pages: list[Page], keep: Callable[[Page, float, list[str]], None], options: dict[str, Any]
) -> None:
    """Execute pages, as many at a time as there are cores, until one fails."""
    cores = min(joblib.cpu_count(), len(pages))
    say(f"Pages to run: {len(pages)}, {cores} at a time")
    ahead = iter(pages)
    done = 0

    async def work() -> None:
        nonlocal done
        for page in ahead:
            try:
                seconds, loaded = await page.run(**options)
            except Exception as error:
                raise PageError(f"{page.name}\n{str(error) or repr(error)}") from error
            keep(page, seconds, loaded)
            done += 1
            say(f"[{done}/{len(pages)}] {page.name} ... {seconds:.0f} s")

    await asyncio.gather(*(work() for _ in range(cores)))


def name_outputs(app: Sphinx, name: str, source: list[str]) -> None:
    """Write the key of a page into what MyST-NB reads, so that it finds the outputs."""
    key = app.env.keys_of_pages.get(name)
    if key is not None:
        source[0] = mark(source[0], Path(app.env.doc2path(name)).suffix, key)


def note_look(app: Sphinx, config: Config) -> None:
    """Let Sphinx write all pages again when their look has changed."""
    root = Path(app.srcdir)
    paths = [path for folder in LOOK_SOURCES for path in files(root / folder)]
    config.look_of_pages = state_of_files(root, paths)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_config_value("look_of_pages", "", "html", str)
    app.connect("config-inited", note_look)
    app.connect("env-get-outdated", run_pages)
    app.connect("source-read", name_outputs)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
