"""What somebody types to find entries."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.domain.operations.audit_filter import AuditFilter

ID = "0190a0b0-0000-7000-8000-000000000001"


def test_an_actor_is_an_account_by_its_id_or_by_its_name() -> None:
    assert AuditFilter.parse(actor=ID) == AuditFilter(actor_id=UUID(ID))
    assert AuditFilter.parse(actor="ada") == AuditFilter(actor_name="ada")


@pytest.mark.parametrize("text", ["2026-11-22T12:00:00Z", "2026-11-22T13:00:00+01:00", "2026-11-22T13:00:00 01:00"])
def test_times_are_of_one_zone_and_a_plus_sign_may_have_become_a_space(text: str) -> None:
    assert AuditFilter.parse(since=text, until=text) == AuditFilter(
        since=datetime(2026, 11, 22, 12, tzinfo=UTC), until=datetime(2026, 11, 22, 12, tzinfo=UTC)
    )


@pytest.mark.parametrize("action", ["user.locked", "user.", "api_key.", "user"])
def test_an_action_is_whole_or_the_beginning_of_some(action: str) -> None:
    assert AuditFilter.parse(action=action).action == action


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("action", "User.Locked"), ("action", "user.%"), ("action", ""), ("action", "a.b.c"),
        ("actor", ""), ("actor", "x" * 257), ("target", "a\nb"), ("address", "\0"), ("request_id", "\x1b[2J"),
        ("since", "yesterday"), ("since", "2026-11-22T12:00:00"), ("until", "0001-01-01T00:00:00+14:00"), ("until", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_by_name(field: str, text: str) -> None:
    with pytest.raises(InvalidRequest, match=rf"^{field}: "):
        AuditFilter.parse(**{field: text})
