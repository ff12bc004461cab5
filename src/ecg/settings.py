"""What an operator can set, and nowhere else: environment variables, or a `.env` file in the working folder.

Every setting has a default that works on one machine with nothing installed. Names are those that people
know from the contract (REDIS_URL, S3_BUCKET, MAX_CONCURRENT_JOBS, …), so none carries a prefix of ours but
ECG_DATA_DIR.
"""

from __future__ import annotations

import secrets
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ecg.errors import SettingsError

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
Network = IPv4Network | IPv6Network


class Settings(BaseSettings):
    """Read once a process by `load_settings`; tests make their own with keyword arguments."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", populate_by_name=True, env_ignore_empty=True, frozen=True
    )

    # Places
    data_dir: Path = Field(default_factory=lambda: user_data_path("ecg"), alias="ECG_DATA_DIR")
    """Embedded database, Redis, objects, work folders and generated secrets."""
    database_url: str | None = Field(default=None, alias="DATABASE_URL")
    """sqlite:///…, postgresql://…, mysql://… or mariadb://…; unset: a SQLite file in `data_dir`."""
    redis_url: str | None = Field(default=None, alias="REDIS_URL")
    """Unset: the embedded Redis is started."""
    celery_broker_url: str | None = Field(default=None, alias="CELERY_BROKER_URL")
    """redis://, amqp:// or sqs://; unset: the Redis."""
    s3_bucket: str | None = Field(default=None, alias="S3_BUCKET")
    """Unset: files in `data_dir`."""
    s3_endpoint_url: str | None = Field(default=None, alias="S3_ENDPOINT_URL")
    """For stores other than Amazon's; keys and region come from the usual AWS_… variables."""
    public_url: str | None = Field(default=None, alias="PUBLIC_URL")
    """How the world reaches this server; unset: the address that it listens on."""

    # Who may do what
    service_token: SecretStr | None = Field(default=None, alias="SERVICE_TOKEN")
    """Bearer token of programs; required as soon as a server listens beyond loopback."""
    callback_secret: SecretStr | None = Field(default=None, alias="CALLBACK_SECRET")
    """Signs callbacks (whsec_…); unset: made once and kept in `data_dir`."""
    url_signing_secret: SecretStr | None = Field(default=None, alias="URL_SIGNING_SECRET")
    """Signs links to local files; unset: made once and kept in `data_dir`."""
    allowed_private_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        default=(), alias="ALLOWED_PRIVATE_NETWORKS"
    )
    """Comma-separated networks that users' URLs may reach besides public addresses."""

    # Accounts
    token_secret: SecretStr | None = Field(default=None, alias="TOKEN_SECRET", min_length=32)
    """Signs access tokens; unset: made once and kept in `data_dir`."""
    access_token_seconds: int = Field(default=900, ge=60, le=24 * 3600, alias="ACCESS_TOKEN_SECONDS")
    """How long an access token works; it is not looked up, so nothing ends it earlier."""
    refresh_token_days: float = Field(default=30, gt=0, le=400, alias="REFRESH_TOKEN_DAYS")
    """How long somebody who does not come back stays signed in."""
    login_failures: int = Field(default=10, ge=1, alias="LOGIN_FAILURES")
    """Wrong passwords for one account from one network within 15 minutes; one network may fail ten times
    as often over all accounts."""
    signups_per_hour: int = Field(default=60, ge=1, alias="SIGNUPS_PER_HOUR")
    """New accounts from one network."""
    frontend_url: str | None = Field(default=None, alias="FRONTEND_URL")
    """Where links in messages and the way back from Google lead; unset: `public_url`."""
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(default=(), alias="ALLOWED_ORIGINS")
    """Comma-separated origins (https://editor.example) of pages that may use the API with a browser's cookie,
    besides the server's own and FRONTEND_URL's."""
    google_client_id: str | None = Field(default=None, alias="GOOGLE_CLIENT_ID")
    """Unset: nobody signs in with Google."""
    google_client_secret: SecretStr | None = Field(default=None, alias="GOOGLE_CLIENT_SECRET")
    google_issuer: str = Field(default="https://accounts.google.com", alias="GOOGLE_ISSUER")
    """The OpenID provider; another one works too."""

    # How much at once
    max_concurrent_jobs: int = Field(default=3, ge=1, le=256, alias="MAX_CONCURRENT_JOBS")
    """Jobs that one worker runs at the same time, where memory allows."""
    max_video_bytes: int = Field(default=20 * 1024**3, ge=1, alias="MAX_VIDEO_BYTES")
    fetch_timeout_seconds: float = Field(default=3600, gt=0, alias="FETCH_TIMEOUT_SECONDS")
    download_url_seconds: int = Field(default=3600, ge=1, le=7 * 24 * 3600, alias="DOWNLOAD_URL_SECONDS")
    """How long a signed download link works; a week at most, since S3 signs for no longer."""

    # Drawing
    render_browsers: int = Field(default=1, ge=1, le=16, alias="RENDER_BROWSERS")
    """Browsers that paint at once for one video."""
    render_gpu: bool = Field(default=False, alias="RENDER_GPU")
    """Hardware encoder and GPU painting; a job fails where they do not work."""
    render_patience: float = Field(default=10, gt=0, alias="RENDER_PATIENCE")
    """How many times the expected time a render may take before it is stopped."""

    # Listening
    speech_patience: float = Field(default=10, gt=0, alias="SPEECH_PATIENCE")
    """How many times the length of a sound listening to it may take before it is stopped."""
    speech_piece_seconds: float = Field(default=300, ge=5, le=3600, alias="SPEECH_PIECE_SECONDS")
    """Long sounds are listened to in pieces of about this length; a killed worker costs one of them."""

    # The job spine
    lease_seconds: float = Field(default=15, gt=0, alias="JOB_LEASE_SECONDS")
    """A worker that is silent for so long has lost its jobs."""
    heartbeat_seconds: float = Field(default=1, gt=0, alias="JOB_HEARTBEAT_SECONDS")
    sweep_seconds: float = Field(default=2, gt=0, alias="JOB_SWEEP_SECONDS")
    """How often a worker looks for jobs whose wake-up was lost, and for expired leases."""
    stop_seconds: float = Field(default=5, ge=0, alias="JOB_STOP_SECONDS")
    """How long a worker that is asked to end lets its jobs go on before it hands them back."""
    job_modules: Annotated[tuple[str, ...], NoDecode] = Field(default=(), alias="JOB_MODULES")
    """Modules with kinds of jobs besides those of the package; comma-separated."""
    worker_id: str | None = Field(default=None, alias="WORKER_ID", max_length=128)
    """A label for people; unset: host name and process id."""

    # Messages to people
    smtp_host: str | None = Field(default=None, alias="SMTP_HOST")
    """Sends email; unset: messages are put into `data_dir`/outbox, and the log says so."""
    smtp_port: int = Field(default=587, ge=1, le=65535, alias="SMTP_PORT")
    smtp_username: str | None = Field(default=None, alias="SMTP_USERNAME")
    smtp_password: SecretStr | None = Field(default=None, alias="SMTP_PASSWORD")
    smtp_security: Literal["starttls", "tls", "none"] = Field(default="starttls", alias="SMTP_SECURITY")
    """How the connection is encrypted; none is for servers on this machine."""
    email_from: str = Field(default="ECG <no-reply@localhost>", alias="EMAIL_FROM")
    """The sender, with or without a name."""
    message_log_days: int = Field(default=90, ge=1, le=3650, alias="MESSAGE_LOG_DAYS")
    """How long the delivery log keeps who got which message."""

    # Uploads and their analysis
    model_server_url: str = Field(default="http://127.0.0.1:8080", alias="MODEL_SERVER_URL")
    """The speech server."""
    fastapi_base_url: str | None = Field(default=None, alias="FASTAPI_BASE_URL")
    """How the speech server reaches the API server; unset: `public_url`, else port 8000 of this machine."""
    ml_api_timeout: float = Field(default=300, gt=0, alias="ML_API_TIMEOUT")
    """Seconds that the speech server may take for one answer, and that it may be silent about a video."""
    ml_api_attempts: int = Field(default=3, ge=1, le=20, alias="ML_API_ATTEMPTS")
    """Calls that it gets while it cannot be reached or breaks down, before the analysis fails."""
    ml_callbacks: Literal["signed", "token"] = Field(default="signed", alias="ML_CALLBACKS")
    """signed: its callbacks carry our signature (CALLBACK_SECRET); token: it signs nothing, so each video's
    callbacks get an address of their own."""
    ml_breaker_failures: int = Field(default=5, ge=1, alias="ML_BREAKER_FAILURES")
    """Failed calls in a row after which it is not asked for ML_BREAKER_SECONDS."""
    ml_breaker_seconds: float = Field(default=30, gt=0, alias="ML_BREAKER_SECONDS")
    analysis_poll_seconds: float = Field(default=10, gt=0, alias="ANALYSIS_POLL_SECONDS")
    """The speech server is asked how far it is when no callback came for so long."""
    analysis_hours: float = Field(default=12, gt=0, alias="ANALYSIS_HOURS")
    """How long one video may take there, whatever is heard of it."""
    upload_url_seconds: int = Field(default=3600, ge=60, le=7 * 24 * 3600, alias="UPLOAD_URL_SECONDS")
    """How long an upload may take; what is not there by then is removed."""
    upload_part_bytes: int = Field(default=64 * 1024**2, ge=1024, le=5 * 1024**3, alias="UPLOAD_PART_BYTES")
    """Size of the parts of large uploads."""
    max_open_uploads: int = Field(default=100, ge=1, alias="MAX_OPEN_UPLOADS")
    """Uploads of one user that have begun and are not handed in yet."""
    max_video_seconds: float = Field(default=12 * 3600, gt=0, alias="MAX_VIDEO_SECONDS")
    """How long a video may play."""

    # Exports
    render_server_url: str = Field(default="http://127.0.0.1:8090", alias="RENDER_SERVER_URL")
    """The render server."""
    render_api_timeout: float = Field(default=30, gt=0, alias="RENDER_API_TIMEOUT")
    """Seconds that the render server may take for one answer; it looks at the video before it gives one."""
    render_breaker_failures: int = Field(default=5, ge=1, alias="RENDER_BREAKER_FAILURES")
    """Failed calls in a row after which it is not asked for RENDER_BREAKER_SECONDS."""
    render_breaker_seconds: float = Field(default=30, gt=0, alias="RENDER_BREAKER_SECONDS")
    render_requests_per_minute: int = Field(default=20, ge=1, alias="RENDER_REQUESTS_PER_MINUTE")
    """Exports that one user may ask for in any minute, those that are refused among them."""
    render_quota_daily: int = Field(default=100, ge=0, alias="RENDER_QUOTA_DAILY")
    """Exports of one user in a day of UTC; what failed does not count."""
    render_quota_monthly: int = Field(default=1000, ge=0, alias="RENDER_QUOTA_MONTHLY")
    render_quota_concurrent: int = Field(default=5, ge=0, alias="RENDER_QUOTA_CONCURRENT")
    """Exports of one user that wait or run at the same time."""
    render_quota_minutes: int = Field(default=1000, ge=0, alias="RENDER_QUOTA_MINUTES")
    """Minutes of video that one user has made in a month of UTC."""
    render_reservation_seconds: float = Field(default=300, gt=0, alias="RENDER_RESERVATION_SECONDS")
    """After so long an export that the render server does not know counts no more."""

    # Projects
    max_projects: int = Field(default=1000, ge=1, alias="MAX_PROJECTS")
    """Projects of one user, those in the trash among them."""
    project_revisions: int = Field(default=100, ge=2, le=10_000, alias="PROJECT_REVISIONS")
    """Revisions that are kept of one project, besides the first."""
    project_coalesce_seconds: float = Field(default=30, ge=0, alias="PROJECT_COALESCE_SECONDS")
    """What one user saves within so many seconds is one revision."""
    project_trash_days: int = Field(default=30, ge=0, alias="PROJECT_TRASH_DAYS")
    """How long deleted projects can be brought back."""

    # Live monitoring
    live_url: str | None = Field(default=None, alias="LIVE_URL")
    """How browsers and workers reach `ecg live`, where it runs on another machine than the API server; unset:
    the API server hands out what it recorded."""
    camera_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        default=(
            ip_network("10.0.0.0/8"),
            ip_network("172.16.0.0/12"),
            ip_network("192.168.0.0/16"),
            ip_network("fc00::/7"),
        ),
        alias="CAMERA_NETWORKS",
    )
    """Comma-separated networks that cameras may be in besides public addresses; metadata services of clouds
    are never reached."""
    camera_files: Path | None = Field(default=None, alias="CAMERA_FILES")
    """A folder whose videos may be played as cameras (file://…); unset: none may."""
    max_cameras: int = Field(default=100, ge=1, alias="MAX_CAMERAS")
    """Cameras of one organisation."""
    live_window_seconds: int = Field(default=120, ge=20, le=3600, alias="LIVE_WINDOW_SECONDS")
    """How far back the live playlist reaches."""
    live_ticket_seconds: int = Field(default=12 * 3600, ge=60, le=7 * 24 * 3600, alias="LIVE_TICKET_SECONDS")
    """How long a viewer's link to a playlist or a recording works."""
    live_min_free_bytes: int = Field(default=2 * 1024**3, ge=0, alias="LIVE_MIN_FREE_BYTES")
    """Oldest recordings are removed while the disk has less."""
    event_days: int = Field(default=90, ge=1, le=3650, alias="EVENT_DAYS")
    """How long events of cameras are kept, with their stills."""
    archive_to_store: bool = Field(default=False, alias="ARCHIVE_TO_STORE")
    """Copy each recording to the object store, too."""

    # Models that look at recordings
    gemini_api_key: SecretStr | None = Field(default=None, alias="GEMINI_API_KEY")
    """Unset: no camera can be looked at by the engine gemini."""
    gemini_model: str = Field(default="gemini-2.5-flash", alias="GEMINI_MODEL")
    gemini_base_url: str | None = Field(default=None, alias="GEMINI_BASE_URL")
    openai_api_key: SecretStr | None = Field(default=None, alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(default=None, alias="OPENAI_BASE_URL")
    """Any server that speaks chat completions with pictures (http://host:11434/v1); unset: OpenAI's own."""
    openai_model: str | None = Field(default=None, alias="OPENAI_MODEL")
    """Unset: no camera can be looked at by the engine openai."""
    vision_timeout_seconds: float = Field(default=120, gt=0, le=3600, alias="VISION_TIMEOUT_SECONDS")
    """What a model may take for one answer."""
    vision_attempts: int = Field(default=3, ge=1, le=20, alias="VISION_ATTEMPTS")
    """Calls that a model gets in a row while it is busy or away, before the job waits for a while."""
    vision_breaker_failures: int = Field(default=5, ge=1, alias="VISION_BREAKER_FAILURES")
    """Failed calls in a row after which a model is not asked for VISION_BREAKER_SECONDS."""
    vision_breaker_seconds: float = Field(default=60, gt=0, alias="VISION_BREAKER_SECONDS")
    vision_frames_per_archive: int = Field(default=24, ge=1, le=200, alias="VISION_FRAMES_PER_ARCHIVE")
    """Pictures of one recording that a model is sent at the most."""
    vision_frames_per_day: int = Field(default=2000, ge=0, alias="VISION_FRAMES_PER_DAY")
    """Pictures of one camera that models are sent in a day of UTC; beyond that this machine looks alone."""
    vision_tokens_per_day: int = Field(default=1_000_000, ge=0, alias="VISION_TOKENS_PER_DAY")
    """Tokens, of one camera, likewise."""
    vision_patience_hours: float = Field(default=24, gt=0, alias="VISION_PATIENCE_HOURS")
    """How old a recording may grow while a model asks to be left alone, before its analysis fails."""
    quick_look_cooldown_seconds: float = Field(default=300, ge=0, alias="QUICK_LOOK_COOLDOWN_SECONDS")
    """After an event of a quick look, none of its category follows for so long."""

    log_level: LogLevel = Field(default="INFO", alias="LOG_LEVEL")
    log_format: Literal["auto", "json", "console"] = Field(default="auto", alias="LOG_FORMAT")
    """auto: console on a terminal, JSON elsewhere."""

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @field_validator("allowed_private_networks", "camera_networks", mode="before")
    @classmethod
    def _networks(cls, value: Any) -> Any:
        return tuple(ip_network(part) for part in _listed(value))

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _origins(cls, value: Any) -> Any:
        return tuple(origin.rstrip("/") for origin in _listed(value))

    @field_validator("job_modules", mode="before")
    @classmethod
    def _modules(cls, value: Any) -> Any:
        return tuple(_listed(value))

    @property
    def database(self) -> str:
        """The database's URL, ready for `ecg.database`."""
        return self.database_url or f"sqlite:///{self.data_dir / 'ecg.db'}"

    def as_environment(self) -> dict[str, str]:
        """The variables that make a child process read the same settings, beside what it inherits."""
        variables = {}
        for name in self.model_fields_set:
            value = getattr(self, name)
            alias = type(self).model_fields[name].alias or name
            variables[alias] = "" if value is None else _text(value)
        return variables

    def secret(self, name: Literal["callback", "url_signing", "token"]) -> str:
        """A secret that was set, else one that is made once and kept, readable by its owner alone."""
        given: SecretStr | None = getattr(self, f"{name}_secret")
        if given is not None:
            return given.get_secret_value()
        return kept_secret(self.data_dir / "secrets" / name)


def kept_secret(path: Path) -> str:
    """The secret in a file; made by whoever comes first, also among processes that start together."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    if not path.exists():
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(32))
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            pass  # somebody else was first: theirs counts
        finally:
            fresh.unlink()
    return path.read_text().strip()


def _listed(value: Any) -> list[Any]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return list(value)


def _text(value: Any) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value)


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    """The process's settings; raises SettingsError, which names the variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"the setting {name} is wrong: {first['msg']}", where=name) from None
