"""What an operator chooses about the cloud, from the environment or one TOML file.

Comes in: options, ``VISAVIS_CLOUD_*`` variables, a TOML file; in this order the first one counts.
Goes out: :class:`CloudSettings`, checked.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from visavis.errors import InvalidOption

PREFIX = "VISAVIS_CLOUD_"
_LIMIT = re.compile(r"\d+/(second|minute|hour|day)")


def default_data() -> Path:
    """Where database and files are kept."""
    from platformdirs import user_data_dir

    return Path(user_data_dir("visavis", appauthor=False)) / "cloud"


class CloudSettings(BaseSettings):
    """What can be chosen about a cloud.

    Attributes:
        host: address to listen on.
        port: and port; 0: any that is free.
        public_url: under which browsers and agents reach it; "": what it listens on.
        data: folder for the database, files and the key, unless they are elsewhere.
        database: SQLAlchemy address; "": SQLite in the data folder.
        files: "": a folder in the data folder; a folder; or ``s3://bucket/prefix``.
        key: seals stored secrets and signs; "": made at the first start, kept in the data folder.
        sign_up: whether strangers may make accounts: "open", or "closed" (by invitation only).
        engine: what carries sessions: "local": a worker on this machine; "ray": workers on the
            machines of a Ray cluster; "none": nothing, this process launches no sessions.
        ray_address: of that cluster: ``ray://host:10001``, ``host:6379`` of one that this machine
            is part of, or "auto": the one this machine is part of.
        ray_session: what Ray keeps free for one session: CPU, GPU, or resources of your own.
        workers: in a Ray cluster at least.
        workers_most: and at most; one more than the sessions need is kept for the next ones.
        rooms: which room servers may be joined: "any", or "public": none in a private network.
        sessions: sessions at once on one worker; None: two a core of this machine; with Ray 4.
        heartbeat: seconds between a session's entries in the ledger: what a crash can lose of it.
        session_minutes: after which a session is ended.
        sessions_each: of one organisation at once, where its plan says nothing; 0: as many as fit.
        embedded: talks on embedding pages at once, of each process; 0: there are none.
        credits: "counted": usage is written down; "prepaid": nothing starts without credit.
        credit_cents: what a credit costs beyond those of a plan.
        currency: of all bills.
        stripe_key: Stripe's secret key; "": bills are in the database only.
        stripe_webhook_secret: with which Stripe signs what it tells, `whsec_…`.
        stripe_meter: event name of the meter that usage is told to.
        stripe_api: Stripe's address.
        drain: seconds that speaking sessions have when the cloud, or their worker, is ended.
        login_days: after which a log-in ends by itself.
        upload_mb: of a picture or an avatar file, at most.
        builders: processes that build avatars from pictures.
        build_seconds: for one avatar.
        downloads: which addresses are fetched: "none", "public" or "any" (tests only).
        rate: requests of one caller at most, like "600/minute".
        rate_log_in: attempts to log in or sign up from one address at most.
        forwarded: whose ``X-Forwarded-*`` headers are believed (addresses, commas between).
        log: "json", "text" or "auto".
        metrics_secret: asked for by ``/metrics``; "": only this machine is answered there.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(8090, ge=0, le=65535)
    public_url: str = ""
    data: Path = Field(default_factory=default_data)
    database: str = Field("", repr=False)
    files: str = ""
    key: SecretStr = SecretStr("")
    sign_up: Literal["open", "closed"] = "closed"
    engine: Literal["local", "ray", "none"] = "local"
    ray_address: str = "auto"
    ray_session: dict[str, float] = Field(default_factory=lambda: {"CPU": 0.5})
    workers: int = Field(1, ge=0, le=10_000)
    workers_most: int = Field(100, ge=0, le=10_000)
    rooms: Literal["any", "public"] = "any"
    sessions: int | None = Field(None, ge=1)
    heartbeat: float = Field(15.0, ge=0.1, le=3600)
    session_minutes: int = Field(240, ge=1, le=10_080)
    sessions_each: int = Field(0, ge=0)
    embedded: int = Field(100, ge=0, le=10_000)
    credits: Literal["counted", "prepaid"] = "counted"
    credit_cents: float = Field(1.0, ge=0, le=10_000, allow_inf_nan=False)
    currency: str = Field("usd", pattern="^[a-z]{3}$")
    stripe_key: SecretStr = SecretStr("")
    stripe_webhook_secret: SecretStr = SecretStr("")
    stripe_meter: str = "visavis_micro_credits"
    stripe_api: str = "https://api.stripe.com"
    drain: float = Field(60.0, ge=0, le=3600)
    login_days: int = Field(30, ge=1, le=365)
    upload_mb: float = Field(20.0, gt=0, le=1000)
    builders: int = Field(1, ge=1, le=64)
    build_seconds: float = Field(60.0, gt=0, le=3600)
    downloads: Literal["none", "public", "any"] = "public"
    rate: str = "1200/minute"
    rate_log_in: str = "20/minute"
    forwarded: str = "127.0.0.1"
    log: Literal["auto", "json", "text"] = "auto"
    metrics_secret: SecretStr = SecretStr("")

    @field_validator("rate", "rate_log_in")
    @classmethod
    def _limit(cls, value: str) -> str:
        if not _LIMIT.fullmatch(value):
            raise ValueError("a number and second, minute, hour or day: 600/minute")
        return value

    @field_validator("ray_session")
    @classmethod
    def _share(cls, value: dict[str, float]) -> dict[str, float]:
        if not all(0 < amount < 1e6 for amount in value.values()):
            raise ValueError('names and amounts above 0: {"CPU": 0.5, "GPU": 0.1}')
        return value

    @field_validator("database")
    @classmethod
    def _address(cls, value: str) -> str:
        """Name the driver that is meant, so that ``postgresql://`` as everybody writes it works."""
        if not value:
            return value
        kind, colon, rest = value.partition("://")
        drivers = {
            "postgres": "postgresql+psycopg",
            "postgresql": "postgresql+psycopg",
            "sqlite": "sqlite+aiosqlite",
        }
        driver = drivers.get(kind, kind)
        if not colon or driver not in drivers.values():
            raise ValueError("postgresql://user@host/name or sqlite:///path")
        return f"{driver}://{rest}"

    @property
    def database_url(self) -> str:
        """SQLAlchemy's address of the database, driver included."""
        return self.database or f"sqlite+aiosqlite:///{self.data / 'cloud.sqlite'}"

    @property
    def files_url(self) -> str:
        """Where files are: a folder's path, or ``s3://…``."""
        return self.files or str(self.data / "files")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Options, then variables, then the file."""
        file = settings_cls.model_config.get("toml_file")
        toml = (TomlConfigSettingsSource(settings_cls, Path(str(file))),) if file else ()
        return (init_settings, env_settings, *toml)


def load(config: Path | None = None, **options: Any) -> CloudSettings:
    """Read settings.

    Args:
        config: a TOML file; None: what ``VISAVIS_CLOUD_CONFIG`` names, or none.
        **options: go before everything else; None means not given.

    Raises:
        InvalidOption: a value that cannot be, with the name it has; never the value of a secret.
    """
    named = os.environ.get(f"{PREFIX}CONFIG")
    file = config or (Path(named) if named else None)
    if file is not None and not file.is_file():
        raise InvalidOption(f"there is no settings file {file}")

    class _Here(CloudSettings):
        model_config = SettingsConfigDict(toml_file=file)

    given = {name: value for name, value in options.items() if value is not None}
    try:
        found = _Here(**given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = "_".join(str(part) for part in first["loc"]) or "?"
        raise InvalidOption(
            f"cloud setting {name} ({PREFIX}{name.upper()}): {first['msg']}"
        ) from None
    except (OSError, ValueError) as error:
        raise InvalidOption(f"the settings in {file} cannot be read: {error}") from None
    return CloudSettings.model_construct(**found.model_dump())
