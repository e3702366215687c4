"""Columns of units counted from records of incidents, as a rule set asks for them."""

import calendar
import datetime
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridpart.days import read_day
from gridpart.district import District
from gridpart.errors import DataError, name_some, near_names
from gridpart.indicators import unit_numbers
from gridpart.model import Note
from gridpart.rules import RATE, IncidentRule, RuleSet
from gridpart.sentences import Sentence
from gridpart.smoothing import smoothed_rates

__all__ = ["count_incidents"]

DAYS_A_YEAR = 365.25

ONE_DAY = datetime.timedelta(days=1)


class Period(NamedTuple):
    """From the first to the last day, both included."""

    first: str
    last: str

    @property
    def years(self) -> float:
        """Its length; exactly 1 for 12 months."""
        first, last = map(datetime.date.fromisoformat, self)
        if last == _months_later(first, 12) - ONE_DAY:
            return 1.0
        return ((last - first).days + 1) / DAYS_A_YEAR


def count_incidents(district: District, rules: RuleSet) -> tuple[District, tuple[Note, ...]]:
    """Return the district whose units have the columns that rules count from incidents.

    Units without ``per`` have a count and no rate. Where the district has no records,
    as when it was read from a plan, columns of these names stay as they are.

    Raises
    ------
    DataError
        If there are neither records nor such columns, if no unit has ``per``, or if no
        record is of the kinds and the period asked for.
    """
    if not rules.incidents:
        return district, ()
    units = district.units.set_index("unit_id", drop=False)
    if district.incidents.empty:
        names = [n for rule in rules.incidents for n in (rule.column, rule.column + RATE)]
        if lacking := [name for name in names if name not in units]:
            raise DataError(
                f"There are no records of incidents to count {len(lacking)} columns from.",
                found=f"no layer 'incidents', and no columns {name_some(lacking)} in the units",
                wanted=f"records, as [[incidents]] of the rule set {rules.id!r} counts them",
                fix="pass them with --incidents FILE, or take [[incidents]] out of the rules",
            )
        return district, ()
    columns: dict[str, NDArray[np.float64]] = {}
    notes: list[Note] = []
    for rule in rules.incidents:
        counted, told = _columns(district.incidents, units, rule)
        notes += told
        if replaced := [name for name in counted if name in units]:
            what = Sentence("incidents_replaced", column=replaced[0])
            notes.append(Note("assumption", what, tuple(replaced)))
        columns |= counted
    return replace(district, units=district.units.assign(**columns)), tuple(notes)


def _columns(
    incidents: pd.DataFrame, units: pd.DataFrame, rule: IncidentRule
) -> tuple[dict[str, NDArray[np.float64]], list[Note]]:
    """Return reports a year and their rate for each unit, and what was counted."""
    period = _period(incidents, rule)
    dated = incidents["date"].between(period.first, period.last).fillna(value=False)
    weight = incidents["kind"].map(rule.kinds).fillna(0.0) if rule.kinds else 1.0
    reports = incidents["count"].astype(float)
    weights = (weight * dated * incidents["unit_id"].notna()).to_numpy(np.float64)
    if not weights.any():
        kinds = sorted(set(incidents["kind"].dropna()))
        hint = near_names(next(iter(rule.kinds), ""), kinds) if rule.kinds else ""
        raise DataError(
            f"No incident counts for {rule.column!r}.",
            found=f"{len(incidents)} records of {name_some(kinds) or 'no kind'}; {hint}",
            wanted=f"kinds {name_some(rule.kinds) or 'any'}, from {period.first} to {period.last}",
            fix="correct kinds, since and until in [[incidents]]",
        )
    weighed = reports.to_numpy() * weights
    ids = incidents["unit_id"].to_numpy(object)
    summed = pd.Series(weighed).groupby(ids).sum().reindex(units["unit_id"]).fillna(0)
    total: NDArray[np.float64] = np.asarray(summed, np.float64)
    # Weighted reports spread as Poisson ones do once each is divided by this.
    scale = float((weighed * weights).sum() / weighed.sum())
    base = unit_numbers(units, rule.per) * period.years / 100
    with np.errstate(divide="ignore", invalid="ignore"):
        own = total / base
        drawn = smoothed_rates(total / scale, base) * scale
    rate: NDArray[np.float64] = np.where(base > 0, drawn if rule.smooth else own, np.nan)
    if np.isnan(rate).all():
        raise DataError(
            f"No unit has {rule.per!r}, so that {rule.column!r} has no rate.",
            found=f"{len(units)} units with 0 or nothing in {rule.per!r}",
            wanted="a number above 0 in some units",
            fix="name another column as per in [[incidents]]",
        )
    used = weights > 0
    counted, years = float(reports[used].sum()), period.years
    text = Sentence(
        "incidents_counted", column=rule.column, counted=counted, used=int(used.sum()),
        records=len(incidents), first=period.first, last=period.last, years=f"{years:.2f}",
        hit=int((total > 0).sum()), total=len(units),
    )  # fmt: skip
    notes = [Note("incidents", text, (rule.column,))]
    without = np.isnan(rate)
    if without.any():
        text = Sentence(
            "incidents_no_rate", column=rule.column, n=int(without.sum()), total=len(units),
            per=rule.per, hit=int((total[without] > 0).sum()),
        )  # fmt: skip
        notes.append(Note("assumption", text, tuple(map(str, units["unit_id"][without]))))
    yearly = np.round(total / years, 4)
    return {rule.column: yearly, rule.column + RATE: np.round(rate, 4)}, notes


def _period(incidents: pd.DataFrame, rule: IncidentRule) -> Period:
    """Return the period that counts."""
    since, until = read_day(rule.since), read_day(rule.until)
    if since is not None:
        year = _months_later(datetime.date.fromisoformat(since), 12) - ONE_DAY
        return Period(since, until or year.isoformat())
    if until is None:
        days = incidents["date"].dropna()
        if days.empty:
            raise DataError(
                "No record of an incident has a date.",
                found=f"{len(incidents)} records",
                wanted="dates, of which the last 12 months count",
                fix="fill date in the records",
            )
        until = str(days.max())
    following = datetime.date.fromisoformat(until) + ONE_DAY
    return Period(_months_later(following, -12).isoformat(), until)


def _months_later(day: datetime.date, months: int) -> datetime.date:
    """Return the same day some months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(day.day, last))
