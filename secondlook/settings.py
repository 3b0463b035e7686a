"""Settings from the environment (or a ``.env`` file in the current folder). Read once at start by every process.

Wrong or missing settings stop the program with one line each, one that nobody knows is named and ignored; no setting's
value is ever shown.
"""

from __future__ import annotations

import difflib
import os
import re
import secrets
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from secondlook import __version__
from secondlook.atomic import made_once
from secondlook.cases.documents import allow_hosts
from secondlook.cases.offices import Offices, OfficeSettings, Zone
from secondlook.records.checkpoints import Signer, new_seed
from secondlook.records.encryption import KeysError, Vault
from secondlook.records.keys import WrongKeys
from secondlook.sources.configured import Source, SourcesError, read_sources

_DURATION = re.compile(r"(\d+)\s*(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class SettingsError(ValueError):
    """One or more settings are wrong; ``lines`` says which, one line each."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def parse_duration(text: object) -> object:
    """``30s``, ``10m``, ``2h``, ``14d``; anything else is left for pydantic to refuse."""
    if isinstance(text, str) and (match := _DURATION.fullmatch(text.strip())):
        return timedelta(**{_UNITS[match[2]]: int(match[1])})
    if isinstance(text, str):
        raise ValueError("write a number and s, m, h or d, such as 10m")
    return text


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]


def hosts_alone(text: str) -> str:
    """Names of hosts with blanks between, from a list with commas."""
    hosts = text.replace(",", " ").split()
    if not all(re.fullmatch(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?", host) for host in hosts):
        raise ValueError("write hosts alone with commas between, such as files.example,scans.example:8443")
    return " ".join(hosts)


def database_address(address: SecretStr) -> SecretStr:
    """An address that this product can open; what is wrong is told without the address, which holds a password."""
    try:
        driver = make_url(address.get_secret_value()).drivername
    except (ArgumentError, ValueError):
        driver = ""
    if driver not in {"sqlite", "postgresql+psycopg"}:
        raise ValueError("write sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME")
    return address


Hosts = Annotated[str, AfterValidator(hosts_alone)]


class Settings(BaseSettings):
    """What a process needs to know. ``secondlook up`` needs none of it to be set."""

    model_config = SettingsConfigDict(env_prefix="SECONDLOOK_", env_file=".env", extra="ignore", frozen=True)

    data: Path = Path(".secondlook")
    database_url: Annotated[SecretStr, AfterValidator(database_address)] | None = None
    intake_token: SecretStr | None = None
    encryption_keys: SecretStr | None = None
    checkpoint_key: SecretStr | None = None
    checkpoints: Path | None = None

    ruleset: str | None = "opla-2011-11-17"
    as_of: date | None = None
    offices_file: Path | None = None
    sources_file: Path | None = None
    document_hosts: Hosts = ""
    withdraw_window: Duration = timedelta(minutes=10)
    zone: Zone = "America/New_York"
    lane_hidden_percent: float = Field(default=5, ge=0, le=100)

    oidc_issuer: str | None = None
    oidc_client_id: str = "secondlook"
    oidc_client_secret: SecretStr | None = None
    oidc_roles_claim: str = "roles"
    oidc_offices_claim: str = "offices"
    public_url: str | None = None

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    metrics_port: int = Field(default=9100, ge=0, le=65535)
    task_queue: str = "case_reviews"
    in_flight: int = Field(default=12, ge=1, le=2000)
    deployment: str | None = None
    build_id: str = __version__
    sandbox: bool = False

    @classmethod
    def read(cls, **given: object) -> Settings:
        """Read the environment; ``given`` (from the command line) wins. Raises SettingsError.

        The doors of this process take addresses of documents from ``document_hosts`` from then on.
        """
        try:
            settings = cls(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
        except ValidationError as problem:
            lines = [
                f"SECONDLOOK_{'_'.join(map(str, e['loc'])).upper()}: {e['msg'].removeprefix('Value error, ')}"
                for e in problem.errors()
            ]
            raise SettingsError(lines) from None
        if settings.data.exists() and not settings.data.is_dir():
            raise SettingsError([f"SECONDLOOK_DATA (--data): {settings.data} is no folder"])
        allow_hosts(frozenset(settings.document_hosts.split()))
        for line in settings._unknown():
            sys.stderr.write(f"secondlook: {line}\n")
        return settings

    def _unknown(self) -> list[str]:
        """One line for each variable of ours that is no setting: most often one that is mistyped."""
        known = {f"SECONDLOOK_{name}".upper() for name in type(self).model_fields}
        given = {name.upper() for name in [*os.environ, *dotenv_values(".env")]}
        unknown = sorted(name for name in given - known if name.startswith("SECONDLOOK_"))
        if unknown and self.sources_file is not None:
            tokens = {source.token_from.upper() for source in self.sources()}
            unknown = [name for name in unknown if name not in tokens]
        alike = {name: difflib.get_close_matches(name, known, n=1) for name in unknown}
        return [
            f"{name} is no setting and does nothing"
            + (f"; is it {alike[name][0]} that you mean?" if alike[name] else "")
            for name in unknown
        ]

    @property
    def url(self) -> str:
        """The database's address: what is configured, else the SQLite file in the data folder."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data.resolve() / 'secondlook.db'}"

    def make_folder(self) -> Path:
        """The data folder, made private where it does not exist yet. Raises SettingsError."""
        try:
            self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as problem:
            raise SettingsError(
                [f"SECONDLOOK_DATA: {self.data} cannot be the data folder: {problem.strerror}"]
            ) from None
        return self.data

    @property
    def key_file(self) -> Path | None:
        """Where the keys stand, unless they stand in the environment."""
        return self.data / "keys" if self.encryption_keys is None else None

    def vault(self) -> Vault:
        """The keys: from the environment, else from the data folder's key file. Raises SettingsError or WrongKeys."""
        try:
            if self.encryption_keys is not None:
                return Vault.from_text(self.encryption_keys.get_secret_value())
            return Vault.from_file(self.data / "keys")
        except KeysError as problem:
            where = self.key_file or "SECONDLOOK_ENCRYPTION_KEYS"
            raise SettingsError([f"{where}: {problem}"]) from None
        except FileNotFoundError:
            if self.database_url is not None:
                raise WrongKeys(
                    "SECONDLOOK_ENCRYPTION_KEYS is missing: set it to the record's keys; for a new record make one, "
                    "k1:$(openssl rand -base64 32), and keep a copy apart from the database's"
                ) from None
            raise WrongKeys(
                f"the key file {self.data / 'keys'} is missing: put it back from its copy, or set "
                "SECONDLOOK_ENCRYPTION_KEYS; nothing on record can be read without it"
            ) from None

    @property
    def checkpoint_folder(self) -> Path:
        """The second place. Unless it is set it is beside the data, where it protects from little."""
        return self.checkpoints or self.data.resolve().with_name(f"{self.data.resolve().name}-checkpoints")

    def make_checkpoint_folder(self) -> Path:
        """The second place, made where it does not exist yet. Raises SettingsError."""
        folder = self.checkpoint_folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as problem:
            raise SettingsError([f"SECONDLOOK_CHECKPOINTS: {folder} cannot be used: {problem.strerror}"]) from None
        return folder

    def signer(self) -> Signer:
        """The key that signs checkpoints: from the environment, else from the data folder, where it is made once
        (mode 0600). Raises SettingsError.
        """
        try:
            if self.checkpoint_key is not None:
                return Signer.of(self.checkpoint_key.get_secret_value())
            return Signer.of(made_once(self.make_folder() / "checkpoint-key", new_seed))
        except ValueError:
            where = self.data / "checkpoint-key" if self.checkpoint_key is None else "SECONDLOOK_CHECKPOINT_KEY"
            raise SettingsError([f"{where}: must be 32 bytes in base64"]) from None

    def offices(self) -> Offices:
        """Offices' settings. Raises SettingsError."""
        try:
            default = OfficeSettings(
                withdraw_window=self.withdraw_window,
                zone=self.zone,
                lane_hidden_percent=self.lane_hidden_percent,
            )
            return Offices.read(self.offices_file, default)
        except ValueError as problem:
            raise SettingsError([f"SECONDLOOK_OFFICES_FILE: {problem}"]) from None

    def sources(self) -> tuple[Source, ...]:
        """The outside sources of facts; none unless configured. Raises SettingsError."""
        try:
            return read_sources(self.sources_file)
        except SourcesError as problem:
            raise SettingsError([f"SECONDLOOK_SOURCES_FILE: {problem}"]) from None

    def token(self) -> str:
        """The intake token: from the environment, else from the data folder, where it is made once (mode 0600)."""
        if self.intake_token is not None:
            return self.intake_token.get_secret_value()
        token = made_once(self.make_folder() / "intake-token", lambda: secrets.token_urlsafe(32)).strip()
        if not token:
            raise SettingsError(["SECONDLOOK_INTAKE_TOKEN: the data folder's file intake-token is empty: remove it"])
        return token
