"""The table of metrics in the operations page is what the service shows."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.docs.pages import ROOT, rows, section, spans
from tests.infrastructure.inference.test_reply_metrics import CANCELLED, WHOLE, request
from tests.infrastructure.operations.test_prometheus_metrics import SNAPSHOT, record

from ollamanet.bootstrap.metrics_wiring import wire_metrics
from ollamanet.bootstrap.settings_sources import load_settings

PAGE = section((ROOT / "docs" / "OPERATIONS.md").read_text(encoding="utf-8"), "Metrics")


@pytest.fixture
def families(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, tuple[str, str, tuple[str, ...]]]:
    """Kind, meaning and labels of each family of ours, after everything happened once."""
    monkeypatch.chdir(tmp_path)
    metrics = wire_metrics(load_settings({}))
    metrics.watch(lambda: SNAPSHOT, is_known=lambda _: True)
    metrics._gauges.refresh()
    metrics.replies.refused(request(), "queue_full")
    metrics.replies.ended(replace(WHOLE, trimmed=1, cold_load=True, attempts=2))
    metrics.replies.ended(replace(CANCELLED, truncated=True))
    metrics.replies.settle()
    metrics.requests.began()
    metrics.requests.ended(record(code="not_found", client_gone=True))
    shown = {}
    for family in metrics.registry.collect():
        if not family.name.startswith("ollamanet_"):
            continue
        assert family.samples, f"{family.name} was not shown"
        labels = tuple(label for label in family.samples[0].labels if label != "le")
        name = family.name + "_total" * (family.type == "counter")
        shown[name] = (family.type, family.documentation, labels)
    return shown


def test_the_table_has_every_metric_as_it_is_and_no_other(
    families: Mapping[str, tuple[str, str, tuple[str, ...]]],
) -> None:
    told = {spans(name)[0]: (kind, meaning, tuple(spans(labels))) for name, kind, labels, meaning in rows(PAGE)}

    table = "\n".join(
        f"| `{name}` | {kind} | {', '.join(f'`{label}`' for label in labels) or 'none'} | {meaning} |"
        for name, (kind, meaning, labels) in families.items()
    )
    assert told == dict(families), f"the table is:\n{table}"


def test_the_page_says_who_may_read_them() -> None:
    assert "OLLAMANET_METRICS_TOKEN" in spans(PAGE)
