"""Where the deployment's files are, and the tools that check them. Used by the tests beside it; does nothing alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from secondlook.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose"
OBSERVABILITY = DEPLOY / "observability"

SETTINGS = {f"SECONDLOOK_{name.upper()}" for name in Settings.model_fields}
SECRETS = {
    "SECONDLOOK_DATABASE_URL",
    "SECONDLOOK_INTAKE_TOKEN",
    "SECONDLOOK_ENCRYPTION_KEYS",
    "SECONDLOOK_OIDC_CLIENT_SECRET",
}


def run(tool: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a tool that the development requirements install."""
    path = Path(sys.executable).with_name(tool)
    return subprocess.run([path, *arguments], capture_output=True, text=True, timeout=60, check=False)


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Debian's promtool; where it is missing, say so among the warnings and skip."""
    path = shutil.which("promtool")
    if path is None:
        warnings.warn("promtool is missing: alerts are parsed but not tried (Debian's prometheus has it)", stacklevel=2)
        pytest.skip("promtool is missing")
    return subprocess.run([path, *arguments], capture_output=True, text=True, timeout=60, check=False)
