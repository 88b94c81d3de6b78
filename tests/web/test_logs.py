"""What is written to the log: enough to supervise, nothing of a person, nothing that opens anything."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from care.cli.running import JsonLines
from care.services.said_in_logs import FIELDS, REQUESTS
from tests.support.people import Hospitals
from tests.web.conftest import Browse

PLANTED = (
    "Madame Dupont",
    "dupont@hopital.test",
    "mot de passe secret",
    "Zk3-_Zk3-_Zk3-_Zk3-_Zk3-_Zk3",
    "198.51.100.7",
)


def test_a_journey_leaves_nothing_of_a_person_in_the_log(
    browse: Browse, hospitals: Hospitals, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, logger=REQUESTS)  # a command run before in this process may have quietened it
    person, mail, password, key, address = PLANTED
    stranger = browse("anonymous")
    where = {"REMOTE_ADDR": address}
    stranger.post("/sign-in", data={"login": mail, "password": password}, environ_overrides=where)
    stranger.get(f"/visite/{key}", environ_overrides=where)
    stranger.get(f"/no-such-page/{key}?q={person}", environ_overrides=where)
    ciso = browse("ciso")
    ciso.get(f"/establishments/{hospitals.valley}/findings?q={person}", environ_overrides=where)
    ciso.get(f"/trail?q={mail}", environ_overrides=where)
    lines = [JsonLines().format(record) for record in caplog.records]
    requests = [json.loads(line) for line in lines if json.loads(line)["logger"] == REQUESTS]
    assert {"findings.index", "trail.index", "none"} <= {one["endpoint"] for one in requests}
    assert {one["status"] for one in requests} >= {200, 404}
    for planted in PLANTED:
        assert not [line for line in lines if planted in line], planted


def test_a_line_is_one_json_object_even_with_a_trace() -> None:
    try:
        int("deux\nlignes")
    except ValueError:
        record = logging.LogRecord("care.x", logging.ERROR, "", 0, "échec de %s", ("tâche 3",), sys.exc_info())
    setattr(record, FIELDS, {"job": 3})
    line = JsonLines().format(record)
    assert "\n" not in line
    told = json.loads(line)
    assert (told["level"], told["message"], told["job"]) == ("error", "échec de tâche 3", 3)
    assert "ValueError" in told["trace"]
