"""Comments of synthetic citizens: sentences that fit their judgement, some with things that should not be there.

Belongs here: composing comments from ``comments.yaml``, planting made-up personal data and hostile strings.
Does not belong here: who answers an open item, finding personal data again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.synthetic.parameters import Bools, CommentTexts, Floats, Ints, Parameters, Sentences

LETTERS = "BDFGHJKLNPRSTVXZ"
KINDS = ("name", "phone", "email", "address", "plate", "iban", "citizen_number")


@dataclass(frozen=True)
class Planted:
    """One planted string of personal data: position of the answer, kind, and the string itself."""

    at: int
    kind: str
    text: str


def make_comments(
    *,
    parameters: Parameters,
    texts: CommentTexts,
    language: str,
    tone: str,
    judgement: Floats,
    asked: Bools,
    plain_text: bool,
    rng: np.random.Generator,
) -> tuple[pa.Array, list[Planted], Ints]:
    """Comments of one open item, one month.

    Args:
        parameters: Shares of filled in, personal and hostile comments.
        texts: The sentences.
        language: Language of the survey.
        tone: ``positive`` for a question about what went well, otherwise ``negative``.
        judgement: Latent judgement per respondent.
        asked: Who got the question.
        plain_text: Leave out what does not fit in Windows-1252.
        rng: Random stream of this month.

    Returns:
        Text per respondent (null = nothing written), the planted personal data, and the positions with hostile text.
    """
    known = parameters.comments
    sentences = texts.in_language(language)
    count = len(judgement)
    lean = judgement if tone == "positive" else -judgement  # satisfied people say what went well, others what did not
    filled = asked & (rng.random(count) < np.clip(known.filled * (1 + 0.5 * lean), 0.02, 0.9))
    at = np.flatnonzero(filled)
    if not len(at):
        return pa.nulls(count, pa.string()), [], np.zeros(0, dtype=np.int64)
    written = _compose(sentences, tone, lean[at], rng)

    planted: list[Planted] = []
    replaced: dict[int, str] = {}
    chosen = rng.permutation(len(at))
    many = int(np.rint(len(at) * known.personal))
    for place in sorted(chosen[:many].tolist()):  # a few per hundred: the only loop over single answers
        kind = KINDS[int(rng.integers(len(KINDS)))]
        text = _personal(kind, texts, plain_text, rng)
        template = _one(sentences.personal[kind], rng)
        replaced[place] = f"{written[place].as_py()} {template.replace('{x}', text)}"
        planted.append(Planted(int(at[place]), kind, text))
    pool = texts.hostile if plain_text else (*texts.hostile, *texts.hostile_unicode)
    hostile = chosen[many : many + max(int(np.rint(len(at) * known.hostile)), 1)]
    first = int(rng.integers(len(pool)))
    for shift, place in enumerate(sorted(hostile.tolist())):
        replaced[place] = pool[(first + shift) % len(pool)]
    if replaced:
        mask = np.zeros(len(at), dtype=np.bool_)
        mask[list(replaced)] = True
        written = pc.replace_with_mask(written, pa.array(mask), pa.array([replaced[k] for k in sorted(replaced)]))
    where = np.full(count, -1, dtype=np.int64)
    where[at] = np.arange(len(at))
    text_of = written.take(pa.array(where, mask=where < 0))
    return text_of, planted, np.sort(at[hostile]).astype(np.int64)


def _compose(sentences: Sentences, tone: str, lean: Floats, rng: np.random.Generator) -> pa.Array:
    """One to three sentences that fit: the fitting kind for who leans that way, otherwise little or nothing to say."""
    count = len(lean)
    main = sentences.positive if tone == "positive" else (*sentences.negative, *sentences.improve)
    fits = rng.random(count) < 1 / (1 + np.exp(-(1.5 * lean + 1.2)))
    mild = sentences.nothing if tone == "positive" else (*sentences.nothing, *sentences.improve)
    detail = _details(sentences, count, rng)
    one = pc.if_else(pa.array(fits), _take(main, count, rng), _take(mild, count, rng))
    two = _take(main, count, rng)
    three = _take(sentences.closing, count, rng)
    length = rng.random(count)
    more = fits & (length > 0.5)
    last = fits & (length > 0.85)
    nothing = pa.scalar("")
    parts = (
        one,
        pc.if_else(pa.array(more), pc.binary_join_element_wise(" ", two, " ", detail, ""), nothing),
        pc.if_else(pa.array(last), pc.binary_join_element_wise(" ", three, ""), nothing),
    )
    return pc.binary_join_element_wise(*parts, "")


def _details(sentences: Sentences, count: int, rng: np.random.Generator) -> pa.Array:
    """A sentence about when it was: what makes a longer comment that of one person, as real ones are."""
    days = [f"{day}-{month}" for month in range(1, 13) for day in range(1, 29)]
    times = [f"{hour}.{minute:02d}" for hour in range(24) for minute in range(60)]
    day, time = _take(days, count, rng), _take(times, count, rng)
    return pc.binary_join_element_wise(_take(sentences.detail, count, rng), " ", day, ", ", time, ".", "")


def _take(pool: Sequence[str], count: int, rng: np.random.Generator) -> pa.Array:
    return pa.array(pool, pa.string()).take(pa.array(rng.integers(0, len(pool), count)))


def _one(pool: Sequence[str], rng: np.random.Generator) -> str:
    return pool[int(rng.integers(len(pool)))]


def _personal(kind: str, texts: CommentTexts, plain_text: bool, rng: np.random.Generator) -> str:
    """A made-up string of personal data that looks real and belongs to no one."""
    first, last = _one(texts.first_names, rng), _one(texts.last_names, rng)
    if plain_text:
        last = last.encode("cp1252", "replace").decode("cp1252").replace("?", "i")
    digits = "".join(str(d) for d in rng.integers(0, 10, 12))
    if kind == "phone":
        pairs = " ".join(digits[at : at + 2] for at in range(0, 8, 2))
        return _one((f"06-{digits[:8]}", f"06 {pairs}", f"+316{digits[:8]}"), rng)
    if kind == "email":
        name = "".join(c for c in f"{first}.{last}".lower() if c.isascii() and (c.isalnum() or c == "."))
        return f"{name}{digits[:2]}@example.{_one(('org', 'com', 'net'), rng)}"
    if kind == "address":
        postcode = f"{1000 + int(digits[2:6]) % 9000} {''.join(_one(LETTERS, rng) for _ in range(2))}"
        return f"{_one(texts.streets, rng)} {1 + int(digits[:2])}, {postcode} {_one(texts.towns, rng)}"
    if kind == "plate":
        letters = "".join(_one(LETTERS, rng) for _ in range(5))
        return _one((f"{letters[:2]}-{digits[:3]}-{letters[2]}", f"{digits[:2]}-{letters[:3]}-{digits[2]}"), rng)
    if kind == "name":
        return f"{first} {last}"
    return _account(digits) if kind == "iban" else _citizen_number(digits)


def _account(digits: str) -> str:
    """An account number with a right check number, at a bank that does not exist."""
    account = digits[:10]
    check = 98 - int("".join(str(int(c, 36)) for c in f"DEMO{account}NL00")) % 97
    return f"NL{check:02d}DEMO{account}"


def _citizen_number(digits: str) -> str:
    """Nine digits that pass the eleven test, in the 9999 range that is never given to a person."""
    for shift in range(100):
        body = "9999" + f"{(int(digits[:4]) + shift) % 10000:04d}"
        check = sum(int(d) * w for d, w in zip(body, range(9, 1, -1), strict=True)) % 11
        if check < 10:
            return body + str(check)
    raise AssertionError("one in eleven numbers fails, not a hundred in a row")
