"""The texts: the same in every language, in plain words."""

from __future__ import annotations

import re

import pytest

from reports.words import catalogue, placeholders

LANGUAGES = ("nl", "en")
JARGON = {
    "nl": ["significan", "betrouwbaarheidsinterval", "p-waarde", r"\bn\s*=", "steekproef", "standaardfout", "respons"],
    "en": ["significan", "confidence interval", "p-value", r"\bn\s*=", "standard error", "response rate", "sample"],
}


def test_every_language_has_the_same_keys() -> None:
    assert set(catalogue("nl")) == set(catalogue("en"))


def test_every_language_fills_in_the_same_things() -> None:
    other = catalogue("en")
    different = [key for key, text in catalogue("nl").items() if placeholders(text) != placeholders(other.get(key, ""))]
    assert different == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_uses_the_words_of_statisticians(language: str) -> None:
    """Except the page about the method, which is written for them."""
    pattern = re.compile("|".join(JARGON[language]), re.IGNORECASE)
    texts = {key: text for key, text in catalogue(language).items() if not key.startswith("methods.")}
    assert [key for key, text in texts.items() if pattern.search(re.sub(r"{.*?}", "", text))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_holds_markup_or_a_hyphen_where_a_minus_or_dash_belongs(language: str) -> None:
    assert [key for key, text in catalogue(language).items() if re.search(r"[<>]| - |--|\s\s", text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_short(language: str) -> None:
    sentences = [s for text in catalogue(language).values() for s in re.split(r"(?<=[.?!:;])\s", text)]
    assert [s for s in sentences if len(s.split()) > 22] == []


def test_what_may_be_chance_says_so() -> None:
    for language, word in (("nl", "toeval"), ("en", "chance")):
        texts = catalogue(language)
        maybe = {key: text for key, text in texts.items() if "maybe" in key.rsplit(".", 1)[-1]}
        assert maybe
        assert [key for key, text in maybe.items() if word not in text] == []
