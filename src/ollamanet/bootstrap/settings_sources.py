"""Reads the settings: the environment over a TOML file over the defaults, every mistake collected."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, get_type_hints

import msgspec
from msgspec import structs

from ollamanet.bootstrap import settings_text as text
from ollamanet.bootstrap.settings import ServerSettings, Settings
from ollamanet.bootstrap.settings_models import mistakes_of
from ollamanet.bootstrap.settings_oidc import missing_beside_issuer
from ollamanet.bootstrap.settings_origin import CONFIG_VARIABLE, Concern, From, described, without_credentials
from ollamanet.bootstrap.settings_pool import PoolParts
from ollamanet.bootstrap.settings_replicas import PoolSettings
from ollamanet.bootstrap.settings_tables import Fault, read_tables, table_kind
from ollamanet.bootstrap.settings_values import parsed
from ollamanet.infrastructure.kernel.database_url import sqlite_address

# Kubernetes sets these in every container beside a service that is called `ollamanet`; they are not ours to refuse.
_SERVICE_LINK: Final = re.compile(r"OLLAMANET_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP)(?:_\w+)?)")
_DEFAULT_FILE: Final = Path("ollamanet.toml")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake.

    Attributes:
        name: the environment variable, or the section and key of the file, that is wrong.
        expected: what should stand there.
        given: what stands there, without secrets; None where it is not to be shown.
    """

    name: str
    expected: str
    given: str | None = None

    def __str__(self) -> str:
        return f"{self.name}: expected {self.expected}" + ("" if self.given is None else f", got {self.given}")


class SettingsInvalid(Exception):
    """The settings cannot be used; `problems` names every mistake."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Entry:
    """One setting: its place in `Settings`, its type and its origin."""

    section: str
    key: str
    hint: object
    origin: From


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings, and which source gave each that is not a default.

    Attributes:
        settings: what the program uses.
        sources: `(section, key)` to the environment variable or the file's name.
    """

    settings: Settings
    sources: Mapping[tuple[str, str], str]


def load_settings(environ: Mapping[str, str], config: Path | None = None) -> Settings:
    """The settings of this process.

    Args:
        environ: the environment; an empty variable counts as not set.
        config: a TOML file that must be there; None reads the one that `OLLAMANET_CONFIG` names, else
            `./ollamanet.toml` where it exists.

    Raises:
        SettingsInvalid: one or more mistakes, all of them named.
    """
    return load_with_sources(environ, config).settings


def load_with_sources(environ: Mapping[str, str], config: Path | None = None) -> LoadedSettings:
    """As `load_settings`, and tells where each value came from."""
    reading = _Reading({name: value for name, value in environ.items() if value})
    file = config or (Path(named) if (named := reading.environ.get(CONFIG_VARIABLE)) else None)
    if file is not None or _DEFAULT_FILE.exists():
        reading.read_file(file or _DEFAULT_FILE)
    reading.read_environment()
    reading.complete()
    if reading.problems:
        raise SettingsInvalid(tuple(reading.problems))
    return LoadedSettings(msgspec.convert(reading.values, Settings), reading.sources)


def concerns() -> dict[str, type[Concern]]:
    """The sections, in order."""
    hints = get_type_hints(Settings)
    return {item.name: hints[item.name] for item in structs.fields(Settings)}


def entries() -> Iterator[Entry]:
    """Every setting there is, in order."""
    for section, concern in concerns().items():
        for key, (hint, origin) in described(concern).items():
            yield Entry(section, key, hint, origin)


