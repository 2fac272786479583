"""Command line of the package behind the book Learning to Coordinate."""

import argparse
import os
import sys
from collections.abc import Callable
from typing import TypeVar

from neurocoord import __version__

PROGRAM = "python -m neurocoord_book"

T = TypeVar("T")


def named(find: Callable[[str], T], name: str) -> T:
    """Return what has that name, or end with one line that says which names there are."""
    try:
        return find(name)
    except ValueError as error:
        print(f"{PROGRAM}: error: {error}", file=sys.stderr)
        raise SystemExit(2) from None


def print_claims(arguments: argparse.Namespace) -> int:
    """Print the claims as the last build of the book computed them."""
    import pandas as pd

    from neurocoord_book import claims

    chapter = arguments.chapter
    everything = [*claims.stored().values()]
    results = everything if chapter is None else named(claims.results_of, chapter)
    columns = ["claim", "value", "interval", "criterion", "verdict"]
    with pd.option_context("display.width", None, "display.max_rows", None):
        print(claims.to_frame(results)[columns].to_string(index=False))
    return 0


def derive_statistics(arguments: argparse.Namespace) -> int:
    """Derive the shipped statistics from the recordings."""
    from neurocoord_book.studies import awake, pairs, recording

    for shipped in (recording.SHIPPED, awake.SHIPPED, pairs.SHIPPED):
        shipped.write()
        print(f"wrote {shipped.path}")
    return 0


def store_results(arguments: argparse.Namespace) -> int:
    """Run a campaign of simulations and store its tables."""
    from neurocoord_book import results

    campaign = named(results.find, arguments.name)
    with results.on_cluster(arguments.scheduler):
        written = results.write(campaign)
    for path in written:
        print(f"wrote {path}")
    return 0


def replay_results(arguments: argparse.Namespace) -> int:
    """Play some jobs of campaigns again; fail if one does not give the rows that are stored."""
    from neurocoord_book import results

    names = results.CAMPAIGNS if arguments.name is None else [arguments.name]
    campaigns = [named(results.find, name) for name in names]
    count = None if arguments.all else arguments.jobs
    wrong = False
    for campaign, job, fault in results.replays(campaigns, count, arguments.seed):
        told = fault or "gives the stored rows"
        print(f"{campaign.name}, job {job} of {len(campaign.jobs)}: {told}", flush=True)
        wrong |= fault is not None
    return wrong


def at_least(least: int) -> Callable[[str], int]:
    """Return a reader of whole numbers of an argument that are not smaller."""

    def read(word: str) -> int:
        if not word.isascii() or not word.isdecimal() or int(word) < least:
            raise argparse.ArgumentTypeError(f"must be a whole number of at least {least}")
        return int(word)

    return read


def main(words: list[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    from neurocoord_book.claims._registry import CHAPTERS
    from neurocoord_book.results import CAMPAIGNS

    parser = argparse.ArgumentParser(prog=PROGRAM, description=__doc__)
    parser.add_argument("--version", action="version", version=f"neurocoord {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("claims", help="print what the claims of the book came to")
    command.add_argument(
        "--chapter", metavar="NAME", help=f"only one chapter: {', '.join(CHAPTERS)}"
    )
    command.set_defaults(run=print_claims)
    command = commands.add_parser(
        "derive", help="derive the shipped statistics of the recordings from the recordings"
    )
    command.set_defaults(run=derive_statistics)
    command = commands.add_parser(
        "results",
        help=f"run the simulations behind the stored tables: {', '.join(CAMPAIGNS)}",
    )
    command.add_argument("name", metavar="NAME", help=f"which ones: {', '.join(CAMPAIGNS)}")
    command.add_argument("--scheduler", metavar="ADDRESS", help="Dask scheduler to run them on")
    command.set_defaults(run=store_results)
    command = commands.add_parser(
        "replay", help="play some jobs behind the stored tables again: do they give their rows?"
    )
    command.add_argument(
        "name", metavar="NAME", nargs="?", help=f"only of these tables: {', '.join(CAMPAIGNS)}"
    )
    which = command.add_mutually_exclusive_group()
    which.add_argument(
        "--jobs", metavar="K", type=at_least(1), default=1, help="how many of each; 1 by default"
    )
    which.add_argument("--all", action="store_true", help="all of them, which takes hours")
    command.add_argument(
        "--seed", metavar="S", type=at_least(0), default=0, help="which ones; 0 by default"
    )
    command.set_defaults(run=replay_results)
    arguments = parser.parse_args(words)
    return arguments.run(arguments)


if __name__ == "__main__":
    # Workers run side by side: more threads each would only compete.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # What an encoding lacks, for example the minus sign in cp1252, is no reason to lose a result.
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main())
