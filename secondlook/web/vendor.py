"""Copies the USWDS files that the pages use into ``static/uswds``. Run once by a maintainer at an upgrade
(``python -m secondlook.web.vendor``, needs npm); the copies are committed. Nothing of it runs in the product.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Final

PACKAGE: Final = "@uswds/uswds@3.14.0"
INTEGRITY: Final = "kwZ50TqGszxj3+MQhm+c84hI0y8rIKoc7ZLKbuHg+8rTkFisp9lXOMRD2wclyyuYZahpADxMvaPong7bwL7cew=="
"""The registry's sha512 of the package. An upgrade changes both, on purpose."""

TARGET: Final = Path(__file__).parent / "static" / "uswds"
FILES: Final = (
    "LICENSE.md",
    "dist/css/uswds.min.css",
    "dist/fonts/source-sans-pro/sourcesanspro-regular-webfont.woff2",
    "dist/fonts/source-sans-pro/sourcesanspro-italic-webfont.woff2",
    "dist/fonts/source-sans-pro/sourcesanspro-bold-webfont.woff2",
    "dist/fonts/source-sans-pro/sourcesanspro-bolditalic-webfont.woff2",
    "dist/fonts/merriweather/Latin-Merriweather-Bold.woff2",
    "dist/img/checkbox-indeterminate.svg",
    "dist/img/checkbox-indeterminate-alt.svg",
    "dist/img/correct8.svg",
    "dist/img/correct8-alt.svg",
    "dist/img/usa-icons/unfold_more.svg",
    "dist/img/usa-icons/check_circle.svg",
    "dist/img/usa-icons/error.svg",
    "dist/img/usa-icons/info.svg",
    "dist/img/usa-icons/warning.svg",
)


class WrongPackage(Exception):
    """What npm delivered is not the package that was reviewed."""


def main() -> None:
    """Fetch, check and copy. Raises WrongPackage, or CalledProcessError where npm fails."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603, S607
        (package,) = Path(folder).glob("*.tgz")
        content = package.read_bytes()
        if base64.b64encode(hashlib.sha512(content).digest()).decode() != INTEGRITY:
            raise WrongPackage(PACKAGE)
        with tarfile.open(package) as archive:
            for name in FILES:
                member = archive.extractfile(f"package/{name}")
                if member is None:
                    raise WrongPackage(name)
                target = TARGET / name.removeprefix("dist/")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(member.read())


if __name__ == "__main__":
    main()
