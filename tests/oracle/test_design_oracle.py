"""Standard errors of samples with strata, clusters, finite populations and calibrated weights against R ``survey``.

Every row of the two files of results is either computed here or listed with the reason why not; a row that is neither
fails. The number of values compared is printed per kind of result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assets.statistics import design, intervals
from assets.statistics.calibrated import CalibratedDesign
from assets.statistics.design import Design, Linearised
from assets.statistics.intervals import Floats
from assets.statistics.strata import indicator, margin_matrix

FOLDER = Path(__file__).parents[2] / "../shared/data/statistics"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="results of R are not in ../shared/data/statistics")
TOLERANCE = 1e-9
"""That of the manifest, relative and absolute."""

REPLICATES = "replicate weights: every published figure is a smooth function of totals and is linearised directly"
NOT_OURS = {
    "chisq": "a test of independence in a table: no verdict is made of one",
    "brr": REPLICATES,
    "rep_jk": REPLICATES,
    "rep_jk_by": REPLICATES,
    "rep_jk_rake": REPLICATES,
    "rep_boot": REPLICATES,
}
"""Kinds of results that are not computed at all."""
NOT_THEIR_VARIANCE = {
    "clus2": "drawn in two stages; answers are drawn in one",
    "rake": "rake() projects ten times on unweighted cells; ours is calibrate()'s convention (compared as cal_rake)",
}
"""Designs (start of the name) of which estimates are compared but standard errors and bounds are not."""
NOT_THESE_BOUNDS = {
    "logit": "an interval on the logit scale; ours is Wilson's",
    "xlogit": "an interval on the logit scale; ours is Wilson's",
    "likelihood": "a profile likelihood interval; ours is Wilson's",
    "asin": "an interval on the arcsine scale; ours is Wilson's",
    "beta": "Korn and Graubard's interval; ours is Wilson's",
}
"""Kinds of svyciprop of which estimate and standard error are compared but bounds are not."""
NOT_THIS_ESTIMATE = "R iterates to 1e-9 here (.10000000153 for 20 schools of 200); compared as ciprop_mean"
NOT_THIS_DF = {
    "glm": "R takes the number of coefficients off the degrees of freedom; we publish no regression with an interval",
    "ttest": "as glm; its bounds are compared at the degrees of freedom R gives",
    "smalldom": "R says 0 for a domain of one answer; ours is at least 1, and such a figure has no interval",
}
"""Kinds of results of which the degrees of freedom are not compared (smalldom: one of three)."""


@cache
def data(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / "data" / f"{name}.csv", low_memory=False)


@cache
def results(name: str) -> pd.DataFrame:
    table = pd.read_csv(FOLDER / "results" / f"{name}.csv", skipinitialspace=True)
    return table.fillna({"domain": "", "note": ""})


@dataclass(frozen=True)
class Sample:
    """A data set as R drew it; with calibrated weights also those before and the margins."""

    rows: pd.DataFrame
    design: Design
    weight: Floats
    base: Floats
    margins: Floats | None = None

    def column(self, name: str) -> Floats:
        return self.rows[name].to_numpy(float)

    def equal(self, name: str, value: str) -> Floats:
        return (self.rows[name] == value).to_numpy(float)

    def covariance(self, found: Linearised) -> Floats:
        z = found.z if self.margins is None else design.residuals(found.z, self.base, self.margins)
        return design.covariance(z * self.weight[:, None], self.design)

    def se(self, found: Linearised) -> Floats:
        return np.sqrt(np.maximum(np.diag(self.covariance(found)), 0.0))


def sample(dataset: str, name: str) -> Sample:
    """The design of a row of results, from its data set and the name R's script gave it."""
    rows = data(dataset)
    if dataset == "fpc":
        population = rows.groupby("stratid")["Nh"].first().to_numpy(float) if name == "fpc" else None
        drawn = Design(pd.factorize(rows["stratid"])[0], rows["psuid"].to_numpy(), population=population)
        return Sample(rows, drawn, rows["weight"].to_numpy(float), rows["weight"].to_numpy(float))
    if dataset == "lonely_psu":
        drawn = Design(pd.factorize(rows["h"])[0])
        return Sample(rows, drawn, rows["w"].to_numpy(float), rows["w"].to_numpy(float))
    everyone = np.zeros(len(rows), dtype=np.int64)
    if dataset == "apistrat":
        stratum, names = pd.factorize(rows["stype"])
        population = rows.groupby("stype")["fpc"].first().loc[names].to_numpy(float)
        drawn = Design(stratum, population=None if name == "strat_nofpc" else population)
    elif dataset == "apisrs":
        drawn = Design(everyone, population=rows["fpc"].to_numpy(float)[:1])
    else:
        size = {"apiclus1": "fpc", "apiclus2": "fpc1"}[dataset]
        drawn = Design(everyone, rows["dnum"].to_numpy(), population=rows[size].to_numpy(float)[:1])
    base = rows["pw"].to_numpy(float)
    return calibrated(Sample(rows, drawn, base, base), name)


