"""The settings as people read them: what is in force and why, and the table of all there are."""

from collections.abc import Iterator, Mapping

import msgspec

from ollamanet.bootstrap.settings_origin import described
from ollamanet.bootstrap.settings_sources import Entry, LoadedSettings, concerns, entries
from ollamanet.bootstrap.settings_tables import are_tables, is_masked, tables_text


def effective_settings(loaded: LoadedSettings) -> str:
    """What is in force, as a TOML file whose comments name the source; secrets and passwords are masked."""
    lines: list[str] = []
    for section, concern in concerns().items():
        part = getattr(loaded.settings, section)
        lines += ["", f"[{section}]"] if lines else [f"[{section}]"]
        for key, (_, origin) in described(concern).items():
            source = loaded.sources.get((section, key), "default")
            value = getattr(part, key)
            shown = origin.masked(value)
            written = _toml(shown)
            # What is hidden, or not there, stands in a comment: the rest stays a file that can be used.
            live = value is not None and shown == value and not is_masked(value)
            assignment = f"{key} = {written}" if shown is not None else f"{key} is not set"
            lines.append(f"{'' if live else '# '}{assignment}  # {source}")
    return "\n".join(lines) + "\n"


def configuration_table() -> str:
    """Every setting as a Markdown table, for the README."""
    head = ["| variable | in the file | default | meaning |", "|---|---|---|---|"]
    return "\n".join([*head, *_rows(_defaults())]) + "\n"


def _rows(defaults: Mapping[tuple[str, str], object]) -> Iterator[str]:
    for entry in entries():
        names = ", else ".join(f"`{name}`" for name in entry.origin.variables)
        meaning = entry.origin.meaning + (" (reserved: nothing reads it yet)" if entry.origin.reserved else "")
        yield f"| {names} | `{entry.section}.{entry.key}` | {_default(entry, defaults)} | {meaning} |"


def _default(entry: Entry, defaults: Mapping[tuple[str, str], object]) -> str:
    if entry.origin.default is not None:
        return entry.origin.default
    value = defaults[entry.section, entry.key]
    if value is None or value == ():
        return "none"
    if isinstance(value, bool):
        return f"`{_toml(value)}`"
    return f"`{';'.join(value)}`" if isinstance(value, tuple) else f"`{value}`"


def _defaults() -> dict[tuple[str, str], object]:
    fields = ((section, item) for section, concern in concerns().items() for item in msgspec.structs.fields(concern))
    return {(section, item.name): item.default for section, item in fields}


def _toml(value: object) -> str:
    if are_tables(value):
        return tables_text(value)
    return msgspec.json.encode(value, enc_hook=str).decode()
