"""``gridpart rules``: list, show and check rule sets."""

from pathlib import Path

import click

from . import options

name_arg = click.argument("name", metavar="NAME|PATH", shell_complete=options.complete_rules)


@click.group(short_help="List, show and check rule sets.")
def rules() -> None:
    """List the rule sets that come along, show one, or check your own.

    \b
    Examples:
      gridpart rules show qixian > my-rules.toml
      gridpart rules check my-rules.toml
    """


@rules.command("list", short_help="List the presets.")
@options.json_opt
@options.verbosity
def list_(*, as_json: bool) -> None:
    """List the rule sets that come with gridpart: name and title.

    \b
    Examples:
      gridpart rules list
      gridpart rules list --json
    """
    from gridpart.rules import load_rules, preset_names

    titles = {name: load_rules(name).title for name in preset_names()}
    if as_json:
        options.echo_json([{"name": name, "title": title} for name, title in titles.items()])
    else:
        for name, title in titles.items():
            click.echo(f"{name}  {title}")


@rules.command("show", short_help="Print a rule set as TOML.")
@name_arg
@options.verbosity
def show(name: str) -> None:
    """Print a rule set with its comments, to read or to start your own from.

    One that extends another is printed whole, with every number, its clause and its label.

    \b
    Examples:
      gridpart rules show qixian
      gridpart rules show qixian > my-rules.toml
    """
    from importlib import resources

    from gridpart.rules import load_rules, preset_names, rule_chain, rules_to_toml

    rule_set = load_rules(name)
    if len(chain := rule_chain(name)) > 1:
        text = f"# {' extends '.join(chain)}\n\n{rules_to_toml(rule_set)}"
    elif name in preset_names():
        text = resources.files("gridpart.presets").joinpath(f"{name}.toml").read_text("utf-8")
    else:
        text = Path(name).read_text("utf-8-sig")
    click.echo(text, nl=not text.endswith("\n"))


@rules.command("diff", short_help="Compare two rule sets.")
@click.argument("left", metavar="A")
@click.argument("right", metavar="B")
@options.json_opt
@options.verbosity
def diff(left: str, right: str, *, as_json: bool) -> None:
    """Print each value in which the rule sets A and B differ, presets or files.

    \b
    Examples:
      gridpart rules diff chengdu zhejiang
      gridpart rules diff qixian my-rules.toml --json
    """
    from gridpart.rules import differences, load_rules

    found = list(differences(load_rules(left), load_rules(right)))
    if as_json:
        options.echo_json([{"key": key, "a": a, "b": b} for key, a, b in found])
        return
    for key, a, b in found:
        click.echo(f"{key}: {_shown(a)} -> {_shown(b)}")


def _shown(value: object) -> str:
    """Return a value of a rule set in short, a dash where it is not stated."""
    if isinstance(value, float):
        return f"{value:g}"
    return "-" if value is None else str(value)


@rules.command("check", short_help="Check a rule set.")
@name_arg
@options.json_opt
@options.lang_opt
@options.verbosity
def check(name: str, lang: str, *, as_json: bool) -> None:
    """Say whether a rule set can be used, and what it asks of each level.

    \b
    Examples:
      gridpart rules check my-rules.toml
      gridpart rules check qixian --json

    Exit status: 0 it can be used; 1 it cannot, with every fault; 2 misuse.
    """
    from gridpart.report import rules_dict, rules_text
    from gridpart.rules import load_rules

    rule_set = load_rules(name)
    if as_json:
        options.echo_json(rules_dict(rule_set))
    else:
        click.echo(rules_text(rule_set, lang), nl=False)