def calibrated(drawn: Sample, name: str) -> Sample:
    """With the weights R made, if the name is that of a weighting scheme."""
    schemes = results("survey411_weights")
    mine = schemes[schemes["scheme"] == name].sort_values("row")
    if mine.empty:
        return drawn
    types = np.stack([drawn.equal("stype", t) for t in "EHM"], axis=1)
    goal = np.stack([drawn.equal("sch.wide", t) for t in ("No", "Yes")], axis=1)
    extra = {"ps": types[:, :0], "cal_lin": types[:, :0], "greg": drawn.column("api99")[:, None]}  # else both margins
    margins = np.hstack([types, extra.get(name.rsplit("_", 1)[0], goal)])
    return Sample(drawn.rows, drawn.design, mine["weight"].to_numpy(float), drawn.base, margins)


def by(s: Sample, first: str, second: str | None = None) -> tuple[list[str], Linearised]:
    """Means of api00 per domain, named as R names them."""
    label = s.rows[first] if second is None else s.rows[first] + ":" + s.rows[second]
    code, names = pd.factorize(label)
    return list(names), design.domain_means(s.weight, s.column("api00"), code, len(names))


def means_of(s: Sample, names: list[str]) -> Linearised:
    """Means of several variables of who answered all of them, as R's na.rm does."""
    values = s.rows[names].to_numpy(float)
    known = ~np.isnan(values).any(axis=1, keepdims=True)
    return design.means(s.weight, values, known.astype(float))


def regression(s: Sample) -> tuple[list[str], Linearised]:
    """Coefficients of api00 on three scores: z = (X'WX)^-1 x e, to test the variance of any influence at all."""
    names = ["ell", "meals", "mobility"]
    x = np.hstack([np.ones((len(s.rows), 1)), s.rows[names].to_numpy(float)])
    inverse = np.linalg.inv(x.T @ (s.weight[:, None] * x))
    beta = inverse @ (x.T @ (s.weight * s.column("api00")))
    error = s.column("api00") - x @ beta
    return ["(Intercept)", *names], Linearised(beta, (x * error[:, None]) @ inverse)


def spread(s: Sample) -> Linearised:
    """Variance between respondents: the mean of n/(n-1) (y - m)^2."""
    y = s.column("api00")
    centre = design.means(s.weight, y[:, None]).estimate
    return design.means(s.weight, ((y - centre) ** 2 * len(y) / (len(y) - 1))[:, None])


def share(s: Sample, stat: str) -> Linearised:
    """The three shares of svyciprop; ``both_lo`` are the schools above 820 points."""
    indicator = {"ell0": s.column("ell") == 0, "both_lo": s.column("api00") > 820, "comp": s.equal("comp.imp", "Yes")}
    return design.means(s.weight, indicator[stat].astype(float)[:, None])


