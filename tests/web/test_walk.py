"""The walk docs/walks/add-a-screen.md, followed literally in a copy of the application."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WALK = (ROOT / "docs/walks/add-a-screen.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", WALK, re.MULTILINE | re.DOTALL)


def hang_in(app: str, change: str) -> str:
    """The application's wiring with the walk's lines in it."""
    added_import, removed, *added = change.splitlines()
    assert app.count(removed[1:] + "\n") == 1
    app = app.replace("from secondlook.web.record import", added_import[1:] + "\nfrom secondlook.web.record import")
    return app.replace(removed[1:] + "\n", "".join(f"{line[1:]}\n" for line in added))


def test_the_walk_leads_to_a_screen_that_passes_its_tests(tmp_path: Path) -> None:
    left_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "secondlook", tmp_path / "secondlook", ignore=left_out)
    shutil.copytree(ROOT / "tests/web", tmp_path / "tests/web", ignore=left_out)
    (tmp_path / "tests/__init__.py").touch()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    folder = tmp_path / "secondlook/web/reasons_list"
    folder.mkdir()
    docstring, routes, test = blocks("python")
    (folder / "__init__.py").write_text(docstring, encoding="utf-8")
    (folder / "routes.py").write_text(routes, encoding="utf-8")
    (folder / "reasons_list.html").write_text(blocks("html")[0], encoding="utf-8")
    (tmp_path / "tests/web/test_reasons_list.py").write_text(test, encoding="utf-8")
    app, listed = tmp_path / "secondlook/web/app.py", tmp_path / "tests/web/route-list.json"
    app.write_text(hang_in(app.read_text(encoding="utf-8"), blocks("diff")[0]), encoding="utf-8")
    listed.write_text(json.dumps(json.loads(listed.read_text()) | json.loads("{" + blocks("json")[0] + "}")))

    asked = ["tests/web/test_reasons_list.py", "tests/web/test_machine.py", "-k", "reasons or address_appears"]
    # Its own folder: pytest shuts its common one to others at each start, and this run's PostgreSQL is one of them.
    command = [sys.executable, "-m", "pytest", "-q", "-W", "ignore", f"--basetemp={tmp_path / 'run'}", *asked]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout
    assert "2 passed" in ran.stdout


def test_the_walk_names_what_there_is() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "secondlook/web").rglob("*.py"))
    for name in ("SignedIn", "Posted", "TheRecord", "OfficeSeen", "take_act"):
        assert f"`{name}" in WALK
        assert re.search(rf"^(async def {name}\(|{name} = )", sources, re.MULTILINE), name
    assert (ROOT / "secondlook/web/templates/_forms.html").exists()
    assert (ROOT / "secondlook/web/templates/_rows.html").exists()
