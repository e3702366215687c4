"""``gridpart check``: what is wrong with the data, before anything is divided."""

from pathlib import Path
from typing import Literal

import click

from . import options


@click.command(short_help="Say what is wrong with the data.")
@options.source_arg
@options.outside_opt
@options.json_opt
@options.verbosity
def check(source: Path, outside: Literal["error", "list"], *, as_json: bool) -> None:
    """List everything found in SOURCE: errors, repairs, assumptions and warnings.

    SOURCE is a GeoPackage or a folder with one file per layer. Nothing is written.

    \b
    Examples:
      gridpart check data/samples/hankou
      gridpart check district.gpkg --outside list --json > findings.json

    Exit status: 0 SOURCE can be used; 1 it cannot; 2 misuse.
    """
    from gridpart.findings import has_errors
    from gridpart.io import check_district
    from gridpart.report import findings_dict, findings_text

    findings = check_district(source, outside=outside)
    if as_json:
        options.echo_json(findings_dict(findings))
    else:
        click.echo(findings_text(findings), nl=False)
    click.get_current_context().exit(1 if has_errors(findings) else 0)
