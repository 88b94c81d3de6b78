"""The pages of activities and resources: importing the other files gives them their routes."""

from __future__ import annotations

from care.web.continuity import activities, dependencies, endings, imports, resources, sample
from care.web.continuity.blueprint import pages

__all__ = ["activities", "dependencies", "endings", "imports", "pages", "resources", "sample"]
