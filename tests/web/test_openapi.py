"""The OpenAPI document: valid, complete, and every operation called as it says."""

from __future__ import annotations

import json

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from circus import commands
from circus.web.openapi import document


@pytest.fixture(scope="module")
def whole():
    return json.loads(json.dumps(document()))


def operations(whole):
    return [
        (path, method, one) for path, each in whole["paths"].items() for method, one in each.items()
    ]


def test_it_is_valid(whole):
    OpenAPIV31SpecValidator(whole).validate()


def test_every_command_is_in_it_but_what_a_client_does_itself(whole):
    found = {path.rpartition("/")[2] for path in whole["paths"]}
    assert commands.get_commands().keys() - found == {"listen"}


def test_a_verb_that_reads_is_got_and_any_other_posted(whole):
    for path, method, _ in operations(whole):
        verb = commands.get_commands().get(path.rpartition("/")[2])
        if verb is not None:
            assert method == ("get" if verb.reads else "post")


def test_arguments_and_descriptions_are_those_of_the_declarations(whole):
    tail = whole["paths"]["/api/watchers/{name}/tail"]["get"]
    assert tail["summary"] == commands.find("tail").title
    assert tail["description"] == commands.find("tail").about
    lines = next(one for one in tail["parameters"] if one["name"] == "lines")
    assert lines["schema"] == {"type": "integer", "default": 10}
    stop = whole["paths"]["/api/watchers/{name}/stop"]["post"]
    schema = stop["requestBody"]["content"]["application/json"]["schema"]
    assert {*schema["properties"]} == {"match", "waiting"}


def test_every_operation_has_a_name_of_its_own_and_says_what_may_go_wrong(whole):
    names = [one["operationId"] for _, _, one in operations(whole) if "operationId" in one]
    assert len(names) == len(set(names))
    for _, _, one in operations(whole):
        assert {"200", "401", "403"} <= one["responses"].keys()


def test_it_is_served_with_the_name_of_the_cookie(site):
    served = json.loads(json.dumps(document(site.session().partition("=")[0])))
    assert site.ask("GET", "/api/openapi.json").json == served
