"""The command line."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence

from . import __version__, demo, serving


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line.

    :param arguments: those after the program's name; by default the process's own
    :returns: the exit status
    """
    parser = argparse.ArgumentParser(
        prog="chime-identity-mock",
        description="A mock of Amazon Chime SDK Identity for tests.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    command = commands.add_parser(
        "demo", help="run a life cycle against the mock and show what happens"
    )
    command.set_defaults(run=lambda parsed: demo.run())
    serving.add_command(commands)
    parsed = parser.parse_args(arguments)
    if "run" in parsed:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")  # the tree's lines are not in every encoding
        try:
            parsed.run(parsed)
        except (OSError, ValueError) as error:
            parser.error(str(error))
    else:
        parser.print_help()
    return 0
