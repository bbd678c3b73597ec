"""The audit chain: whatever is done to one row is found, and the row is named."""

import dataclasses
import json
import re
import tracemalloc
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.access.audit import ACTS, GENESIS, Act, AuditRecord, Verdict, link, verify

texts = st.text(max_size=8).filter(lambda text: "@" not in text)
contents = st.tuples(st.integers(), st.sampled_from(sorted(ACTS)), texts, texts, texts)
CONTENT = ("at", "act", "actor", "subject", "detail")


def chain_of(rows):
    entries, last = [], GENESIS
    for seq, row in enumerate(rows, 1):
        entries.append(link(last, seq, *row))
        last = entries[-1].hash
    return entries


def hashed_anew(entry, **changes):
    """The entry, edited by somebody who knows how hashes are made."""
    entry = dataclasses.replace(entry, **changes)
    parts = [entry.previous, entry.seq, entry.at, entry.act, entry.actor, entry.subject, entry.detail]
    spelt = json.dumps(parts, separators=(",", ":"), ensure_ascii=False)
    return dataclasses.replace(entry, hash=sha256(spelt.encode()).hexdigest())


def seven():
    return chain_of((1_000_000 + n, "key.created", "acc_1", f"key{n}", "{}") for n in range(7))


def problem(entries, head=None):
    verdict = verify(entries, head)
    assert not verdict.ok
    return verdict.problem


def first_row_named(text):
    return int(re.match(r"rows? (?:after )?(-?\d+)", text)[1])


chains = st.lists(contents, min_size=1, max_size=8).map(chain_of)


@st.composite
def chain_and_place(draw, least=1):
    entries = draw(st.lists(contents, min_size=least, max_size=8).map(chain_of))
    return entries, draw(st.integers(0, len(entries) - 1))


@given(st.lists(contents, max_size=8).map(chain_of))
def test_a_chain_that_nobody_touched_is_good(entries):
    assert Verdict(True, len(entries), entries[-1].hash if entries else GENESIS, "") == verify(iter(entries))


@given(chain_and_place())
def test_any_head_that_was_kept_is_good_whatever_followed(given_):
    entries, place = given_

    assert verify(entries, entries[place].hash).ok


def test_an_empty_chain_has_the_first_head_and_lacks_any_other():
    assert Verdict(True, 0, GENESIS, "") == verify([], GENESIS)
    assert problem([], "ab" * 32).startswith("rows after 0 are missing")


@given(chain_and_place(), st.sampled_from([*CONTENT, "previous", "hash"]), st.data())
def test_any_edit_of_one_field_is_found_in_its_row(given_, name, data):
    entries, place = given_
    before = getattr(entries[place], name)
    after = data.draw((st.integers() if name == "at" else st.text()).filter(lambda value: value != before))
    entries[place] = dataclasses.replace(entries[place], **{name: after})

    assert f"row {place + 1} was edited: its hash is not that of what it holds" == problem(entries)
    assert (place, entries[place - 1].hash if place else GENESIS) == (verify(entries).count, verify(entries).head)


@given(chain_and_place(), st.integers(-2, 12))
def test_an_edited_number_is_found_in_its_row_read_in_the_order_it_was_written(given_, seq):
    entries, place = given_
    if seq == place + 1:
        return
    entries[place] = dataclasses.replace(entries[place], seq=seq)
    named = problem(entries)

    # A lower number stands where the row should, and both are named; a higher one leaves its own row missing.
    assert (seq if seq <= place else place + 1) == first_row_named(named)
    assert f"row {place + 1} " in named


@given(chain_and_place(least=2), st.sampled_from(CONTENT), st.data())
def test_an_edit_that_is_hashed_anew_is_found_in_its_row_by_what_follows(given_, name, data):
    entries, place = given_
    head = entries[-1].hash
    before = getattr(entries[place], name)
    after = data.draw((st.integers() if name == "at" else st.text()).filter(lambda value: value != before))
    entries[place] = hashed_anew(entries[place], **{name: after})
    named = problem(entries, head)

    if place < len(entries) - 1:
        assert f"row {place + 1} was edited and hashed anew: row {place + 2} follows another" == named
    else:
        assert f"or the end up to row {place + 1} was written anew" in named


