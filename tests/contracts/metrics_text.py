"""What every text of metrics has to satisfy, and a way to ask for one value in it."""

import re

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from ollamanet.infrastructure.operations.prometheus_metrics import WithoutBirthdays

NAME = re.compile(r"(ollamanet|process|python)_[a-z_]+")


class Scraped:
    """A legal text in Prometheus' format.

    Attributes:
        kinds: the type of each family, by name as it stands in the text.
        samples: each value, by its name and the labels in the order of their names.
    """

    def __init__(self, text: str) -> None:
        self.kinds = dict(line.split(" ")[2:4] for line in text.splitlines() if line.startswith("# TYPE "))
        helps = [line.split(" ", 3)[2:] for line in text.splitlines() if line.startswith("# HELP ")]
        assert [name for name, meaning in helps if meaning] == list(self.kinds)
        self.samples: dict[tuple[str, ...], float] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                key = (sample.name, *(sample.labels[label] for label in sorted(sample.labels)))
                assert key not in self.samples, f"twice: {key}"
                self.samples[key] = sample.value
        for name, kind in self.kinds.items():
            assert NAME.fullmatch(name), name
            assert name.endswith("_total") == (kind == "counter"), name

    def __getitem__(self, key: str | tuple[str, ...]) -> float | None:
        return self.samples.get((key,) if isinstance(key, str) else key)

    def named(self, name: str) -> dict[tuple[str, ...], float]:
        """The values of one name, by their labels."""
        return {key[1:]: value for key, value in self.samples.items() if key[0] == f"ollamanet_{name}"}


def scraped(registry: CollectorRegistry) -> Scraped:
    return Scraped(generate_latest(WithoutBirthdays(registry)).decode())
