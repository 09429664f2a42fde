"""What an entry of a file leaves out comes from the one below it, and in the end from the service."""

from dataclasses import fields

from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.inference.model_profile import ModelProfile, ProfileEntry
from ollamanet.domain.kernel.model_terms import Overflow

sizes = st.none() | st.integers(1, 20)
entries = st.builds(
    ProfileEntry,
    prompt_tokens=sizes,
    overflow=st.none() | st.sampled_from(Overflow),
    num_ctx=sizes,
    slots=sizes,
    keep_alive=st.none() | st.sampled_from([-1.0, 0.0, 60.0]),
    expected_output=sizes,
)
services = st.builds(ModelProfile, prompt_tokens=st.integers(1, 20), expected_output=st.integers(1, 20))
running = st.builds(
    ModelProfile,
    prompt_tokens=st.integers(1, 20),
    expected_output=st.integers(1, 20),
    num_ctx=st.none() | st.integers(1, 60),
)


@given(above=entries, below=entries)
def test_what_is_given_goes_before_what_lies_below(above: ProfileEntry, below: ProfileEntry) -> None:
    both = above.over(below)

    for name in (field.name for field in fields(ProfileEntry)):
        wanted = getattr(below, name) if getattr(above, name) is None else getattr(above, name)
        assert getattr(both, name) == wanted


@given(one=entries, two=entries, three=entries)
def test_it_does_not_matter_which_two_are_joined_first(
    one: ProfileEntry, two: ProfileEntry, three: ProfileEntry
) -> None:
    assert one.over(two).over(three) == one.over(two.over(three))


@given(entry=entries, service=services)
def test_a_limit_of_the_service_never_exceeds_what_the_context_has_room_for(
    entry: ProfileEntry, service: ModelProfile
) -> None:
    whole = entry.complete(service)

    if entry.prompt_tokens is not None:
        assert whole.prompt_tokens == entry.prompt_tokens
    elif whole.num_ctx is None:
        assert whole.prompt_tokens == service.prompt_tokens
    else:
        assert whole.prompt_tokens <= service.prompt_tokens
        assert whole.prompt_tokens == 1 or whole.prompt_tokens + whole.expected_output <= whole.num_ctx
        assert whole.prompt_tokens == service.prompt_tokens or (
            whole.prompt_tokens == max(1, whole.num_ctx - whole.expected_output)
        )


def test_nothing_said_is_the_service_itself() -> None:
    service = ModelProfile(prompt_tokens=9, overflow=Overflow.REJECT, expected_output=3)

    assert ProfileEntry().complete(service) == service


@given(service=running, trained=st.integers(1, 60))
def test_no_model_is_asked_for_more_than_it_was_trained_with(service: ModelProfile, trained: int) -> None:
    fitted = service.within(trained)

    assert (fitted.num_ctx is None) is (service.num_ctx is None)
    assert fitted.num_ctx is None or fitted.num_ctx == min(trained, service.num_ctx or trained)
    assert fitted.prompt_tokens <= service.prompt_tokens
    if fitted != service:
        assert fitted.prompt_tokens == 1 or fitted.prompt_tokens + fitted.expected_output <= trained
    assert service.within(None) == service
    assert fitted.within(trained) == fitted
