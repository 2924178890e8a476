"""The synthetic country: who is where, and what is true about them.

Belongs here: everything that is drawn once and holds for all months (effects of areas, channels, groups, ages,
feedback, response), as arrays in the order of the contract.
Does not belong here: single contacts (``contacts``), answers (``answers``), files (``tables``, ``files``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from assets.synthetic.parameters import Change, Floats, Ints, Parameters, numbers, shares
from expectations.model import Area, CodeList, Survey

STREAM_WORLD, STREAM_CONTACTS, STREAM_ANSWERS, STREAM_COMMENTS, STREAM_FILES, STREAM_INVITATIONS, STREAM_CONDUCT = (
    range(7)
)


def generator(seed: int, stream: int, month: int = 0) -> np.random.Generator:
    """An independent random stream per purpose and month, so months don't depend on each other's size."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, stream, month])))


def scaled(position: float, months: int) -> int:
    """A position in a set of 36 months, in a set of another size."""
    return min(int(position * months / 36), months - 1)


def add_months(first: dt.date, count: int) -> dt.date:
    """The first day of the month that many months later."""
    years, month = divmod(first.month - 1 + count, 12)
    return dt.date(first.year + years, month + 1, 1)


@dataclass(frozen=True)
class Leaf:
    """The leaf areas.

    Attributes:
        codes: Current codes; everything else about areas is in this order.
        weight: Share of the contacts.
        effect: True effect in points, standard deviation over areas as in the parameters.
        rows: All validity rows of leaf areas, the recorded names.
        candidates: Per area the rows (position, weight) under which its contacts may be recorded.
    """

    codes: tuple[str, ...]
    weight: Floats
    effect: Floats
    rows: tuple[Area, ...]
    candidates: tuple[tuple[tuple[int, float], ...], ...]


@dataclass(frozen=True)
class World:
    """Everything that holds for all months. Probabilities are 0..1, effects are in percentage points."""

    survey: Survey
    parameters: Parameters
    seed: int
    months: tuple[dt.date, ...]
    contacts_per_month: Ints
    leaf: Leaf
    channel_codes: tuple[str, ...]
    channel_mix: Floats  # area x channel, cumulative
    channel_points: Floats
    group_codes: tuple[str, ...]
    group_mix: Floats  # channel x group, cumulative
    group_points: Floats  # channel x group, centred within the channel
    code_lists: dict[str, CodeList]
    age_codes: tuple[str, ...]
    age_mix: Floats  # cumulative
    age_points: Floats
    drift: Floats  # month
    area_change: Change
    channel_change: Change
    response: tuple[Floats, Floats, Floats]  # factors of age, group, channel; the first one carries the rate
    feedback_codes: tuple[str, ...]
    feedback_points: Floats
    feedback_within: Floats  # share of every answer among those who heard, or did not hear, anything
    feedback_heard: Ints  # 1 = this answer means that something was heard
    feedback_logit: Floats  # area x channel, before the improvement
    feedback_improvement: Floats  # month
    item_effects: Floats  # area x item, latent scale

    @property
    def mean_satisfied(self) -> float:
        """The parameters' share satisfied over all channels."""
        mix = np.diff(self.channel_mix, axis=1, prepend=0.0)
        return float(self.leaf.weight @ mix @ self.channel_points) / 100