@dataclass(slots=True)
class _Reading:
    """What was read so far; a later source replaces an earlier one."""

    environ: dict[str, str]
    values: dict[str, dict[str, object]] = field(default_factory=lambda: {section: {} for section in concerns()})
    sources: dict[tuple[str, str], str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def read_file(self, path: Path) -> None:
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            return self.problems.append(Problem(str(path), "a TOML file that can be read", error.strerror))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            return self.problems.append(Problem(str(path), "a TOML file in UTF-8", str(error)))
        known = {(entry.section, entry.key): entry for entry in entries()}
        for section, table in tables.items():
            if section not in self.values or not isinstance(table, dict):
                self._unknown(f"{path} [{section}]", section, list(self.values), "a section of settings")
                continue
            for key, raw in table.items():
                if (entry := known.get((section, key))) is not None:
                    self._take(entry, raw, name=f"{path} [{section}] {key}", source=str(path), as_text=False)
                else:
                    keys = [other for place, other in known if place == section]
                    self._unknown(f"{path} [{section}] {key}", key, keys, "a known setting")
        return None

    def read_environment(self) -> None:
        known = {CONFIG_VARIABLE}
        for entry in entries():
            known.update(entry.origin.variables)
            if (name := next((name for name in entry.origin.variables if self._is_given(name)), None)) is not None:
                self._take(entry, self.environ[name], name=name, source=name, as_text=True)
        for name in sorted(self.environ):
            if name.startswith("OLLAMANET_") and name not in known and not _SERVICE_LINK.fullmatch(name):
                self._unknown(name, name, sorted(known), "a known variable")

    def _is_given(self, name: str) -> bool:
        value = self.environ.get(name)
        return value is not None and not (name == "OLLAMANET_PORT" and value.startswith(("tcp://", "udp://")))

    def _take(self, entry: Entry, raw: object, *, name: str, source: str, as_text: bool) -> None:
        if (kind := table_kind(entry.hint)) is not None:
            tables, faults = read_tables(raw, kind, as_text=as_text)
            self.problems += [Problem(name + fault.place, fault.expected) for fault in faults]
            self.values[entry.section][entry.key] = tables
            self.sources[entry.section, entry.key] = source
            return
        try:
            self.values[entry.section][entry.key] = parsed(raw, entry.hint, entry.origin, as_text=as_text)
        except ValueError as error:
            self.problems.append(Problem(name, str(error), _given(raw, entry.origin)))
        else:
            self.sources[entry.section, entry.key] = source

    def _unknown(self, name: str, word: str, known: list[str], expected: str) -> None:
        close = get_close_matches(word, known, n=1)
        self.problems.append(Problem(name, f"{expected}; did you mean {close[0]}?" if close else expected))

    def complete(self) -> None:
        """Fill in what depends on other settings, and refuse what does not go together."""
        server = self.values["server"]
        folder = server.get("data_dir", ServerSettings().data_dir)
        self.values["database"].setdefault("url", text.database(sqlite_address(Path(str(folder)) / "ollamanet.db")))
        if server.get("environment") == "production" and "*" in _texts(server.get("cors_origins")):
            name = self.sources["server", "cors_origins"]
            self.problems.append(Problem(name, "named origins while OLLAMANET_ENV is production", "*"))
        if "smtp_url" in self.values["mail"] and "sender" not in self.values["mail"]:
            self.problems.append(Problem("OLLAMANET_MAIL_FROM", "an address that mails come from, with a mail server"))
        together = missing_beside_issuer(self.values["oidc"], self.values["mail"].get("public_url"))
        self.problems += [Problem(name, expected) for name, expected in together]
        self.problems += [Problem(each.name, each.expected, each.given) for each in mistakes_of(self.values["models"])]
        if not self.problems:
            self._complete_pool()

    def _complete_pool(self) -> None:
        pool, default = self.values["pool"], PoolSettings()
        parts: Any = {key: pool.get(key, getattr(default, key)) for key in ("managed", "options", "restart_hooks")}
        own_port: Any = self.values["server"].get("port", ServerSettings().port)
        replicas: Any = pool.get("replicas")
        together = PoolParts(replicas, parts["managed"], parts["options"], parts["restart_hooks"], own_port)
        self._blame("managed", together.managed_faults())
        self._blame("options", together.option_faults(default.replicas))
        self._blame("restart_hooks", together.hook_faults(default.replicas))
        if not self.problems:
            together.settle(pool)

    def _blame(self, key: str, faults: Iterable[Fault]) -> None:
        source = self.sources.get(("pool", key), "")
        name = source if source in self.environ else f"{source} [pool] {key}"
        self.problems += [Problem(name + fault.place, fault.expected) for fault in faults]


def _texts(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()


def _given(raw: object, origin: From) -> str | None:
    """What a mistake repeats of the value: never a secret, and of an odd URL nothing at all."""
    if origin.secret or not isinstance(raw, str | int | float):
        return None
    if origin.credentials and "://" not in str(raw):
        return None
    return repr(without_credentials(raw)) if isinstance(raw, str) else repr(raw)
