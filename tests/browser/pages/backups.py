"""The pages of backups."""

from __future__ import annotations

from care.services.backups.reading import open_system, read_board, read_steps
from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.support.backups import plant_plan, plant_repository, plant_tie
from tests.support.people import MACHINE


def known(site: Site) -> dict[str, object]:
    assert site.hospitals is not None
    board = read_board(site.platform, MACHINE, site.hospitals.valley)
    numbers = {one.name: one.id for one in board.lines}
    steps = read_steps(site.platform, MACHINE, site.hospitals.valley)
    far = read_board(site.platform, MACHINE, site.hospitals.far)
    return {
        "read": next(one.id for one in far.lines if one.name == "DPI"),
        "backed": numbers["DPI"],
        "exposed": numbers["Laboratoire"],
        "ended": board.ended[0][0],
        "copy": open_system(site.platform, MACHINE, numbers["DPI"]).copies[0].id,
        "late_step": steps[0].id,
        "tie": plant_tie(site.platform, site.hospitals.valley, numbers["DPI"]),
        "repository": plant_repository(site.platform, site.hospitals.valley),
        "plan": plant_plan(site.platform, site.hospitals.valley, "Plan à reprendre"),
    }


SUBJECT = Subject(
    known,
    visits(
        "ciso",
        backups="{valley}/backups",
        backups_found="{valley}/backups?q=labo",
        backup_system="{valley}/backups/systems/{backed}",
        backup_system_exposed="{valley}/backups/systems/{exposed}",
        backup_system_over="{valley}/backups/systems/{ended}",
        backup_system_new="{valley}/backups/systems/new",
        backup_system_edit="{valley}/backups/systems/{backed}/edit",
        backup_copy_new="{valley}/backups/copies/new?system={backed}",
        backup_copy_edit="{valley}/backups/copies/{copy}/edit",
        backup_systems_import="{valley}/backups/systems/import",
        backup_copies_import="{valley}/backups/copies/import",
        backup_steps_import="{valley}/backups/steps/import",
        backup_steps="{valley}/backups/steps",
        backup_step="{valley}/backups/steps/{late_step}",
        backup_step_new="{valley}/backups/steps/new",
        backup_repositories="{valley}/backups/repositories",
        backup_repository_new="{valley}/backups/repositories/new",
        backup_repository="{valley}/backups/repositories/{repository}",
        backup_statements="{valley}/backups/statements",
        backup_ties="{valley}/backups/jobs",
        backup_tie_new="{valley}/backups/jobs/new",
        backup_tie="{valley}/backups/jobs/{tie}",
        backup_plan="{valley}/backups/plan/{plan}",
    )
    | visits(
        "director",
        read_backups="{valley}/backups",
        read_backup_system="{valley}/backups/systems/{backed}",
        read_backup_statements="{valley}/backups/statements",
        read_backup_tie="{valley}/backups/jobs/{tie}",
        read_backup_repository="{valley}/backups/repositories/{repository}",
        read_backup_step="{valley}/backups/steps/{late_step}",
    )
    | visits("stranger", backups_year="{far}/backups", backup_system_read="{far}/backups/systems/{read}")
    | visits("administrator", no_backup="{hill}/backups"),
)
