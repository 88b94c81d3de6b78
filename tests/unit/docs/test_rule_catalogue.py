"""The page of rules is the one its generator writes."""

from tools.rule_catalogue import PAGE, page


def test_the_page_of_rules_is_current() -> None:
    """Run `.venv/bin/python -m tools.rule_catalogue` after a change of rules."""
    assert PAGE.read_text("utf-8") == page(), "run: .venv/bin/python -m tools.rule_catalogue"