def make_world(survey: Survey, parameters: Parameters, seed: int, responses: int, months: int) -> World:
    """Draw the country.

    Args:
        survey: The contract.
        parameters: The numbers.
        seed: Seed of every stream.
        responses: Number of answers to aim at, over all months.
        months: Number of months from the survey's first month.

    Returns:
        The drawn country.
    """
    rng = generator(seed, STREAM_WORLD)
    leaf = _leaf(survey, parameters, rng)
    channel_codes = tuple(channel.code for channel in survey.channels)
    classes = [channel.channel_class for channel in survey.channels]
    known = parameters.channels
    points = np.array(
        [
            known.satisfied.by_code.get(code, known.satisfied.by_class.get(cls, known.satisfied.default))
            for code, cls in zip(channel_codes, classes, strict=True)
        ]
    )
    mean_mix = numbers(channel_codes, known.share.by_code, known.share.default)
    mean_mix = mean_mix / mean_mix.sum()
    mix = rng.dirichlet(mean_mix * parameters.spread.channel_mix, size=len(leaf.codes))
    mix = mix / (leaf.weight @ mix) * mean_mix  # the country as a whole keeps the shares of the parameters
    mix = mix / mix.sum(axis=1, keepdims=True)

    group_codes, group_mix, group_points = _groups(survey, parameters, channel_codes)
    code_lists = {code_list.field: code_list for _, code_list in sorted(survey.code_lists.items())}
    age_codes = tuple(c.code for c in code_lists["age_band"].codes) if "age_band" in code_lists else ("",)
    age_mix = shares(age_codes, parameters.code_shares.get("age_band", {}))
    age_points = numbers(age_codes, parameters.age.points, 0.0)
    factors = _response_factors(
        parameters,
        channels=channel_codes,
        channel_mix=mean_mix,
        groups=group_codes,
        group_mix=group_mix,
        ages=age_codes,
        age_mix=age_mix,
    )

    at = np.arange(months, dtype=np.float64)
    dip = parameters.drift.points * np.exp(-(((at - parameters.drift.at_month) / parameters.drift.width) ** 2))
    invited_share = parameters.response.rate * (1 - parameters.response.excluded)
    noise = 1 + parameters.volume.noise * rng.uniform(-1, 1, months)
    per_month = np.maximum(np.rint(responses / invited_share * noise / noise.sum()), 1).astype(np.int64)

    codes, heard, within, effect = _feedback(survey, parameters)
    heard_share = parameters.feedback.heard_share
    base = np.array([heard_share.by_class.get(cls, heard_share.default) for cls in classes])
    standard = leaf.effect / (leaf.effect.std() or 1.0)
    lean = parameters.feedback.area_spread * (0.6 * standard + 0.8 * rng.standard_normal(len(leaf.codes)))
    start = parameters.feedback.improvement.from_month * months / 36
    grown = np.clip((at - start + 1) / max(months - start, 1), 0, 1) * parameters.feedback.improvement.logit

    area_change, channel_change = _changes(survey, parameters, leaf, months)
    return World(
        survey=survey,
        parameters=parameters,
        seed=seed,
        months=tuple(add_months(survey.periods.first_month, month) for month in range(months)),
        contacts_per_month=per_month,
        leaf=leaf,
        channel_codes=channel_codes,
        channel_mix=np.cumsum(mix, axis=1),
        channel_points=points,
        group_codes=group_codes,
        group_mix=np.cumsum(group_mix, axis=1),
        group_points=group_points,
        code_lists=code_lists,
        age_codes=age_codes,
        age_mix=np.cumsum(age_mix),
        age_points=age_points - float(age_mix @ age_points),
        drift=dip - dip.mean(),
        area_change=area_change,
        channel_change=channel_change,
        response=factors,
        feedback_codes=codes,
        feedback_points=effect,
        feedback_within=within,
        feedback_heard=heard,
        feedback_logit=np.log(base / (1 - base))[None, :] + lean[:, None],
        feedback_improvement=grown,
        item_effects=rng.standard_normal((len(leaf.codes), len(survey.items))) * parameters.spread.item,
    )


def _leaf(survey: Survey, parameters: Parameters, rng: np.random.Generator) -> Leaf:
    """The leaf areas with their true effects: a part shared by district and unit, the rest their own."""
    rows = tuple(area for area in survey.areas if area.level == survey.leaf.code)
    current = [area for area in rows if area.valid_to is None and area.successor is None]
    if not current:
        raise ValueError(f"the contract has no current area on level {survey.leaf.code!r}")
    codes = tuple(area.code for area in current)
    if len(set(codes)) != len(codes):
        raise ValueError("an area has more than one current row")
    weight = np.array([area.weight for area in current], dtype=np.float64)
    weight = weight / weight.sum()

    effect = np.zeros(len(codes))
    variance = 0.0
    for level, ancestors in _ancestors(survey, current):
        sd = parameters.spread.parents.get(level, 0.0)
        names = sorted(set(ancestors))
        drawn = dict(zip(names, rng.standard_normal(len(names)) * sd, strict=True))
        effect += np.array([drawn[name] for name in ancestors])
        variance += sd**2
    own = np.sqrt(max(parameters.spread.total**2 - variance, 0.0))
    effect += rng.standard_normal(len(codes)) * own
    effect -= float(weight @ effect)
    if len(codes) > 1:  # exactly the spread that was asked for, or a test could not tell a wrong spread from luck
        effect *= parameters.spread.total / effect.std()
    return Leaf(codes, weight, effect, rows, _candidates(rows, codes))


