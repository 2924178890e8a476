"""Formulas: one line of text that a person can type and a terminal can show, and the same as MathML for a page.

Belongs here: reading the notation and writing MathML. Does not belong here: which formulas there are (``formulas``).

The notation, from strong to weak: ``x_i`` and ``x^2`` (sub- and superscript; several symbols in parentheses), products
by juxtaposition (``w_i y_i``; ``*`` draws a point), fractions (``a b / c d`` is one product over another), ``+ -``,
relations and commas. Parentheses around a whole numerator, denominator or script only group. ``sqrt(x)``, ``abs(x)``,
``bar(x)`` and ``hat(x)`` are drawn; ``sum_i`` is a sum; a quoted piece is a word. Names of Greek letters become the
letters; two letters in a script are two indices.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from markupsafe import Markup, escape

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "theta": "θ", "lambda": "λ", "pi": "π", "rho": "ρ",
    "sigma": "σ", "tau": "τ", "phi": "ϕ", "chi": "χ",
}  # fmt: skip
RELATIONS = {"<=": "≤", ">=": "≥", "!=": "≠", "=": "=", "<": "<", ">": ">", "in": "∈", "notin": "∉", ",": ",", ";": ";"}
DRAWN = {"sqrt", "abs", "bar", "hat"}
ACCENTS = {"bar": "¯", "hat": "^"}
_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|([A-Za-z]+\d*'?)|'([^']*)'|(<=|>=|!=|.))")


class FormulaError(ValueError):
    """A line that does not follow the notation: what is wrong, and where."""


@dataclass(frozen=True)
class _Piece:
    """A part of a formula: its MathML, and whether it stood in parentheses that only group."""

    markup: str
    grouped: str | None = None  # the same without its parentheses


def mathml(line: str) -> Markup:
    """A formula as a ``math`` element, with the line itself as its alternative text.

    Raises:
        FormulaError: The line does not follow the notation.
    """
    reader = _Reader(line)
    body = reader.relation()
    if reader.upcoming is not None:
        raise FormulaError(f"{line!r}: {reader.upcoming!r} is not expected here")
    # Everything in the body went through _leaf, which escapes.
    return Markup('<math display="block" alttext="{}">{}</math>').format(line, Markup(body))  # noqa: S704


def _leaf(tag: str, text: str) -> str:
    return f"<{tag}>{escape(text)}</{tag}>"


def _row(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"


class _Reader:
    """Recursive descent over one line."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.symbols: list[str] = []
        self.words: set[int] = set()  # positions of quoted pieces
        position = 0
        text = line.rstrip()
        while position < len(text):
            found = _TOKEN.match(text, position)
            if found is None:
                raise FormulaError(f"{line!r}: can't be read from position {position}")
            if found[3] is not None:
                self.words.add(len(self.symbols))
            self.symbols.append(next(group for group in found.groups() if group is not None))
            position = found.end()
        self.at = 0

    @property
    def upcoming(self) -> str | None:
        """What comes next; None at the end."""
        return self.symbols[self.at] if self.at < len(self.symbols) else None

    @property
    def _is_word(self) -> bool:
        return self.at in self.words

    def _take(self, expected: str | None = None) -> str:
        symbol = self.upcoming
        if symbol is None or (expected is not None and symbol != expected):
            raise FormulaError(f"{self.line!r}: {expected or 'something'!r} is missing at the {self.at + 1}th symbol")
        self.at += 1
        return symbol

    def relation(self) -> str:
        """Sums joined by relations and commas."""
        parts = [self._sum()]
        while self.upcoming in RELATIONS and not self._is_word:
            parts.append(_leaf("mo", RELATIONS[self._take()]))
            parts.append(self._sum())
        return _row(parts)

    def _sum(self) -> str:
        parts = [] if self.upcoming not in ("+", "-") else [_leaf("mo", self._sign())]
        parts.append(self._fraction())
        while self.upcoming in ("+", "-") and not self._is_word:
            parts.append(_leaf("mo", self._sign()))
            parts.append(self._fraction())
        return _row(parts)

    def _sign(self) -> str:
        return "−" if self._take() == "-" else "+"

    def _fraction(self) -> str:
        upper = self._product()
        while self.upcoming == "/":
            self._take()
            lower = self._product()
            upper = _Piece(f"<mfrac>{upper.grouped or upper.markup}{lower.grouped or lower.markup}</mfrac>")
        return upper.markup

    def _product(self) -> _Piece:
        pieces = [self._scripted()]
        while self.upcoming is not None and (self.upcoming == "*" or self._starts_factor()):
            if self.upcoming == "*":
                self._take()
                pieces.append(_Piece(_leaf("mo", "·")))
            pieces.append(self._scripted())
        return pieces[0] if len(pieces) == 1 else _Piece(_row([piece.markup for piece in pieces]))

    def _starts_factor(self) -> bool:
        symbol = self.upcoming or ""
        return self._is_word or symbol == "(" or (symbol[:1].isalnum() and symbol not in RELATIONS)

    def _scripted(self) -> _Piece:
        base = self._factor()
        is_sum = base.markup == _leaf("mo", "∑")
        scripts: dict[str, str] = {}
        while self.upcoming in ("_", "^") and not self._is_word:
            kind = self._take()
            script = _Piece(_leaf("mo", self._sign())) if self.upcoming in ("+", "-") else self._factor(in_script=True)
            scripts[kind] = script.grouped or script.markup
        if self.upcoming == "!":
            return _Piece(_row([base.markup, _leaf("mo", self._take())]))
        if not scripts:
            return base
        if is_sum:
            under = scripts.get("_", "")
            over = scripts.get("^")
            return _Piece(
                f"<munder>{base.markup}{under}</munder>"
                if over is None
                else f"<munderover>{base.markup}{under}{over}</munderover>"
            )
        if len(scripts) == 2:
            return _Piece(f"<msubsup>{base.markup}{scripts['_']}{scripts['^']}</msubsup>")
        tag = "msub" if "_" in scripts else "msup"
        return _Piece(f"<{tag}>{base.markup}{''.join(scripts.values())}</{tag}>")

    def _factor(self, *, in_script: bool = False) -> _Piece:
        if self._is_word:
            return _Piece(_leaf("mtext", f"\u00a0{self._take()}\u00a0"))
        symbol = self._take()
        if symbol == "(":
            inner = self.relation()
            self._take(")")
            return _Piece(_row([_leaf("mo", "("), inner, _leaf("mo", ")")]), inner)
        if symbol in DRAWN and self.upcoming == "(":
            self._take("(")
            inner = self.relation()
            self._take(")")
            return _Piece(_drawn(symbol, inner))
        if symbol == "sum":
            return _Piece(_leaf("mo", "∑"))
        if symbol[0].isdigit():
            return _Piece(_leaf("mn", symbol))
        if symbol[0].isalpha():
            return _Piece(_name(symbol, in_script=in_script))
        raise FormulaError(f"{self.line!r}: {symbol!r} is not expected here")


def _name(symbol: str, *, in_script: bool) -> str:
    """A name: a Greek letter or a word; in a script up to two indices side by side (``x_ik``, ``v_y1``)."""
    name, prime = symbol.rstrip("'"), "′" * symbol.count("'")
    letters = name.rstrip("0123456789")
    if not in_script or name in GREEK or len(name) != 2:
        return _leaf("mi", GREEK.get(name, name) + prime)
    return _row([*(_leaf("mi", letter) for letter in letters), *(_leaf("mn", digit) for digit in name[len(letters) :])])


def _drawn(name: str, inner: str) -> str:
    if name == "sqrt":
        return f"<msqrt>{inner}</msqrt>"
    if name == "abs":
        return _row([_leaf("mo", "|"), inner, _leaf("mo", "|")])
    return f"<mover>{inner}{_leaf('mo', ACCENTS[name])}</mover>"
