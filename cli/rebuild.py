"""``gridpart rebuild``: a plan from labels that were edited by hand."""

from pathlib import Path
from typing import Any

import click

from . import options


@click.command(short_help="Rebuild a plan from labels edited by hand.")
@click.argument("labeled", metavar="UNITS", type=click.Path(path_type=Path))
@options.rules_default_opt
@options.out_opt
@click.option(
    "--plan",
    "plan_path",
    type=click.Path(path_type=Path),
    metavar="PLAN",
    help="The plan that UNITS was taken from.",
)
@click.option(
    "--district", "source", type=click.Path(), metavar="SOURCE", help="The district, without plan."
)
@options.reading_opts
@options.formats_opt
@options.overwrite_opt
@options.strict_opt
@options.json_opt
@options.lang_opt
@options.verbosity
def rebuild(labeled: Path, out: Path, **choices: Any) -> None:
    """Rebuild outlines, codes, sums and breaches from labels edited by hand.

    UNITS is the layer units of a plan (its folder, plan.gpkg or any export), or a CSV or
    Excel file, with unit_id and <level>_code for each level. Units with the same text are
    one grid; write any text, such as A, for a new one. It needs --plan, or --district with
    --rules, unless UNITS is a plan itself.

    \b
    Examples:
      gridpart rebuild edited.xlsx --plan out/hankou -o out/edited
      gridpart rebuild out/hankou/plan.gpkg -o out/edited

    Exit status: 0 every hard rule holds or each exception is proven; 1 the input is
    unusable, or OUT is taken; 2 misuse; 3 a hard rule is broken.
    """
    source, plan_path, name = (choices[key] for key in ("source", "plan_path", "rules_name"))
    if source and plan_path:
        raise click.UsageError("--district and --plan do not go together.")
    if source and not name:
        raise click.UsageError("--district needs --rules.")
    options.refuse_reading(source, choices)

    from gridpart.export import check_target, read_plan, write_plan
    from gridpart.in_force import drawn_in_place, in_force_of, read_labels
    from gridpart.io import read_district
    from gridpart.rebuild import rebuild as build
    from gridpart.rules import load_rules

    check_target(out, overwrite=choices["overwrite"])
    rules = load_rules(name) if name else None
    if source:
        district, old = read_district(**options.reading(source, choices)), None
    else:
        base = read_plan(plan_path or labeled)
        district, rules = base.district, rules or base.rules
        read = in_force_of if plan_path else drawn_in_place
        old = read(base, (plan_path or labeled).name)
        if base.proposed is not None:
            told = f"{options.said('warning')}: {options.said('stations_left')}"
            click.echo(told, err=True)
    assert rules is not None
    needed = [level.id for level in rules.levels if level.made_of in ("compound", "units")]
    labels = read_labels(labeled, needed, needed=needed)
    plan = build(district, rules, labels, old=old)
    lang = choices["lang"]
    write_plan(plan, out, formats=choices["formats"], overwrite=choices["overwrite"], lang=lang)
    options.echo_plan(plan, choices)
    options.echo_written(out)
    report = plan.report
    click.get_current_context().exit(
        3 if report.broken or (choices["strict"] and report.exceptions) else 0
    )
