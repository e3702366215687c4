"""The group: fast help, clean streams, and the exit status of every kind of error."""

import logging
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner
from gridpart_cli import options
from gridpart_cli.main import Group, cli

from gridpart.errors import DataError, InfeasibleError, RulesError

COMMANDS = (
    "partition",
    "rebuild",
    "check",
    "evaluate",
    "compare",
    "staff",
    "report",
    "atlas",
    "rules",
    "rules list",
    "rules show",
    "rules check",
    "rules diff",
)
PARTS = {"found": "this", "wanted": "that", "fix": "do so"}


def run(*arguments):
    return CliRunner().invoke(cli, arguments)


def group_that(error):
    """Return a group with one command that raises `error`."""

    @click.group(cls=Group)
    def top():
        pass

    @top.command()
    def fail():
        raise error

    return top


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_has_two_runnable_examples(command):
    result = run(*command.split(), "--help")
    examples = [line for line in result.stdout.splitlines() if line.startswith("    gridpart ")]

    assert result.exit_code == 0
    assert len(examples) == 2


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_examples_name_options_that_exist(command):
    text = run(*command.split(), "--help").stdout
    examples = text.partition("Examples:")[2].partition("Options:")[0]
    words = [word for word in examples.split() if word.startswith("--")]

    for line in (line for line in examples.splitlines() if line.startswith("    gridpart ")):
        name = line.split()[1]
        known = run(name, "--help").stdout
        if name == "rules":
            known += run(name, line.split()[2], "--help").stdout
        assert all(word in known for word in words if word in line)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_loads_neither_numba_nor_geopandas(command):
    code = (
        "import sys\n"
        "from gridpart_cli.main import cli\n"
        f"cli({[*command.split(), '--help']!r}, standalone_mode=False)\n"
        "heavy = {'numba', 'geopandas', 'pandas', 'matplotlib', 'shapely'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_version_names_the_program():
    assert run("--version").stdout.startswith("gridpart, version ")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (DataError("The table is empty.", **PARTS), 1),
        (RulesError("The rules are odd.", **PARTS), 1),
        (InfeasibleError("There is no plan.", **PARTS), 3),
    ],
)
def test_errors_are_one_message_on_stderr(error, status):
    result = CliRunner().invoke(group_that(error), ["fail"])

    assert (result.exit_code, result.stdout) == (status, "")
    assert result.stderr == f"Error: {error}\n"


def test_interrupt_exits_130():
    result = CliRunner().invoke(group_that(KeyboardInterrupt()), ["fail"])

    assert (result.exit_code, result.stdout) == (130, "")
    assert "Interrupted" in result.stderr


def test_bugs_are_not_hidden():
    assert isinstance(CliRunner().invoke(group_that(ZeroDivisionError()), ["fail"]).exception,
                      ZeroDivisionError)  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["partition"],
        ["partition", "here", "--rules", "qixian"],
        ["partition", "here", "--rules", "qixian", "-o", "out", "--seed", "-1"],
        ["partition", "here", "--rules", "qixian", "-o", "out", "--time-limit", "0"],
        ["partition", "here", "--rules", "qixian", "-o", "out", "--format", "dwg"],
        ["partition", "here", "--rules", "qixian", "-o", "out", "--workers", "0"],
        ["check"],
        ["evaluate", "grids.gpkg", "--level", "general"],
        ["compare"],
        ["compare", "out/one"],
        ["rules", "show"],
    ],
)
def test_misuse_exits_2(arguments):
    result = run(*arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error:" in result.stderr


@pytest.mark.parametrize(
    ("flags", "level"),
    [((), logging.WARNING), (("-v",), logging.INFO), (("-vv",), logging.DEBUG),
     (("-q",), logging.ERROR)],
)  # fmt: skip
def test_verbosity_may_stand_before_and_after_the_command(flags, level):
    for arguments in ((*flags, "rules", "list"), ("rules", "list", *flags)):
        assert run(*arguments).exit_code == 0
        assert logging.getLogger("gridpart").level == level


def test_log_goes_to_stderr():
    @cli.command("speak")
    def speak():
        logging.getLogger("gridpart.some").warning("mind this")

    try:
        result = run("speak")
    finally:
        del cli.commands["speak"]

    assert (result.stdout, result.stderr) == ("", "warning: mind this\n")


@pytest.mark.parametrize(
    ("stated", "lang"), [("zh_CN.UTF-8", "zh"), ("en_US.UTF-8", "en"), ("C", "en")]
)
def test_language_follows_the_locale(monkeypatch, stated, lang):
    monkeypatch.setenv("LC_ALL", stated)

    assert options.default_lang() == lang