def test_an_edit_hashed_anew_before_the_last_row_names_both_when_no_head_was_kept():
    entries = seven()
    entries[5] = hashed_anew(entries[5], subject="other")

    assert "row 7 was edited and hashed anew, or row 6 was: row 7 does not follow it" == problem(entries)


def test_a_first_row_that_follows_something_was_edited():
    entries = seven()
    entries[0] = hashed_anew(entries[0], previous="ab" * 32)

    assert problem(entries).startswith("row 1 was edited and hashed anew")


@given(chain_and_place(least=2))
def test_a_deleted_row_is_missing(given_):
    entries, place = given_
    head = entries[-1].hash
    last = place == len(entries) - 1
    del entries[place]

    if last:
        assert verify(entries).ok  # nothing in the chain can tell: that is what a kept head is for
        assert problem(entries, head).startswith(f"rows after {place} are missing")
    else:
        assert problem(entries).startswith(f"row {place + 1} is missing")


@given(chain_and_place(least=3))
def test_a_deletion_that_is_numbered_anew_is_found_where_the_row_was(given_):
    entries, place = given_
    del entries[place]
    entries = [e if n <= place else dataclasses.replace(e, seq=n) for n, e in enumerate(entries, 1)]

    if place < len(entries):
        assert place + 1 == first_row_named(problem(entries))


def test_a_deletion_that_is_numbered_and_hashed_anew_names_the_row_that_does_not_follow():
    entries = seven()
    del entries[2]
    entries = entries[:2] + [hashed_anew(e, seq=e.seq - 1) for e in entries[2:]]

    assert "row 3 was edited and hashed anew, or row 2 was: row 3 does not follow it" == problem(entries)


@given(st.data())
def test_two_rows_that_changed_places_are_out_of_place(data):
    entries = data.draw(st.lists(contents, min_size=2, max_size=8).map(chain_of))
    i, j = sorted(data.draw(st.lists(st.integers(0, len(entries) - 1), min_size=2, max_size=2, unique=True)))
    entries[i], entries[j] = entries[j], entries[i]

    assert f"row {i + 1} is out of its place: row {j + 1} was put before it" == problem(entries)


@given(chain_and_place(), contents, st.booleans(), st.integers(0, 12))
def test_an_inserted_row_is_found_where_it_stands(given_, row, linked, seq):
    entries, place = given_
    before = entries[place - 1].hash if place else GENESIS
    inserted = link(before if linked else "ab" * 32, max(seq, 1), *row)
    if inserted == entries[place]:
        return
    entries.insert(place, inserted)
    named = problem(entries)

    if inserted.seq > place + 1:
        assert f"row {place + 1} is out of its place: row {inserted.seq} was put before it" == named
    else:
        assert inserted.seq == first_row_named(named)


@given(chain_and_place())
def test_a_row_that_stands_twice_is_named(given_):
    entries, place = given_
    entries.append(entries[place])

    assert problem(entries).startswith(f"row {place + 1} stands where row {len(entries)} should: it was inserted")


@given(chain_and_place())
def test_an_end_that_was_cut_off_is_told_by_the_head_that_was_kept(given_):
    entries, place = given_
    cut = entries[:place]

    assert verify(cut).ok
    assert f"rows after {place} are missing" in problem(cut, entries[-1].hash)
    assert entries[-1].hash in problem(cut, entries[-1].hash)


def test_a_beginning_that_was_cut_off_is_missing():
    assert "row 1 is missing: the chain begins with row 4" == problem(seven()[3:])


def test_an_end_that_was_written_anew_is_told_by_the_head():
    entries = seven()
    head = entries[-1].hash
    anew = chain_of((e.at, e.act, "acc_2" if e.seq > 4 else e.actor, e.subject, e.detail) for e in entries)

    assert verify(anew).ok
    assert "or the end up to row 7 was written anew" in problem(anew, head)


@pytest.mark.parametrize("head", ["", "abc", "AB" * 32, GENESIS + "0", "é" * 64, GENESIS + "\n"])
def test_a_head_that_is_none_is_refused_and_not_taken_for_a_cut(head):
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        verify(seven(), head)


