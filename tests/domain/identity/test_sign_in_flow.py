"""What a browser brings back belongs to what it took away, and it goes nowhere else from here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.identity.external_errors import ExternalSignInFailed
from ollamanet.domain.identity.sign_in_flow import SignInFlow, local_path
from ollamanet.domain.kernel.errors import InvalidRequest

FLOW = SignInFlow("state-1", "nonce-1", "verifier-1", "/chat", 1000.0)


def test_the_state_has_to_be_the_flows_and_to_come_in_time() -> None:
    FLOW.require("state-1", 999.9)
    for state, now in (("state-2", 0.0), ("", 0.0), ("st\u00e4te", 0.0), ("state-1", 1000.0)):
        with pytest.raises(ExternalSignInFailed):
            FLOW.require(state, now)


def test_a_flow_shows_no_secret() -> None:
    assert "-1" not in repr(FLOW)


@pytest.mark.parametrize("path", ["/", "/chat", "/chat?x=1&y=%2F", "/a//b", "/a#b", "/@b"])
def test_a_path_on_this_server_is_one(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "text",
    [
        "", "chat", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example",
        "javascript:alert(1)", "/\t/evil.example", "/\n/evil.example", "/ /evil", "/ä", "/\0", "/x" * 1000, "/<script>",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^return_to: "):
        local_path(text)


@given(st.text(alphabet="/\\:@?#.ae\t%", max_size=8))
def test_no_path_leads_to_another_server(text: str) -> None:
    try:
        path = local_path(text)
    except InvalidRequest:
        return
    assert path is not None
    assert path[0] == "/"
    assert path[1:2] not in {"/", "\\"}
    assert not set(path) & set("\\\t")
