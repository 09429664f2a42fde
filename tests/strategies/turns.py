"""Turns of conversations; small alphabets find more than large ones."""

from hypothesis import strategies as st

from ollamanet.domain.kernel.chat import Role, ToolCall, Turn

_SPEAKERS = (Role.USER, Role.ASSISTANT, Role.TOOL)

tool_calls = st.builds(ToolCall, st.just("call_1"), st.sampled_from(["f", "look_up"]), st.just('{"a": 1}'))

turns = st.builds(
    Turn,
    st.sampled_from(_SPEAKERS),
    st.text("ab", max_size=5),
    st.lists(st.just("aGk="), max_size=2).map(tuple),
    st.lists(tool_calls, max_size=1).map(tuple),
)
"""Any turn but a system turn."""

histories = st.lists(turns, min_size=1, max_size=8)
"""What was said, oldest first; the last turn is the question."""


def question(turns: list[Turn]) -> list[Turn]:
    """What must stay: the last turn, and the call that it answers with what else answers it."""
    first = len(turns) - 1
    while first and turns[first].role is Role.TOOL:
        first -= 1
    return turns[first:]