Found = dict[str, float]


def ours(s: Sample, row: pd.Series) -> Found:
    """Our values for a row of results, named as its columns; also some that are not compared."""
    kind = row["id"].removeprefix(f"{row['design']}_")
    stat, domain = row["stat"], row["domain"]
    one: Linearised
    if kind in {"deff", "deff_wr"}:
        mean = design.means(s.weight, s.column("api00")[:, None])
        n, total = len(s.rows), s.weight.sum()
        simple = spread(s).estimate[0] / n * ((total - n) / total if kind == "deff" else 1.0)
        return {"estimate": s.covariance(mean)[0, 0] / simple}
    if kind == "lonely":
        rule = {"remove": "remove", "certainty": "remove", "adjust": "adjust", "average": "average"}
        lonely = rule[stat.split("=")[1]]
        s = Sample(s.rows, Design(s.design.stratum, lonely=lonely), s.weight, s.base)  # type: ignore[arg-type]
        one = design.means(s.weight, s.column("y")[:, None])
    elif kind == "smalldom":
        inside = s.equal("stype", domain) * (s.column("api00") > 830)
        one = design.means(s.weight, s.column("api99")[:, None], inside[:, None])
        df = design.degrees_of_freedom(s.design, inside)
        return {"estimate": float(one.estimate[0]), "se": float(s.se(one)[0]), "df": df}
    elif kind == "ratio":
        one = design.ratios(s.weight, s.column("api.stu")[:, None], s.column("enroll")[:, None])
    elif kind == "total":
        one = design.totals(s.weight, s.column("enroll")[:, None])
    elif kind == "var":
        one = spread(s)
    elif kind == "glm":
        names, every = regression(s)
        one = every.combine(np.eye(len(names))[:, [names.index(domain)]])
    elif kind.startswith("ciprop_"):
        one = share(s, stat)
    elif kind in {"by", "by2", "contrast", "ttest"}:
        one = contrast(s, kind, stat, domain)
    elif kind == "prop":
        variable = stat.split()[-1]
        one = design.means(s.weight, s.equal(variable, domain.removeprefix(variable))[:, None])
    else:
        names = stat.split()[-1].split("+")
        one = means_of(s, names).combine(np.eye(len(names))[:, [names.index(domain)]])
    return with_bounds(s, row, kind, one)


def contrast(s: Sample, kind: str, stat: str, domain: str) -> Linearised:
    """A domain mean, or the difference of two with one influence vector."""
    if kind.startswith("by"):
        names, every = by(s, *stat.split("~")[1].split("+"))
        coefficients = {domain: 1.0}
    elif "m" in domain:
        names, every = by(s, "stype")
        coefficients = {domain[0]: 1.0, domain[2]: -1.0}
    else:
        names, every = by(s, "sch.wide" if kind == "ttest" else "comp.imp")
        coefficients = {"Yes": 1.0, "No": -1.0} if kind == "ttest" else {"Yes": -1.0, "No": 1.0}
    return every.combine(np.array([[coefficients.get(name, 0.0)] for name in names]))


def with_bounds(s: Sample, row: pd.Series, kind: str, one: Linearised) -> Found:
    """Estimate, standard error, degrees of freedom, and bounds at the degrees of freedom R gives."""
    se = s.se(one)
    quantile = intervals.t_quantile(np.array([row["df"]], dtype=float), 0.95)
    low, high = one.estimate - quantile * se, one.estimate + quantile * se
    if kind == "ciprop_wilson":
        p = one.estimate  # R does not cap the effective number at n
        low, high = intervals.wilson(p, p * (1 - p) / se**2, quantile)
    df = design.degrees_of_freedom(s.design)
    values = (one.estimate, se, low, high, np.array([df]))
    return {name: float(v[0]) for name, v in zip(("estimate", "se", "lo", "hi", "df"), values, strict=True)}


