"""What the count of a prompt tells once its reply is over."""

from dataclasses import replace

from tests.contracts.replies import a_request
from tests.fakes.inference.one_profile import OneProfile

from ollamanet.application.inference.ports import TokenEstimates
from ollamanet.application.inference.prompt_audit import PromptAudit
from ollamanet.domain.inference.model_profile import ModelProfile
from ollamanet.domain.inference.token_calibration import TokenCalibration
from ollamanet.domain.kernel.chat import ReplyRequest, Role, Turn
from ollamanet.domain.kernel.reply import Usage


def asked(tokens: int, *, images: tuple[str, ...] = ()) -> ReplyRequest:
    return replace(a_request(1), turns=(Turn(Role.USER, "Hi", images),), prompt_tokens=tokens)


def audit_of(estimates: TokenEstimates, *, window: int | None = 4096) -> PromptAudit:
    return PromptAudit(estimates, OneProfile(ModelProfile(num_ctx=window)))


def share(estimates: TokenEstimates) -> float:
    """What of an estimate the model costs at least; moves with all that is learnt."""
    return estimates.least(asked(0).model, 100_000) / 100_000


def test_a_prompt_that_was_read_whole_teaches_what_it_cost() -> None:
    estimates = TokenCalibration()
    before = share(estimates)

    assert not audit_of(estimates)(asked(3000), Usage(2400, 20))
    assert share(estimates) > before


def test_a_prompt_that_was_cut_is_told_of_and_teaches_nothing() -> None:
    estimates = TokenCalibration()
    audit = audit_of(estimates)
    for _ in range(300):
        audit(asked(3000), Usage(2700, 20))
    before = share(estimates)

    assert audit(asked(4000), Usage(2050, 20))
    assert share(estimates) == before


def test_an_answer_that_outgrew_the_window_is_told_of_and_the_prompt_still_teaches() -> None:
    estimates = TokenCalibration()
    before = share(estimates)

    assert audit_of(estimates)(asked(4000), Usage(3600, 600))
    assert share(estimates) > before
    assert not audit_of(estimates, window=None)(asked(4000), Usage(3600, 600))


def test_a_prompt_with_images_is_neither_judged_by_its_count_nor_learnt_from() -> None:
    estimates = TokenCalibration()
    audit, before = audit_of(estimates), share(estimates)

    assert not audit(asked(40_000, images=("aGk=",)), Usage(300, 20))
    assert share(estimates) == before
    assert audit(asked(4000, images=("aGk=",)), Usage(4000, 200))


def test_a_replica_that_does_not_count_teaches_nothing() -> None:
    estimates = TokenCalibration()
    before = share(estimates)

    assert not audit_of(estimates)(asked(9000), Usage())
    assert share(estimates) == before
