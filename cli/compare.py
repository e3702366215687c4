"""``gridpart compare``: several plans of one district side by side."""

from pathlib import Path
from typing import Any

import click

from . import options


@click.command(short_help="Put several plans side by side.")
@click.argument("plan_paths", metavar="PLAN PLAN...", nargs=-1, type=click.Path(path_type=Path))
@options.json_opt
@options.lang_opt
@options.verbosity
def compare(plan_paths: tuple[Path, ...], **choices: Any) -> None:
    """Print the numbers of several PLANs of one district side by side.

    The share that moves is counted against the first one.

    \b
    Examples:
      gridpart compare out/hankou out/next
      gridpart compare out/seed-0 out/seed-1 out/seed-2 --json
    """
    if len(plan_paths) < 2:
        raise click.UsageError("Two plans or more are needed.")

    from gridpart.comparison import compare_plans, comparison_text
    from gridpart.export import read_plan

    short = [path.parent.name if path.name == "plan.gpkg" else path.name for path in plan_paths]
    names = short if len(set(short)) == len(short) else [str(path) for path in plan_paths]
    if len(set(names)) < len(names):
        raise click.UsageError("A plan is named twice.")
    table = compare_plans([read_plan(path) for path in plan_paths], names)
    if choices["as_json"]:
        rows = table.astype(object).where(table.notna(), None).to_dict("records")
        options.echo_json(rows)
    else:
        click.echo(comparison_text(table, choices["lang"]), nl=False)
