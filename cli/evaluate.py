"""``gridpart evaluate``: hold a finished plan, or any layer of grids, to a rule set."""

from pathlib import Path
from typing import Any

import click

from . import options


@click.command(short_help="Hold a finished plan to its rules.")
@click.argument("plan_or_layer", metavar="PLAN|LAYER", type=click.Path(path_type=Path))
@click.option(
    "--district",
    "source",
    type=click.Path(),
    metavar="SOURCE",
    help="The district that LAYER divides.",
)
@click.option("--level", help="The level that LAYER holds, such as general.")
@click.option(
    "--rules",
    "rules_name",
    shell_complete=options.complete_rules,
    metavar="NAME|PATH",
    help="Rule set to hold it to.",
)
@options.reading_opts
@click.option(
    "--out",
    "out",
    type=click.Path(path_type=Path),
    metavar="FILE.gpkg",
    help="Write the grids with what they break as layers for QGIS.",
)
@options.file_overwrite_opt
@options.strict_opt
@options.json_opt
@options.lang_opt
@options.verbosity
def evaluate(plan_or_layer: Path, **choices: Any) -> None:
    """Check every grid of a PLAN, or of a LAYER by whoever made it, against the rules.

    PLAN is the folder that `gridpart partition` wrote, or its plan.gpkg. LAYER is a file
    of grid polygons; it needs --district, --level and --rules.

    \b
    Examples:
      gridpart evaluate out/hankou
      gridpart evaluate drawn.gpkg --district data/samples/hankou --level general \\
        --rules qixian --out audit.gpkg

    Exit status: 0 every hard rule holds or each exception is proven; 1 the input is
    unusable; 2 misuse; 3 a hard rule is broken.
    """
    source, level, name = (choices[key] for key in ("source", "level", "rules_name"))
    if (source or level) and not (source and level and name):
        raise click.UsageError("A LAYER needs all of --district, --level and --rules.")
    options.refuse_reading(source, choices)

    from gridpart.audit import clause_dicts, clause_findings, clause_lines, write_audit
    from gridpart.drawn import located_grids
    from gridpart.evaluation import evaluate as judge
    from gridpart.export import read_plan
    from gridpart.interchange import read_grids
    from gridpart.io import read_district
    from gridpart.outfile import check_file
    from gridpart.report import report_text
    from gridpart.rules import load_rules
    from gridpart.wording import words

    if choices["out"] is not None:
        check_file(choices["out"], ".gpkg", overwrite=choices["overwrite"])
    rules = load_rules(name) if name else None
    if source is None:
        plan = read_plan(plan_or_layer)
        district, report = plan.district, judge(plan, rules=rules)
        layers, held = dict(plan.layers), rules or plan.rules
    else:
        grids = read_grids(plan_or_layer, level)
        district = read_district(**options.reading(source, choices))
        report = judge(grids, district=district, rules=rules, level=level)
        assert rules is not None
        layers, held = {level: located_grids(grids, district, rules.level(level))}, rules
    found, lang = clause_findings(report), choices["lang"]
    if choices["out"] is not None:
        write_audit(report, layers, choices["out"], lang=lang, overwrite=choices["overwrite"])
    if choices["as_json"]:
        options.echo_json(
            report.to_dict()
            | {"estimated": list(district.estimated), "clauses": clause_dicts(found)}
        )
    else:
        click.echo(report_text(report, lang, district.estimated), nl=False)
        if found:
            titles = {one.id: one.title for one in held.levels}
            click.echo(f"\n{words(lang)['clauses']}")
            click.echo("\n".join(f"  {line}" for line in clause_lines(found, lang, titles)))
    failed = report.broken or (choices["strict"] and report.exceptions)
    click.get_current_context().exit(3 if failed else 0)
