"""No code of ours does what it has no reason for: rules on its syntax, each exception written down, none left over."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.architecture.safe_code import ROOT, read, read_template, sources, template_uses, templates, uses
from tests.architecture.safe_code_exceptions import EXCEPTIONS

SHORTEST_REASON = 20


def test_every_dangerous_use_is_an_exception_with_its_reason_and_no_exception_is_left_over() -> None:
    found = set().union(*map(uses, sources()), *map(template_uses, templates()))
    assert sorted(found - EXCEPTIONS.keys()) == [], "say why in safe_code_exceptions, or do otherwise"
    assert sorted(EXCEPTIONS.keys() - found) == [], "nothing does this any more"
    assert [place for place, reason in EXCEPTIONS.items() if len(reason) < SHORTEST_REASON] == []


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("text-as-code", "eval(x)"),
        ("text-as-code", "from os import system as s\ns('ls')"),
        ("text-as-code", "import subprocess as p\np.run(x, shell=True)"),
        ("text-as-code", "run(x, shell=flag)"),
        ("text-as-code", "import tempfile\ntempfile.mktemp()"),
        ("text-as-code", "import yaml\nyaml.unsafe_load(x)"),
        ("text-as-code", "from flask import render_template_string as r\nr(x)"),
        ("objects-as-code", "import pickle"),
        ("objects-as-code", "from marshal import loads"),
        ("objects-as-code", "import yaml\nl = yaml.UnsafeLoader"),
        ("yaml-load", "import yaml\nyaml.load(x, Loader=L)"),
        ("archive-unpacked", "archive.extractall(folder)"),
        ("xml", "import xml.etree.ElementTree as ET"),
        ("xml", "from lxml import etree"),
        ("xml-read-unfenced", "from xml.etree import ElementTree as ET\nET.fromstring(x)"),
        ("process", "from subprocess import run"),
        ("network", "import urllib.request"),
        ("network", "from http import client"),
        ("random", "from random import choice"),
        ("weak-hash", "import hashlib\nhashlib.md5(x)"),
        ("weak-hash", "from hashlib import sha1\nsha1(x)"),
        ("weak-hash", "import hashlib\nhashlib.new(name)"),
        ("unverified", "get(x, verify=False)"),
        ("unverified", "import ssl\nc.verify_mode = ssl.CERT_NONE"),
        ("unverified", "context.check_hostname = False"),
        ("unverified", "import paramiko\nc.set_missing_host_key_policy(paramiko.AutoAddPolicy())"),
        ("every-address", "s.bind(('', 1)); serve(app, host='0.0.0.0')"),
        ("unescaped", "from markupsafe import Markup\nMarkup(x)"),
        ("unescaped", "Environment(autoescape=False)"),
        ("built-sql", "from sqlalchemy import text\ntext(f'SELECT {x}')"),
        ("built-sql", "import sqlalchemy as sa\nsa.text('SELECT ' + x)"),
        ("computed-import", "import importlib\nimportlib.import_module(name)"),
        ("assert", "assert allowed"),
    ],
)
def test_each_rule_sees_what_it_is_for(rule: str, code: str) -> None:
    assert rule in read(code)


@pytest.mark.parametrize(
    "code",
    [
        "import re\nre.compile('a')",
        "import yaml\nyaml.safe_load(x)",
        "from xml.etree.ElementTree import Element, ParseError",
        "from defusedxml.ElementTree import fromstring\nfromstring(x)",
        "import hashlib\nhashlib.sha256(x)",
        "from sqlalchemy import text\ntext('SELECT 1')",
        "def evaluate(text):\n    return text(f'{x}')",
        "run(x, shell=False)",
    ],
)
def test_no_rule_accuses_what_is_right(code: str) -> None:
    assert read(code) == set()


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("unescaped", "<p>{{ said | safe }}</p>"),
        ("unescaped", "{% autoescape false %}x{% endautoescape %}"),
        ("inline-code", "<script>go()</script>"),
        ("inline-code", '<p class="a" onclick="go()">x</p>'),
        ("inline-code", "<p\n style='color: red'>x</p>"),
        ("inline-code", '<a href="javascript:go()">x</a>'),
        ("inline-code", "<style>p { }</style>"),
        ("inline-code", '<button hx-on:click="go()">x</button>'),
    ],
)
def test_each_rule_of_templates_sees_what_it_is_for(rule: str, text: str) -> None:
    assert rule in set(read_template(text))


def test_a_template_that_says_these_words_is_right() -> None:
    said = '{{ safe }} <script src="{{ a }}" defer></script><p title="on=1 style=2">style="x" onclick="y"</p>'
    assert list(read_template(said)) == []


def test_what_ruff_is_told_to_let_through_says_why() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sources()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(r"# noqa: (?:[A-Z]+[0-9]+, *)*S[0-9]{3}", line)
        and not re.search(r"# noqa: [A-Z0-9, ]+ - .{4}", line)
    ]
    assert silent == []
    assert [path for path in sources() if re.search(r"# (ruff|flake8): noqa", path.read_text("utf-8"))] == []


def test_ruff_holds_the_rules_of_bandit_and_its_exceptions_say_why() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    lint = tomllib.loads(text)["tool"]["ruff"]["lint"]
    assert "S" in lint["select"]
    assert not [rule for rule in lint["ignore"] if re.fullmatch(r"S[0-9]*", rule)]
    block = text.partition("[tool.ruff.lint.per-file-ignores]")[2].partition("\n[")[0]
    assert [line for line in block.splitlines() if re.search(r'"S[0-9]{3}"', line) and "  # " not in line] == []
