"""A person is erased: from every byte of the home, from the next release, and for good."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from assets.privacy.keys import key_file

from .command import Done, politiemonitor
from .small_police import AS_OF, MONTHS, SPEAKER, STORY, contacts

NUMBER = f"{MONTHS[0].replace('-', '')}{SPEAKER:05d}"
CONTACT, PERSON, RESPONSE = f"c{NUMBER}", f"p{NUMBER}", f"r{NUMBER}"
FILES = (f"contacts_{MONTHS[0]}.csv", f"responses_{MONTHS[0]}.csv")
TOLD = f"{STORY} {MONTHS[0]}"
WORDS = (CONTACT, PERSON, RESPONSE)


@dataclass
class Story:
    """What happened, step by step."""

    home: Path
    pseudonyms: tuple[str, str]
    untouched: bool
    rehearsed: Done
    erased: Done
    traces: list[str]
    accounts: pd.DataFrame
    before: dict[str, str]
    after: dict[str, str]
    estimates_before: pd.DataFrame
    estimates_after: pd.DataFrame
    again: Done


@pytest.fixture(scope="module")
def story(clean_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("erase")
    home = folder / "home"
    shutil.copytree(clean_home, home, symlinks=True)
    keys = key_file(clean_home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POLITIEMONITOR_KEY_FILE", str(folder / "keys.json"))
        shutil.copy2(keys, folder / "keys.json")
        yield told(home, clean_home)


def told(home: Path, clean_home: Path) -> Story:
    pseudonyms = pseudonyms_of_the_person(home)
    files = [digests(home / folder) for folder in ("inbox", "warehouse")]
    rehearsed = politiemonitor("erase", RESPONSE, "--home", home, "--dry-run", "--json", kept_runs=True)
    untouched = [digests(home / folder) for folder in ("inbox", "warehouse")] == files
    erased = politiemonitor("erase", RESPONSE, "--home", home, "--json", kept_runs=True)
    traces = find(home, (*WORDS, TOLD, *pseudonyms))
    run(home)
    accounts = deliveries(home)
    after, estimates_after = digests(home / "releases/current"), estimates(home)
    # The same files once more, and another key: nothing that is published may notice.
    for name in FILES:
        shutil.copyfile(clean_home / "inbox" / name, home / "inbox" / name)
    assert politiemonitor("key", "rotate", "--home", home).code == 0
    again = politiemonitor("run", "--home", home, "--as-of", AS_OF, "--json", kept_runs=True)
    return Story(
        home, pseudonyms, untouched, rehearsed, erased, traces, accounts,
        digests(clean_home / "releases/current"), after, estimates(clean_home), estimates_after, again,
    )  # fmt: skip


def run(home: Path) -> None:
    done = politiemonitor("run", "--home", home, "--as-of", AS_OF, kept_runs=True)
    assert done.code == 0, done.err


def pseudonyms_of_the_person(home: Path) -> tuple[str, str]:
    rows = query(
        home,
        "select r.response_id, r.contact_id from staging.responses as r "
        f"inner join raw.deliveries as d on r.delivery_id = d.delivery_id "
        f"where d.file_name = '{FILES[1]}' and r.row_number = {SPEAKER + 1}",
    )
    ((response, contact),) = rows
    return str(response), str(contact)


def query(home: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home / "warehouse/warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def digests(folder: Path) -> dict[str, str]:
    folder = folder.resolve()
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def estimates(home: Path) -> pd.DataFrame:
    return pd.read_parquet(home / "releases/current/tables/estimates.parquet").set_index("figure_id")


def deliveries(home: Path) -> pd.DataFrame:
    return pd.read_parquet(home / "releases/current/tables/deliveries.parquet").set_index("file_name")


def find(home: Path, words: tuple[str, ...]) -> list[str]:
    """Where any of these words can be read: in bytes, in Parquet as it is read, in every table of the database."""
    found = []
    for path in sorted(home.rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes()
        texts = [content]
        if path.suffix == ".parquet":
            texts.append(str(pq.read_table(path).to_pylist()).encode())
            texts.append(str(pq.read_schema(path).metadata).encode())
        if path.suffix == ".duckdb":
            tables = query(home, "select schema_name || '.\"' || table_name || '\"' from duckdb_tables()")
            texts += [str(query(home, f"select * from {table}")).encode() for (table,) in tables]
        found += [f"{path.name}: {word}" for word in words if any(word.encode() in text for text in texts)]
    return found


def test_the_search_of_these_tests_finds_the_person_where_nobody_erased_anything(clean_home: Path) -> None:
    found = {line.split(": ")[1] for line in find(clean_home, (*WORDS, TOLD, *pseudonyms_of_the_person(clean_home)))}
    assert found == {*WORDS, TOLD, *pseudonyms_of_the_person(clean_home)}


def test_a_dry_run_says_what_would_go_and_touches_nothing(story: Story) -> None:
    assert story.rehearsed.code == 0 and story.untouched
    told = story.rehearsed.record
    assert (told["done"], told["rows"], told["contacts"], told["responses"]) == (False, 2, 1, 1)
    assert told["files"] == dict.fromkeys(FILES, 1)
    assert told["inbox"] == list(FILES)


def test_the_output_repeats_no_id(story: Story) -> None:
    said = story.rehearsed.out + story.rehearsed.err + story.erased.out + story.erased.err
    assert not [word for word in WORDS if word in said]


def test_no_byte_of_the_home_holds_the_person_any_more(story: Story) -> None:
    assert story.erased.code == 0, story.erased.err
    assert story.traces == []


def test_every_row_is_still_accounted_for(story: Story) -> None:
    accounts = story.accounts
    parts = accounts[["rows_accepted", "rows_superseded", "rows_quarantined", "rows_erased"]].sum(axis=1)
    assert (accounts.rows_read == parts).all()
    assert accounts.rows_erased.to_dict() == {name: int(name in FILES) for name in accounts.index}


def test_the_next_release_differs_where_the_person_counted_and_only_there(story: Story) -> None:
    before, after = (frame[frame.n.notna()].n for frame in (story.estimates_before, story.estimates_after))
    both = before.to_frame("before").join(after.rename("after"), how="outer")
    changed = set(both[both.before != both.after].index)
    listed = pd.read_csv(story.erased.record["figures_file"], dtype=str).to_dict("records")
    assert len(listed) == story.erased.record["figures"] == len({row["figure_id"] for row in listed}) > 50
    assert changed == {row["figure_id"] for row in listed}
    assert (both.before - both.after).dropna().isin([0, 1]).all()
    assert not [word for word in (*WORDS, *story.pseudonyms) if word in str(listed)]
    assert {row["area_code"] for row in listed} == {"NL", *areas_of_the_person()}


def areas_of_the_person() -> set[str]:
    team = contacts(MONTHS[0]).team[SPEAKER]
    return {team, team[:7], team[:4]}


def test_the_old_release_stays_as_it_was(story: Story) -> None:
    (release,) = story.erased.record["releases"]
    told = politiemonitor("verify", release, "--home", story.home)
    assert told.code == 0, told.out
    assert {name for name in story.before if story.before[name] != story.after.get(name)} >= {"manifest.json"}


def test_neither_the_same_files_nor_another_key_bring_the_person_back(story: Story) -> None:
    assert story.again.code == 0, story.again.err
    assert story.again.record["work_done"] == "nothing had changed"
    assert digests(story.home / "releases/current") == story.after
    assert deliveries(story.home).equals(story.accounts)
    assert len(find(story.home / "inbox", WORDS)) == 4, "the files were delivered again, with the person in them"
    assert find(story.home / "warehouse" / "raw", WORDS) == []
    still = query(story.home, f"select count(*) from staging.contacts where contact_id = '{story.pseudonyms[1]}'")
    assert still == [(0,)]


def test_another_key_gives_other_pseudonyms(story: Story, clean_home: Path) -> None:
    sql = "select contact_id from staging.contacts union all select person_id from staging.contacts"
    one, other = set(query(story.home, sql)), set(query(clean_home, sql))
    assert len(one) > 500 and not one & other


def test_an_unknown_id_is_told_in_words(story: Story) -> None:
    done = politiemonitor("erase", CONTACT, "--home", story.home)
    assert done.code == 1 and "nothing to erase" in done.err
    assert politiemonitor("erase", CONTACT, "--home", story.home / "nowhere").code == 2


def test_without_its_key_file_a_home_runs_nothing(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLITIEMONITOR_KEY_FILE", str(story.home.parent / "lost.json"))
    for command in (("run",), ("erase", CONTACT)):
        done = politiemonitor(*command, "--home", story.home)
        assert done.code == 2 and "lost.json" in done.err and "key rotate" in done.err
    refused = politiemonitor("key", "rotate", "--home", story.home)
    assert refused.code == 2 and "--forget-tombstones" in refused.err
    assert not (story.home.parent / "lost.json").exists()


def test_showing_keys_shows_no_key(story: Story) -> None:
    shown = politiemonitor("key", "show", "--home", story.home, "--json")
    secrets = Path(shown.record["file"]).read_text("utf-8")
    assert shown.record["tombstone"]["age_days"] == 0
    for line in secrets.splitlines():
        if '"key"' in line:
            assert line.split('"')[3] not in shown.out