def reason(row: pd.Series, column: str) -> str | None:
    """Why a value of R is not compared; None when there is no reason not to."""
    kind = row["id"].removeprefix(f"{row['design']}_")
    if kind in NOT_OURS:
        return NOT_OURS[kind]
    if column in {"se", "lo", "hi"} or kind.startswith("deff"):
        variance = NOT_THEIR_VARIANCE.get(row["design"].split("_")[0])
        return variance or (NOT_THESE_BOUNDS.get(kind.removeprefix("ciprop_")) if column in {"lo", "hi"} else None)
    if kind in {"ciprop_logit", "ciprop_likelihood"} and column == "estimate":
        return NOT_THIS_ESTIMATE
    if kind == "smalldom" and row["note"] != "n=1":
        return None
    return NOT_THIS_DF.get(kind) if column == "df" else None


def compared(name: str) -> Iterator[tuple[str, float, float]]:
    """Every value of a file of results that is ours, by kind; a failure for one that is neither ours nor listed."""
    samples: dict[tuple[str, str], Sample] = {}
    skipped: Counter[str] = Counter()
    for _, row in results(name).iterrows():
        given = [c for c in ("estimate", "se", "lo", "hi", "df") if pd.notna(row[c])]
        why_not = {column: reason(row, column) for column in given}
        skipped.update(why for why in why_not.values() if why)
        wanted = [column for column in given if not why_not[column]]
        if not given:
            assert "error" in row["note"]
            skipped["R itself gives an error here"] += 1
        if not wanted:
            continue
        key = row["dataset"], row["design"]
        if key not in samples:
            samples[key] = sample(*key)
        found = ours(samples[key], row)
        for column in wanted:
            assert column in found, f"{row['id']} {row['design']} {row['domain']} {column}: neither computed nor listed"
            yield row["id"].removeprefix(f"{row['design']}_"), found[column], float(row[column])
    for why, count in skipped.most_common():
        print(f"{name}: {count} values not compared: {why}")


