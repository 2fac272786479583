"""Command line: ``python -m neurocoord claims`` prints the table of claims."""

import argparse
import sys

import pandas as pd


def print_claims(arguments: argparse.Namespace) -> int:
    """Compute and print the claims; fail if a verdict is not the one the prose relies on."""
    from tqdm import tqdm

    from neurocoord import claims

    chosen = claims.claims_of(arguments.chapter) if arguments.chapter else claims.all_claims()
    bar = tqdm(chosen, desc="claims", disable=not sys.stderr.isatty())
    results = [claims.evaluate(claim) for claim in bar]
    columns = ["claim", "value", "interval", "criterion", "verdict"]
    with pd.option_context("display.width", None, "display.max_rows", None):
        print(claims.to_frame(results)[columns].to_string(index=False))
    surprises = [r.claim.id for r in results if r.verdict is not r.claim.expected]
    if surprises:
        print(f"not the verdict that the prose was written for: {', '.join(surprises)}")
    return bool(surprises)


def derive_statistics(arguments: argparse.Namespace) -> int:
    """Derive the shipped statistics from the recordings."""
    from neurocoord.studies import pairs, recording

    for shipped in (recording.SHIPPED, pairs.SHIPPED):
        shipped.write()
        print(f"wrote {shipped.path}")
    return 0


def store_results(arguments: argparse.Namespace) -> int:
    """Run a campaign of simulations and store its tables."""
    from neurocoord import results

    for path in results.write(results.find(arguments.name)):
        print(f"wrote {path}")
    return 0


def main(words: list[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m neurocoord", description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("claims", help="compute and print the claims of the book")
    command.add_argument("--chapter", help="only one chapter, for example 01-coordination")
    command.set_defaults(run=print_claims)
    command = commands.add_parser(
        "derive", help="derive the shipped statistics of the recordings from the recordings"
    )
    command.set_defaults(run=derive_statistics)
    command = commands.add_parser("results", help="run the simulations behind the stored tables")
    command.add_argument("name", help="which ones, for example sampling")
    command.set_defaults(run=store_results)
    arguments = parser.parse_args(words)
    return arguments.run(arguments)


if __name__ == "__main__":
    sys.exit(main())
