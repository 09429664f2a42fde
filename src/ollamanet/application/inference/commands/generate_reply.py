"""Have a model answer: find it, hold it to the caller's limits, take a place in the queue."""

from dataclasses import dataclass
from typing import Final

from ollamanet.application.inference.admission_ports import Place
from ollamanet.application.inference.admitted_reply import AdmittedReply
from ollamanet.application.inference.ports import Reservation
from ollamanet.application.inference.reply_services import ReplyBounds, ReplyServices
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.inference.errors import ModelNotFound
from ollamanet.domain.inference.reply_cost import ReplyCost
from ollamanet.domain.inference.ticket_names import ticket_name
from ollamanet.domain.inference.tickets import Ticket, WorkloadClass
from ollamanet.domain.kernel.chat import Priority, ReplyRequest
from ollamanet.domain.kernel.errors import InvalidRequest, Refusal
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.model_terms import ModelTerms

_CLASSES: Final = {
    Priority.INTERACTIVE: WorkloadClass.INTERACTIVE,
    Priority.BACKGROUND: WorkloadClass.BACKGROUND,
}


@dataclass(frozen=True, slots=True)
class GenerateReplyHandler:
    """Satisfies what the conversations module calls `Replies`."""

    services: ReplyServices
    default_model: ModelName | None = None

    async def resolve(self, model: ModelName | None, actor: Actor) -> ModelTerms:
        """The model that would answer, the one asked for or the default, and what holds for its prompts.

        Raises:
            Forbidden: the model is not among those that the actor may ask.
            ModelNotFound: no replica has it, or there is none at all.
            CloudModelForbidden: it is of Ollama's cloud, and that is not allowed.
            InvalidRequest: it is not a model that chats.
            NoHealthyReplica: no replica can say which models it has.
        """
        if model is not None:
            actor.require_model(model)
        wanted = model or await self._default(actor.models)
        found = await self.services.models.find(wanted)
        if found is None:
            raise ModelNotFound(f"model: '{wanted}' is not installed")
        if found.capabilities and "completion" not in found.capabilities:
            raise InvalidRequest(f"model: '{found.name}' cannot chat")
        profile = self.services.profiles.of(found.name)
        estimates = self.services.estimates
        counter, overhead = estimates.counter(found.name), estimates.overhead(found.name)
        return ModelTerms(found.name, profile.prompt_tokens, profile.overflow, counter, overhead)

    async def _default(self, allowed: frozenset[str] | None) -> ModelName:
        if self.default_model is not None and (allowed is None or self.default_model.key in allowed):
            return self.default_model
        first = await self.services.models.first_chat_model(allowed)
        if first is None:
            among = "" if allowed is None else " among those that you may ask"
            raise ModelNotFound(f"model: none is installed{among}; install one, or name one")
        return first

    def admit(self, request: ReplyRequest) -> AdmittedReply:
        """Take a place at once.

        Raises:
            Refusal: a limit of the caller is used up, the queue is full, his deadline cannot be met, or the service is
                stopping.
        """
        cost, bounds = self._cost(request), self._bounds(request)
        try:
            reservation = self.services.quota.reserve(request, tokens=cost.tokens)
            place = self._place(request, cost, bounds, reservation)
        except Refusal as refusal:
            self.services.meter.refused(request, refusal.code)
            raise
        return AdmittedReply(self.services, request, cost, bounds, place, reservation)

    def _place(self, request: ReplyRequest, cost: ReplyCost, bounds: ReplyBounds, reservation: Reservation) -> Place:
        try:
            return self.services.admission.enter(self._ticket(request, cost, bounds, reservation.weight))
        except BaseException:
            reservation.settle(None)
            raise

    def _cost(self, request: ReplyRequest) -> ReplyCost:
        prompt = request.prompt_tokens or sum(map(self.services.estimates.counter(request.model), request.turns))
        output = self.services.profiles.of(request.model).expected_output
        asked = request.sampling.options.get("num_predict")
        return ReplyCost(prompt, min(output, asked) if isinstance(asked, int) and asked > 0 else output)

    def _bounds(self, request: ReplyRequest) -> ReplyBounds:
        bounds = self.services.bounds(request.priority)
        if request.timeout is None or request.timeout >= bounds.total:
            return bounds
        return ReplyBounds(min(bounds.queue, request.timeout), request.timeout)

    def _ticket(self, request: ReplyRequest, cost: ReplyCost, bounds: ReplyBounds, weight: float) -> Ticket:
        now = self.services.clock.monotonic()
        return Ticket(
            id=ticket_name(request.user, request.request_id),
            user=request.user,
            model=request.model.key,
            workload=_CLASSES[request.priority],
            cost=cost.expected,
            key=request.key,
            affinity=request.affinity,
            start_by=now + min(bounds.queue, bounds.total),
            deadline=now + bounds.total,
            weight=weight,
            size=sum(len(turn.text) + sum(map(len, turn.images)) for turn in request.turns),
        )