def agree(what: str, mine: Floats, theirs: Floats) -> None:
    """Equal to the manifest's tolerance; says how many values were compared and the largest relative difference."""
    assert len(mine) == len(theirs) > 0
    largest = float(np.max(np.abs(mine - theirs) / np.maximum(np.abs(theirs), 1.0)))
    print(f"{what}: {len(mine)} values, largest difference {largest:.1e}")
    np.testing.assert_allclose(mine, theirs, rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize("name", ["survey411", "survey45"])
def test_estimates_of_every_design_we_use_equal_r_survey(name: str) -> None:
    values = pd.DataFrame(compared(name), columns=["kind", "mine", "theirs"])
    for kind, rows in [*values.groupby("kind"), ("in all", values)]:
        agree(f"{name} {kind}", rows["mine"].to_numpy(float), rows["theirs"].to_numpy(float))


@pytest.fixture(scope="module")
def monitor() -> pd.DataFrame:
    """Respondents of the synthetic monitor with their weights and what they are estimated on."""
    rows = data("synth_responses").merge(results("synth_oracle_weights"), on="resp_id")
    return rows.assign(top=(rows["mark"] >= 8).astype(float), national="NL")


@cache
def register() -> pd.Series:
    """Contacts per year and team of the synthetic monitor."""
    rows = data("synth_register")
    return rows.groupby([rows["month"].str[:4].astype(int), "team"])["N_contacts"].sum()


def drawn(rows: pd.DataFrame, *, fpc: bool, scheme: str) -> CalibratedDesign:
    """One year of the monitor: strata are teams, calibrated on team, unit x channel and unit x group."""
    stratum, teams = pd.factorize(rows["team"])
    contacts = register().loc[int(rows["year"].iloc[0])]
    columns = [pd.factorize(rows["team"])[0]]
    for extra in ("channel", "grp"):
        columns.append(pd.factorize(rows["unit"] + rows[extra])[0] + columns[-1].max() + 1)
    count = 0 if scheme == "base" else len(columns)
    margins = margin_matrix(
        np.stack(columns[:count], axis=1).ravel() if count else np.empty(0, dtype=np.int64),
        np.arange(len(rows) + 1) * count,
        int(columns[-1].max()) + 1,
    )
    base, weight = rows["d"].to_numpy(), rows["d" if scheme == "base" else "w_cal"].to_numpy()
    population = contacts.loc[teams].to_numpy(float) if fpc else None
    return CalibratedDesign(base, weight, margins, stratum, np.bincount(stratum).astype(float), population=population)


LEVELS = ("national", "unit", "district", "team")
VARIABLES = ["mark", "expert", "top"]


def of_every_domain(sampled: CalibratedDesign, rows: pd.DataFrame, weight: Floats) -> pd.DataFrame:
    """Estimates and standard errors of all domains and variables of a year, from one call."""
    values = rows[VARIABLES].to_numpy(float)
    names = np.concatenate([rows[level].unique() for level in LEVELS])
    place = pd.Series(np.arange(len(names)), index=names)
    domain = np.stack([place.loc[rows[level]].to_numpy() for level in LEVELS], axis=1)
    v_yy, v_y1, v_11 = sampled.triples(values, domain, len(names))
    answered = ~np.isnan(values) * weight[:, None]
    add_up = sum(indicator(domain[:, level], len(names)) for level in range(len(LEVELS)))
    sum_w = add_up @ answered
    mean = (add_up @ (answered * np.nan_to_num(values))) / sum_w
    se = np.sqrt(v_yy - 2 * mean * v_y1 + mean**2 * v_11) / sum_w
    index = pd.MultiIndex.from_product([names, VARIABLES], names=["domain", "variable"])
    return pd.DataFrame({"mean": mean.ravel(), "error": se.ravel()}, index=index)


def against_the_rest(sampled: CalibratedDesign, rows: pd.DataFrame, weight: Floats, team: str) -> tuple[float, float]:
    """The mark of a team less that of everyone else: one contrast of the totals of two domains."""
    y, part = rows["mark"].to_numpy(float), (rows["team"] != team).to_numpy(np.int64)
    sum_w = np.bincount(part, weight)
    mean = np.bincount(part, weight * y) / sum_w
    coefficients = np.array([1, -1, -mean[0], mean[1]]) / np.tile(sum_w, 2)
    matrix = sampled.covariances(y[:, None], part, 2)[0]
    return mean[0] - mean[1], float(np.sqrt(coefficients @ matrix @ coefficients))


def test_every_estimate_of_the_synthetic_monitor_equals_r_survey(monitor: pd.DataFrame) -> None:
    """All domains of a year from the Gram form, and a team against the rest from its covariances: 5,000 estimates."""
    mine, theirs = [], []
    for (year, fpc, scheme), expected in results("synth_oracle").groupby(["year", "fpc", "scheme"]):
        rows = monitor[monitor["year"] == year]
        sampled = drawn(rows, fpc=fpc == "fpc", scheme=scheme)
        weight = rows["d" if scheme == "base" else "w_cal"].to_numpy()
        rest = expected["level"] == "team_vs_rest"
        domains = pd.MultiIndex.from_frame(expected.loc[~rest, ["domain", "variable"]])
        mine.append(of_every_domain(sampled, rows, weight).loc[domains].to_numpy())
        mine.append([against_the_rest(sampled, rows, weight, team) for team in expected.loc[rest, "domain"]])
        theirs += [expected.loc[part, ["estimate", "se"]].to_numpy() for part in (~rest, rest)]
    found, r = np.concatenate(mine), np.concatenate(theirs)
    agree("synthetic monitor, estimates", found[:, 0], r[:, 0])
    agree("synthetic monitor, standard errors", found[:, 1], r[:, 1])
