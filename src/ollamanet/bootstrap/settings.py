"""The settings, one immutable struct a concern; every object is given only its own part.

`settings_sources.load_settings` makes them from the environment and a TOML file, whose sections are the fields of
`Settings` and whose keys are the fields of each part.
"""

from pathlib import Path
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from ollamanet.bootstrap import settings_text as text
from ollamanet.bootstrap.settings_defence import DefenceSettings, MailSettings
from ollamanet.bootstrap.settings_models import ModelsSettings
from ollamanet.bootstrap.settings_oidc import OidcSettings
from ollamanet.bootstrap.settings_origin import Concern, From
from ollamanet.bootstrap.settings_replicas import PoolSettings

_PRINTABLE: Final = r"^[\x21-\x7e]+\Z"
Word = Annotated[str, Meta(min_length=1, pattern=_PRINTABLE)]
Key = Annotated[str, Meta(min_length=32, pattern=_PRINTABLE)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Count = Annotated[int, Meta(ge=1, le=1_000_000_000)]


class ServerSettings(Concern, frozen=True, kw_only=True):
    """Where it listens, where it keeps its files, how much a request may bring."""

    host: Annotated[str, From("OLLAMANET_HOST", "address to listen on", check=text.listen_host)] = "127.0.0.1"
    port: Annotated[
        int, Meta(ge=0, le=65535), From("OLLAMANET_PORT", "TCP port to listen on; 0 takes any free one")
    ] = 8000
    environment: Annotated[
        Literal["development", "production"],
        From("OLLAMANET_ENV", "`production` refuses unsafe defaults: migration at start, the simulator, CORS for `*`"),
    ] = "development"
    data_dir: Annotated[Path, From("OLLAMANET_DATA_DIR", "folder of the SQLite file and the keys")] = Path("var")
    shutdown_grace_s: Annotated[
        Seconds, From("OLLAMANET_SHUTDOWN_GRACE_S", "seconds that running streams get to end when it stops")
    ] = 10.0
    body_bytes: Annotated[Count, From("OLLAMANET_BODY_BYTES", "largest body of a request")] = 1_572_864
    image_body_bytes: Annotated[
        Count, From("OLLAMANET_IMAGE_BODY_BYTES", "largest body of a request that may carry images")
    ] = 12_582_912
    cors_origins: Annotated[
        tuple[str, ...],
        From(
            "OLLAMANET_CORS_ORIGINS", "origins whose pages may call, separated by `,`", check=text.origin, separator=","
        ),
    ] = ()

    @property
    def auto_migrate(self) -> bool:
        """The schema is brought up to date at start; elsewhere that is `ollamanet db upgrade`."""
        return self.environment == "development"

    @property
    def allow_simulator(self) -> bool:
        """A simulator may stand in for a missing Ollama."""
        return self.environment == "development"


class DatabaseSettings(Concern, frozen=True, kw_only=True):
    """Where everything is stored."""

    url: Annotated[
        str,
        From(
            "DATABASE_URL",
            "SQLite, PostgreSQL (extra `postgresql`) or SQL Server (extra `mssql`)",
            default="`ollamanet.db` in the data folder",
            check=text.database,
            credentials=True,
        ),
    ]


class RedisSettings(Concern, frozen=True, kw_only=True):
    """What several instances share."""

    url: Annotated[
        str | None,
        From(
            "REDIS_URL",
            "Redis of several instances; so far `/health/ready` reports it, and nothing else uses it",
            check=text.redis,
            credentials=True,
        ),
    ] = None


class BrokerSettings(Concern, frozen=True, kw_only=True):
    """Where durable background work goes."""

    url: Annotated[
        str | None,
        From("AMQP_URL", "RabbitMQ for durable background work", check=text.amqp, credentials=True, reserved=True),
    ] = None


class QueueSettings(Concern, frozen=True, kw_only=True):
    """Who waits, how long, and how much one user may take."""

    depth: Annotated[int, Meta(ge=0, le=1_000_000), From("OLLAMANET_QUEUE_DEPTH", "waiting requests in all")] = 64
    bytes: Annotated[Count, From("OLLAMANET_QUEUE_BYTES", "bytes that waiting requests hold in all")] = 268_435_456
    queue_timeout_s: Annotated[Seconds, From("OLLAMANET_QUEUE_TIMEOUT_S", "longest wait for a slot, in seconds")] = 60.0
    request_timeout_s: Annotated[
        Seconds, From("OLLAMANET_REQUEST_TIMEOUT_S", "longest request, wait included, seconds")
    ] = 120.0
    user_concurrency: Annotated[
        Count, From("OLLAMANET_USER_CONCURRENCY", "requests of one user, waiting and running")
    ] = 6
    user_rpm: Annotated[Count, From("OLLAMANET_USER_RPM", "requests of one user in a minute")] = 60
    user_tpm: Annotated[Count, From("OLLAMANET_USER_TPM", "tokens of one user in a minute")] = 60_000
    user_tpd: Annotated[
        Annotated[int, Meta(ge=0, le=1_000_000_000)],
        From("OLLAMANET_USER_TPD", "tokens of one user in a day (UTC); 0 for no limit"),
    ] = 0
    prompt_tokens: Annotated[
        Count, From("OLLAMANET_PROMPT_TOKENS", "largest prompt, in estimated tokens, where the profile gives none")
    ] = 4096


class ChatSettings(Concern, frozen=True, kw_only=True):
    """What a chat gets that names nothing itself."""

    default_model: Annotated[
        str | None,
        From("OLLAMANET_DEFAULT_MODEL", "model of a chat that names none", default="first installed", check=text.model),
    ] = None
    resume_grace_s: Annotated[
        Seconds,
        From("OLLAMANET_RESUME_GRACE_S", "seconds a resumable chat goes on without a listener, and is kept at its end"),
    ] = 30.0
    resume_bytes: Annotated[
        Annotated[int, Meta(ge=1_048_576, le=1_099_511_627_776)],
        From(
            "OLLAMANET_RESUME_BYTES",
            "bytes of events kept for resumable chats; an eighth a user",
        ),
    ] = 268_435_456


class IdentitySettings(Concern, frozen=True, kw_only=True):
    """Who may come in, and how that is proven; argon2's defaults are OWASP's."""

    registration: Annotated[
        Literal["open", "invite", "closed"],
        From("OLLAMANET_REGISTRATION", "who may register: `open`, `invite`, `closed`"),
    ] = "open"
    signing_key: Annotated[
        Key | None,
        From(
            "OLLAMANET_SIGNING_KEY",
            "secret that signs access tokens, 32 characters or more",
            default="generated into the data folder",
            secret=True,
        ),
    ] = None
    previous_signing_key: Annotated[
        Key | None,
        From(
            "OLLAMANET_PREVIOUS_SIGNING_KEY",
            "secret that still verifies access tokens beside `OLLAMANET_SIGNING_KEY`, and signs none",
            secret=True,
        ),
    ] = None
    access_token_s: Annotated[
        Annotated[int, Meta(ge=1, le=86_400)], From("OLLAMANET_ACCESS_TOKEN_S", "life of an access token, in seconds")
    ] = 900
    refresh_token_s: Annotated[
        Annotated[int, Meta(ge=60, le=31_536_000)],
        From("OLLAMANET_REFRESH_TOKEN_S", "life of a refresh token, and of a session without use, in seconds"),
    ] = 2_592_000
    argon2_memory_kib: Annotated[
        Annotated[int, Meta(ge=8, le=4_194_304)],
        From("OLLAMANET_ARGON2_MEMORY_KIB", "memory of a password hash, in KiB"),
    ] = 19_456
    argon2_time_cost: Annotated[
        Annotated[int, Meta(ge=1, le=1000)], From("OLLAMANET_ARGON2_TIME_COST", "passes of a password hash")
    ] = 2
    argon2_parallelism: Annotated[
        Annotated[int, Meta(ge=1, le=64)], From("OLLAMANET_ARGON2_PARALLELISM", "lanes of a password hash")
    ] = 1


class LogSettings(Concern, frozen=True, kw_only=True):
    """How it tells what it does."""

    format: Annotated[
        Literal["auto", "console", "json"],
        From("OLLAMANET_LOG_FORMAT", "`console`, `json`, or `auto`: console on a terminal, else JSON"),
    ] = "auto"
    level: Annotated[
        Literal["debug", "info", "warning", "error"],
        From("OLLAMANET_LOG_LEVEL", "least level that is written: `debug`, `info`, `warning`, `error`"),
    ] = "info"


class MetricsSettings(Concern, frozen=True, kw_only=True):
    """Who may read `/metrics`."""

    token: Annotated[
        Word | None,
        From(
            "OLLAMANET_METRICS_TOKEN", "bearer token that `/metrics` asks for; without it everybody reads", secret=True
        ),
    ] = None


class TelemetrySettings(Concern, frozen=True, kw_only=True):
    """Where traces go, by OpenTelemetry's own names."""

    endpoint: Annotated[
        str | None,
        From("OTEL_EXPORTER_OTLP_ENDPOINT", "OTLP over HTTP", check=text.http_url, credentials=True, reserved=True),
    ] = None
    service_name: Annotated[Word, From("OTEL_SERVICE_NAME", "name in traces", reserved=True)] = "ollamanet"


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of them; a field here is a section of the file."""

    server: ServerSettings
    database: DatabaseSettings
    redis: RedisSettings
    broker: BrokerSettings
    pool: PoolSettings
    queue: QueueSettings
    chat: ChatSettings
    models: ModelsSettings
    identity: IdentitySettings
    oidc: OidcSettings
    mail: MailSettings
    defence: DefenceSettings
    log: LogSettings
    metrics: MetricsSettings
    telemetry: TelemetrySettings
