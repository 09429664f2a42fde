"""The benchmark of authentication measures requests of people who are known."""

import pytest
from bench.authentication import main, measured


@pytest.mark.anyio
async def test_every_token_was_verified_before_its_requests_were_counted() -> None:
    warm, cold = await measured(people=3, calls=200, rounds=2)

    assert warm.verified
    assert cold.verified


def test_it_prints_a_table_with_the_bound(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--people", "2", "--calls", "500", "--rounds", "1"])

    told = capsys.readouterr().out
    assert ended.value.code in {0, 1}
    assert "| warm |" in told
    assert "| 60 | " in told
