"""``gridpart``: the group of commands, and how errors leave it."""

import sys
from typing import Any

import click

from . import (
    atlas,
    check,
    compare,
    evaluate,
    init,
    options,
    partition,
    rebuild,
    report,
    rules,
    staff,
)


class Group(click.Group):
    """Commands whose errors leave as one message and the exit status of their kind."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; 1: unusable input, 3: no plan exists, 130: interrupted."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Interrupted; nothing was written.", err=True)
            ctx.exit(130)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from gridpart.errors import GridpartError, InfeasibleError  # not for --help

            if not isinstance(error, GridpartError):
                raise
            click.echo(f"Error: {error}", err=True)
            ctx.exit(3 if isinstance(error, InfeasibleError) else 1)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gridpart", prog_name="gridpart")
@options.verbosity
def cli() -> None:
    """Divide a district into contiguous, balanced governance grids (网格).

    \b
    Examples:
      gridpart check data/samples/hankou
      gridpart partition data/samples/hankou --rules qixian -o out/hankou

    Results go to stdout, progress and messages to stderr.
    """


for command in (
    init.init,
    partition.partition,
    rebuild.rebuild,
    check.check,
    evaluate.evaluate,
    compare.compare,
    staff.staff,
    report.report,
    atlas.atlas,
    rules.rules,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line; text in files and pipes is UTF-8 on every system."""
    for stream in (sys.stdout, sys.stderr):
        if not stream.isatty() and hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    cli(prog_name="gridpart")


if __name__ == "__main__":
    main()
