"""The benchmark of authentication runs on a real store."""

import pytest
from bench.authentication import main


def test_it_prints_a_table_with_the_bound(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--people", "2", "--calls", "500", "--rounds", "1"])

    told = capsys.readouterr().out
    assert ended.value.code in {0, 1}
    assert "| warm |" in told
    assert "| 60 | " in told
