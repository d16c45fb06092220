"""axe over a page: what a person who sees, hears or moves badly would stumble over."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = ("serious", "critical")
_QUICK = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}


def stumbles(page: Page) -> list[str]:
    """What is serious or critical on the page as it stands: rule, place and reason; empty when all is well."""
    page.wait_for_load_state()
    found = Axe().run(page, options=_QUICK).response["violations"]
    return [
        f"{page.url} {each['id']}: {node['target']} {(node.get('failureSummary') or '').splitlines()[-1:]}"
        for each in found
        if each["impact"] in GRAVE
        for node in each["nodes"][:3]
    ]
