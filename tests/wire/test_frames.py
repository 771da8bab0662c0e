from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circus.spec.model import DaemonSpec
from circus.wire import frames


def parse(**request):
    return frames.parse(json.dumps(request).encode())


def refused(raw):
    with pytest.raises(frames.RequestError) as caught:
        frames.parse(raw)
    return caught.value


def test_a_request_keeps_its_properties_and_its_id_whatever_json_that_is():
    for name in ("5d41", 7, None, ["a", {"b": 1}], 1.5):
        asked = parse(command="incr", properties={"nb": 2}, id=name)
        assert asked == frames.Request("incr", {"nb": 2}, name)


def test_a_command_is_known_in_any_case():
    assert parse(command="NumWatchers").command == "numwatchers"


@pytest.mark.parametrize("empty", [{}, [], None, "", 0])
def test_empty_properties_of_any_type_are_none(empty):
    assert parse(command="list", properties=empty).properties == {}


def test_only_msg_type_cast_makes_a_cast():
    assert parse(command="list", msg_type="cast").is_cast
    assert not parse(command="list", msg_type="call").is_cast
    assert not parse(command="list", msg_type=["cast"]).is_cast


def test_waiting_counts_in_both_places_by_its_truth():
    assert parse(command="quit", properties={"waiting": "yes"}).waiting
    assert parse(command="quit", waiting=True).waiting
    assert parse(command="quit", properties={"waiting": False}, waiting=1).waiting
    assert not parse(command="quit", properties={"waiting": 0}).waiting


@pytest.mark.parametrize(
    ("raw", "errno", "reason"),
    [
        (b"", 1, "json invalid"),
        (b" \n", 1, "json invalid"),
        (b"{", 1, "json invalid"),
        (b"\xff\xfe{\x00}\x00", 1, "json invalid"),
        (b'{"command": "list", "id": NaN}', 1, "json invalid"),
        (b"[" * 100_000, 1, "json invalid"),
        (b"[1]", 1, "json invalid: a request is an object"),
        (b'"status"', 1, "json invalid: a request is an object"),
        (b"7", 1, "json invalid: a request is an object"),
        (b"{}", 3, "message invalid 'command' is missing"),
        (b'{"command": 7}', 2, "unknown command: 7"),
        (b'{"command": null}', 2, "unknown command: None"),
        (b'{"command": "list", "properties": [1]}', 3, "'properties' should be an object"),
        (b'{"command": "list", "properties": "x"}', 3, "'properties' should be an object"),
    ],
)
def test_what_is_no_request_is_refused_with_its_number(raw, errno, reason):
    error = refused(raw).error
    assert (error.errno, str(error)) == (errno, reason)


def test_a_refusal_knows_whom_to_tell():
    bad = refused(b'{"id": 9, "msg_type": "cast"}')
    assert (bad.id, bad.is_cast) == (9, True)


def test_a_request_longer_than_the_limit_is_not_looked_at():
    with pytest.raises(frames.RequestError, match="cannot read a request of 11 bytes: 10 is"):
        frames.parse(b" " * 11, limit=10)
    assert str(refused(b" " * (frames.LIMIT + 1)).error).endswith(f"{frames.LIMIT} is the most")


def test_nesting_is_bounded_so_that_every_answer_can_carry_its_id():
    fits = "[" * (frames.DEPTH - 1) + "]" * (frames.DEPTH - 1)
    asked = frames.parse(f'{{"command": "list", "id": {fits}}}'.encode())
    assert json.loads(frames.pack({}, asked.id))["id"] == json.loads(fits)
    assert "nested deeper" in str(refused(f'{{"command": "list", "id": [{fits}]}}'.encode()))


def test_many_brackets_side_by_side_are_not_deep():
    assert len(parse(command="list", properties={"keys": [[]] * 500}).properties["keys"]) == 500


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
HEADS = st.fixed_dictionaries(
    {}, optional={"command": JSON, "properties": JSON, "id": JSON, "msg_type": JSON}
)


@given(st.binary() | (JSON | HEADS).map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_request_or_refused_and_always_answerable(raw):
    try:
        name, number = frames.parse(raw).id, 1
    except frames.RequestError as bad:
        name, number = bad.id, bad.error.errno
    assert number in {1, 2, 3}
    answer = frames.pack(frames.failure("no", 5, 0.0), name)
    assert json.loads(answer, parse_constant=pytest.fail)["status"] == "error"


@given(JSON.map(lambda inner: {"x": inner, "inf": math.inf, "raw": b"\xff", "all": {1, 2}}))
def test_any_answer_becomes_json_that_every_reader_takes(answer):
    read = json.loads(frames.pack(answer, "i"), parse_constant=pytest.fail)
    assert (read["id"], read["inf"], read["raw"], read["all"]) == ("i", None, "\ufffd", [1, 2])


def test_an_answer_that_holds_itself_is_cut_off():
    around: dict = {}
    around["again"] = around
    assert b'"..."' in frames.pack(around)


def test_the_fields_of_an_answer_may_replace_the_status():
    assert frames.success({"status": "active"}, 1.5) == {"status": "active", "time": 1.5}


def test_a_list_is_an_answer_of_results_and_anything_else_a_server_error():
    assert frames.success([1], 0.0)["results"] == [1]
    assert frames.success("text", 0.0)["errno"] == 6


def test_a_failure_has_the_fields_that_clients_know():
    assert frames.failure("no", 5, 1.5) == {
        "status": "error",
        "reason": "no",
        "tb": None,
        "time": 1.5,
        "errno": 5,
    }


def test_messages_are_made_as_circus_made_them():
    assert frames.make_message("incr", nb=2) == {"command": "incr", "properties": {"nb": 2}}
    assert frames.cast_message("incr")["msg_type"] == "cast"
    assert json.loads(frames.make_json("list")) == frames.make_message("list")
    assert json.loads(frames.with_id({"command": "x"}, "a")) == {"command": "x", "id": "a"}


def test_a_call_is_a_mapping_not_a_text():
    with pytest.raises(DeprecationWarning, match="takes a mapping"):
        frames.with_id("list", "a")


def test_the_default_endpoint_is_the_configuration_s():
    assert DaemonSpec().endpoint == frames.ENDPOINT