def test_the_encoding_is_a_json_array_and_its_hash_can_be_made_elsewhere():
    entry = link(GENESIS, 1, 1_700_000_000_000_000, "key.revoked", "operator", "é", '{"a":1}')
    spelt = f'["{GENESIS}",1,1700000000000000,"key.revoked","operator","é","{{\\"a\\":1}}"]'

    assert sha256(spelt.encode()).hexdigest() == entry.hash
    assert (
        AuditRecord(1, 1_700_000_000_000_000, "key.revoked", "operator", "é", '{"a":1}', GENESIS, entry.hash) == entry
    )


@given(contents, contents)
def test_two_entries_that_differ_have_two_hashes(one, other):
    assert (one == other) == (link(GENESIS, 1, *one).hash == link(GENESIS, 1, *other).hash)


def test_texts_cannot_flow_into_one_another_nor_surrogates_into_a_letter():
    def hash_of(actor, subject):
        return link(GENESIS, 1, 0, "key.created", actor, subject, "{}").hash

    different = [
        ("ab", "c"),
        ("a", "bc"),
        ('a","b', "c"),
        ("\U0001f600", ""),
        ("\ud83d\ude00", ""),
        ("1", ""),
        ("", "1"),
    ]
    assert len(different) == len({hash_of(*pair) for pair in different})


@pytest.mark.parametrize("previous", ["", "ab", "AB" * 32, "z" * 64])
def test_nothing_is_linked_to_what_is_no_hash(previous):
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        link(previous, 1, 0, "key.created", "a", "b", "{}")


def test_numbers_begin_at_one():
    with pytest.raises(ValueError, match="count from 1"):
        link(GENESIS, 0, 0, "key.created", "a", "b", "{}")


def test_a_long_chain_is_read_in_constant_memory():
    def rows():
        last = GENESIS
        for seq in range(1, 20_001):
            entry = link(last, seq, seq, "login.refused", "anonymous", "acc_1", "{}")
            last = entry.hash
            yield entry

    tracemalloc.start()
    try:
        verdict = verify(rows(), "ab" * 32)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert 20_000 == verdict.count
    assert peak < 100_000


def test_an_act_is_what_the_table_has_and_says_its_detail_as_json():
    act = Act("key.changed", "acc_1", "k1", {"changed": ["rights", "label"], "b": None, "a": True, "n": 3, "t": "é"})

    assert {"a": True, "b": None, "changed": ["rights", "label"], "n": 3, "t": "é"} == json.loads(act.detail_text)
    assert '{"a":true,"b":null,"changed":["rights","label"],"n":3,"t":"é"}' == act.detail_text
    assert "{}" == Act("backup.made", "operator", "backup").detail_text


def test_an_unknown_act_is_refused():
    with pytest.raises(ValueError, match=r"'key\.eaten' is no act"):
        Act("key.eaten", "operator", "k1")


@pytest.mark.parametrize("value", [1.5, {"a": 1}, ["a", 1], [None], [["a"]], b"x", ("a",)])
def test_a_detail_of_another_type_is_refused(value):
    with pytest.raises(ValueError, match="'x' should be text, a whole number"):
        Act("key.changed", "operator", "k1", {"x": value})


@pytest.mark.parametrize("name", ["actor", "subject", "detail"])
def test_an_e_mail_is_never_linked_and_not_repeated(name):
    parts = {"actor": "operator", "subject": "acc_1", "detail": "{}", name: '{"to":"ada@example.org"}'}

    with pytest.raises(ValueError, match=f"the {name} of an entry looks like an e-mail") as refused:
        link(GENESIS, 1, 0, "account.changed", **parts)
    assert "ada" not in str(refused.value)


def test_an_act_and_an_entry_are_frozen_and_keep_their_own_copy():
    changed = ["rights"]
    detail = {"changed": changed}
    act = Act("account.changed", "operator", "acc_1", detail)
    changed.append("plan")
    detail["more"] = 1

    assert '{"changed":["rights"]}' == act.detail_text
    for frozen in (act, seven()[0]):
        with pytest.raises(dataclasses.FrozenInstanceError):
            frozen.actor = "somebody"


def test_every_act_has_a_dotted_name_and_one_line_of_english():
    for act, meaning in ACTS.items():
        assert re.fullmatch(r"[a-z]+\.[a-z]+", act)
        assert meaning[0].isupper()
        assert "\n" not in meaning
    assert 22 == len(ACTS)