def _ancestors(survey: Survey, current: list[Area]) -> list[tuple[str, list[str]]]:
    """Per level between the top and the leaf: the ancestor of every current area."""
    parent_of = {area.code: area.parent for area in survey.areas if area.valid_to is None}
    here = [area.parent or "" for area in current]
    result = []
    for level in reversed(survey.levels[1:-1]):
        result.append((level.code, here))
        here = [parent_of.get(code) or "" for code in here]
    return result


def _candidates(rows: tuple[Area, ...], codes: tuple[str, ...]) -> tuple[tuple[tuple[int, float], ...], ...]:
    """Per current area the rows that end up at it: its own, and those of its predecessors with their weight."""
    own_row: dict[str, list[int]] = {}
    for at, row in enumerate(rows):
        own_row.setdefault(row.code, []).append(at)

    def collect(code: str, part: float, seen: tuple[str, ...]) -> list[tuple[int, float]]:
        found = [(at, rows[at].weight * part) for at in own_row.get(code, [])]
        for row in rows:
            if row.successor == code and row.code not in seen:
                found += collect(row.code, part * row.share, (*seen, row.code))
        return found

    result = []
    for code in codes:
        weights: dict[int, float] = {}
        for at, weight in collect(code, 1.0, (code,)):
            weights[at] = weights.get(at, 0.0) + weight
        result.append(tuple(sorted(weights.items())))
    return tuple(result)


def _groups(
    survey: Survey, parameters: Parameters, channels: tuple[str, ...]
) -> tuple[tuple[str, ...], Floats, Floats]:
    """Target groups: their share per channel, and their effect centred within every channel."""
    known = parameters.groups
    codes = tuple(group.code for group in survey.target_groups)
    base = np.array(
        [
            known.share.get(group.code, known.default_share if group.in_scope else known.out_of_scope_share)
            for group in survey.target_groups
        ]
    )
    mix = np.vstack([base * numbers(codes, known.by_channel.get(channel, {}), 1.0) for channel in channels])
    mix = mix / mix.sum(axis=1, keepdims=True)
    points = numbers(codes, known.points, 0.0)
    return codes, mix, points[None, :] - (mix @ points)[:, None]


def _response_factors(
    parameters: Parameters,
    *,
    channels: tuple[str, ...],
    channel_mix: Floats,
    groups: tuple[str, ...],
    group_mix: Floats,
    ages: tuple[str, ...],
    age_mix: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Factors whose product is the chance to answer, scaled so that its mean is the rate of the parameters."""
    known = parameters.response
    age = numbers(ages, known.age, known.default)
    group = numbers(groups, known.group, known.default)
    channel = numbers(channels, known.channel, known.default)
    mean = float(age_mix @ age) * float((channel_mix * channel) @ (group_mix @ group))
    return age * known.rate / mean, group, channel


def _feedback(survey: Survey, parameters: Parameters) -> tuple[tuple[str, ...], Ints, Floats, Floats]:
    """Answers to the feedback item: which mean "heard", how often, and their effect on satisfaction."""
    if survey.feedback_item is None:
        return ("",), np.zeros(1, np.int64), np.ones(1), np.zeros(1)
    answers = survey.scale_of(survey.item(survey.feedback_item)).points
    codes = tuple(answer.code or str(answer.value) for answer in answers)
    known = parameters.feedback
    default = np.linspace(12.5, -12.5, len(codes))
    effect = np.array([known.points.get(c, points) for c, points in zip(codes, default, strict=True)])
    heard = (effect > 0).astype(np.int64)
    within = np.zeros(len(codes))
    for flag, table in ((1, known.heard), (0, known.not_heard)):
        members = np.flatnonzero(heard == flag)
        if len(members):
            within[members] = shares([codes[at] for at in members], table)
    return codes, heard, within, effect


def _changes(survey: Survey, parameters: Parameters, leaf: Leaf, months: int) -> tuple[Change, Change]:
    """The planted changes, for an area and a channel that this contract has."""
    area, channel = parameters.changes.area, parameters.changes.channel
    area_code = area.code if area.code in leaf.codes else leaf.codes[int(np.argmax(leaf.weight))]
    known = [c.code for c in survey.channels]
    digital = [c.code for c in survey.channels if c.channel_class == "digitaal"]
    channel_code = channel.code if channel.code in known else [*digital, *known][0]
    return (
        area.model_copy(update={"code": area_code, "from_month": scaled(area.from_month, months)}),
        channel.model_copy(update={"code": channel_code, "from_month": scaled(channel.from_month, months)}),
    )
