"""What the queue knows about replicas and models, for those who look after them."""

from collections.abc import Collection, Mapping
from typing import Final

from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.infrastructure.inference.scheduled_admission import ScheduledAdmission


class QueueLoads:
    """Satisfies `ReplicaLoads`, and tells the warmers of models and the metrics what they ask."""

    def __init__(self, admission: ScheduledAdmission) -> None:
        """Look at this queue."""
        self._admission: Final = admission

    def in_flight(self, replica: ReplicaId) -> int:
        """Requests that hold a slot of it now; 0 for one that is not known."""
        return sum(self._running(replica).values())

    def in_use(self, replica: str) -> Collection[str]:
        """The models (`ModelName.key`) that requests run on at a replica, or wait for anywhere."""
        return {*self._running(replica), *(model for model, _, _ in self._admission.view.depths())}

    def is_known(self, model: str) -> bool:
        """Whether any replica has the model (its `ModelName.key`)."""
        return any(model in each.spec.installed for each in self._admission.view.replicas())

    def _running(self, replica: str) -> Mapping[str, int]:
        found = (each.running for each in self._admission.view.replicas() if each.spec.id == replica)
        return next(found, {})
