"""The image: what the Containerfile promises."""

from __future__ import annotations

import re
import tomllib

from tests.deploy.places import DEPLOY, ROOT, run

TEXT = (DEPLOY / "Containerfile").read_text()
INSTRUCTIONS = [
    line.split(maxsplit=1) for line in re.sub(r"\\\n", " ", TEXT).splitlines() if line and not line.startswith("#")
]


def arguments(instruction: str) -> list[str]:
    return [rest for name, rest in INSTRUCTIONS if name == instruction]


def test_hadolint_has_nothing_to_say() -> None:
    result = run("hadolint", DEPLOY / "Containerfile")
    assert (result.returncode, result.stdout) == (0, "")


def test_it_runs_as_a_numeric_user_who_is_not_root() -> None:
    (user,) = arguments("USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    assert INSTRUCTIONS.index(["USER", user]) > max(
        place for place, (name, _) in enumerate(INSTRUCTIONS) if name in {"COPY", "RUN"}
    )


def test_every_dependency_is_installed_by_hash() -> None:
    installs = [command for step in arguments("RUN") for command in step.split("&&") if "pip install" in command]
    assert installs
    for command in installs:
        assert "--require-hashes" in command or {"--no-deps", "--no-build-isolation"} <= set(command.split())
    lines = (ROOT / "requirements.txt").read_text().replace("\\\n", " ").splitlines()
    pins = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    assert all("==" in line and "--hash=sha256:" in line for line in pins)
    assert any(line.startswith("setuptools==") for line in pins), "what builds the project is pinned as well"


def test_every_package_of_the_project_is_in_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = {pattern.rstrip("*") for pattern in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    allowed = {line[1:] for line in (DEPLOY / "Containerfile.dockerignore").read_text().splitlines() if line[0] == "!"}
    copied = {word for rest in arguments("COPY") if "--from" not in rest for word in rest.split()[:-1]}
    assert packages <= copied
    assert copied == allowed


def test_it_starts_the_command_itself_so_that_sigterm_reaches_it() -> None:
    assert arguments("ENTRYPOINT") == ['["secondlook"]']
    assert arguments("STOPSIGNAL") == ["SIGTERM"]


def test_nothing_secret_is_part_of_it() -> None:
    assert arguments("ARG") == []
    assert not re.search(r"(TOKEN|SECRET|PASSWORD|KEYS?)\s*=", TEXT)


def test_it_has_the_packages_that_an_installation_without_it_gets() -> None:
    (wanted,) = re.findall(r'^packages="(.*)"$', (DEPLOY / "install_pango.sh").read_text(), re.M)
    (installed,) = [step for step in arguments("RUN") if "apt-get install" in step]
    assert set(wanted.split()) == {word for word in installed.split() if word.startswith(("lib", "fonts-"))}
