"""A plain dump is read order by order, whatever it quotes; what psql would obey is never an order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.restore import sql_script
from scanners.restore.sql_script import Script


def read(text: str) -> list[tuple[str, str, list[str]]]:
    """Sort, order and copied lines of each order."""
    script = Script(iter(text.encode().splitlines(keepends=True)))
    found = []
    for order in script.orders():
        rows = [row.decode() for row in script.copied()] if order.sort == "copy" else []
        found.append((order.sort, order.sql.decode().strip(), rows))
    return found


@pytest.mark.parametrize(
    "order",
    [
        "SELECT 1;",
        "INSERT INTO t VALUES ('a;b', 'l''or');",
        "INSERT INTO t VALUES ('deux\nlignes; ici');",
        "INSERT INTO t VALUES (E'a\\';b');",
        "INSERT INTO t VALUES ('antislash\\');",
        'CREATE TABLE "x;y" (i int);',
        "CREATE FUNCTION f() RETURNS int AS $$ begin; 'é end; $$ LANGUAGE plpgsql;",
        "CREATE FUNCTION f() RETURNS int AS $_x1$ a $$ ; $$\n b; $_x1$ LANGUAGE plpgsql;",
        "SELECT 1 /* ; /* ; */ ; */ ;",
        "SELECT 1 -- ; ' \n ;",
    ],
)
def test_an_order_ends_where_the_server_ends_it(order: str) -> None:
    assert read(f"-- Name: x; Type: TABLE\n\n{order}\nSELECT 2;\n") == [
        ("order", order, []),
        ("order", "SELECT 2;", []),
    ]


def test_the_lines_of_a_copy_are_its_own() -> None:
    text = "COPY public.t (a, b) FROM stdin;\n1\tx;y'z\n\\N\t\\\\!\n\\.\n\nSELECT 1;\n"
    copied = ["1\tx;y'z\n", "\\N\t\\\\!\n"]
    assert read(text) == [("copy", "COPY public.t (a, b) FROM stdin;", copied), ("order", "SELECT 1;", [])]


@pytest.mark.parametrize(
    "line", ["\\! touch /tmp/x", "\\copy t from program 'id'", "\\o |sh", "\\i /etc/passwd", "\\c x"]
)
def test_what_psql_would_obey_is_told_and_not_obeyed(line: str) -> None:
    assert read(f"{line}\nSELECT 1;\n") == [("obeyed_by_psql", "", []), ("order", "SELECT 1;", [])]


@pytest.mark.parametrize("line", ["\\restrict abc", "\\unrestrict abc"])
def test_marks_of_recent_dumps_are_left_out(line: str) -> None:
    assert read(f"{line}\n") == [("left_out", "", [])]


@pytest.mark.parametrize(
    "order",
    [
        "ALTER TABLE public.t OWNER TO dpi;",
        "GRANT SELECT ON t TO x;",
        "REVOKE ALL ON t FROM x;",
        "COMMENT ON EXTENSION hstore IS 'x';",
        "CREATE SCHEMA public;",
        "CREATE ROLE dpi;",
        "ALTER DEFAULT PRIVILEGES FOR ROLE a GRANT SELECT ON TABLES TO b;",
    ],
)
def test_owners_and_rights_are_left_out(order: str) -> None:
    assert read(f"{order}\n") == [("left_out", "", [])]


def test_a_table_is_never_left_out_for_its_words() -> None:
    assert [sort for sort, _sql, _rows in read("INSERT INTO t VALUES ('ALTER TABLE x OWNER TO y');\n")] == ["order"]
    assert [sort for sort, _sql, _rows in read("CREATE TABLE roles (i int);\nCREATE SCHEMA publication;\n")] == [
        "order",
        "order",
    ]


def test_an_endless_order_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_script, "MAX_ORDER_BYTES", 100)
    assert [sort for sort, _sql, _rows in read("SELECT '\n" + "x\n" * 200)] == ["too_long"]


@given(
    st.lists(
        st.sampled_from(["'", '"', "$$", ";", "--", "/*", "*/", "\\", "E'", "\n", "a", "$x$", "COPY t FROM stdin;"])
    )
)
def test_no_script_breaks_the_reader(parts: list[str]) -> None:
    read("".join(parts) + "\n")
