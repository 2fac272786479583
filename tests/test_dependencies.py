"""What the package needs: what it imports and no more, at versions that readers have."""

import ast
import itertools
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
LIBRARY = sorted(ROOT.glob("src/neurocoord/**/*.py"))
BOOK = sorted(ROOT.glob("src/neurocoord_book/**/*.py"))
OURS = {"neurocoord", "neurocoord_book"}


def bounds(requirements: list[str]) -> dict[str, SpecifierSet]:
    """Return the bounds of requirements by name, each of which may stand there once."""
    parsed = [Requirement(requirement) for requirement in requirements]
    found = {canonicalize_name(one.name): one.specifier for one in parsed}
    assert len(found) == len(parsed), "a requirement stands there twice"
    return found


def environment() -> list[str]:
    """Return what environment.yml installs, from conda and by pip, without the project itself."""
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    (pip,) = [entry["pip"] for entry in listed if isinstance(entry, dict)]
    assert "-e ." in pip
    conda = [entry for entry in listed if isinstance(entry, str)]
    return [entry for entry in conda + pip if entry not in ("pip", "-e .")]


def pins() -> dict[str, str]:
    """Return the version of each package of the lock that has a hash."""
    pattern = r"^(\S+?)==([^\s;]+)([^\n]*\n(?:    --hash=sha256:[0-9a-f]{64}[^\n]*\n?)+)"
    return {canonicalize_name(name): pin for name, pin, _ in re.findall(pattern, LOCK, re.M)}


def colab() -> dict[str, str]:
    """Return the versions that Google Colab ships."""
    lines = (ROOT / "tests" / "colab.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


# ---- Imports -------------------------------------------------------------------------------


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield the full names that a tree imports, wherever it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def foreign(names: Iterator[str]) -> set[str]:
    """Return the packages of others among what is imported, as requirements name them."""
    tops = {name.partition(".")[0] for name in names} - sys.stdlib_module_names - OURS
    return {canonicalize_name(top) for top in tops}


def test_the_library_knows_neither_the_book_nor_its_tools() -> None:
    core = set(bounds(PROJECT["dependencies"]))
    for path in LIBRARY:
        names = set(imports(ast.parse(path.read_text(encoding="utf-8"))))
        assert foreign(iter(names)) <= core, path
        assert not [name for name in names if name.startswith("neurocoord_book")], path


def test_the_library_depends_on_what_it_imports() -> None:
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in LIBRARY)
    imported = foreign(itertools.chain.from_iterable(imports(tree) for tree in trees))
    assert imported == set(bounds(PROJECT["dependencies"]))


def test_the_library_loads_nothing_of_the_book() -> None:
    # What others import in turn shows only in a fresh interpreter.
    modules = [
        ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")
        for path in LIBRARY
    ]
    code = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert not loaded & {"neurocoord_book", "IPython", "matplotlib", "seaborn", "myst_nb"}


def test_the_book_needs_what_its_extra_says() -> None:
    known = set(bounds(PROJECT["dependencies"] + EXTRAS["book"] + EXTRAS["cluster"]))
    for path in BOOK:
        assert foreign(imports(ast.parse(path.read_text(encoding="utf-8")))) <= known, path


# ---- Versions ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "requirements",
    [PROJECT["dependencies"] + EXTRAS["book"], environment()],
    ids=["pyproject.toml", "environment.yml"],
)
def test_bounds_admit_what_colab_ships(requirements: list[str]) -> None:
    # A higher bound would make pip replace numpy under the running kernel: an ImportError.
    shipped = colab()
    wanted = bounds([entry for entry in requirements if not entry.startswith("python=")])
    for name, specifier in wanted.items():
        if name in shipped:
            assert specifier.contains(shipped[name]), f"{name} {shipped[name]}, wanted {specifier}"


def test_colab_ships_what_chapters_import() -> None:
    # So that its set-up cells need to install the package alone, without an extra.
    shipped = set(colab())
    assert set(bounds(PROJECT["dependencies"])) <= shipped
    for path in BOOK:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        at_once = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        assert foreign(imports(ast.Module(at_once, []))) <= shipped, path


def test_set_up_cells_install_the_package_alone() -> None:
    for path in ROOT.glob("notebooks/*.ipynb"):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        first = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
        installs = [line.strip() for line in first["source"] if "pip install" in line]
        (line,) = installs
        assert re.fullmatch(r'%pip install --quiet "git\+https://[^"\[]+"', line), path.name


def test_conda_environment_has_the_bounds_of_the_project() -> None:
    listed = environment()
    assert "python=3.12" in listed, "the only form that Binder reads"
    assert SpecifierSet(PROJECT["requires-python"]).contains("3.12")
    found = bounds([entry for entry in listed if not entry.startswith("python")])
    wanted = bounds(PROJECT["dependencies"] + EXTRAS["book"] + EXTRAS["lab"])
    assert set(found) == set(wanted)
    locked = pins()
    for name, specifier in found.items():
        upper = [one for one in specifier if one.operator == "<"]
        assert len(upper) == 1, f"{name} has no upper bound"
        lower = SpecifierSet(",".join(str(one) for one in specifier if one not in upper))
        mine = SpecifierSet(",".join(str(one) for one in wanted[name] if one.operator != "<"))
        assert lower == mine, name
        assert set(wanted[name]) - set(mine) <= set(upper), name
        assert specifier.contains(locked[name]), f"{name}=={locked[name]} is not {specifier}"


def test_lock_pins_every_dependency_within_its_bounds() -> None:
    wanted = bounds(PROJECT["dependencies"] + list(itertools.chain(*EXTRAS.values())))
    locked = pins()
    for name, specifier in wanted.items():
        assert name in locked, f"{name} is not pinned with a hash"
        assert specifier.contains(locked[name]), f"{name}=={locked[name]} is not {specifier}"


def test_lock_names_no_addresses() -> None:
    assert "://" not in LOCK
    assert "index-url" not in LOCK
