"""The settings of an external provider."""

from pathlib import Path

import pytest

from ollamanet.bootstrap.settings_sources import SettingsInvalid, load_settings

PROVIDER = {
    "OLLAMANET_OIDC_ISSUER": "https://sso.example/realms/team/",
    "OLLAMANET_OIDC_CLIENT_ID": "ollamanet",
    "OLLAMANET_PUBLIC_URL": "https://chat.example",
}


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def mistakes(**environ: str) -> list[str]:
    with pytest.raises(SettingsInvalid) as invalid:
        load_settings(PROVIDER | environ)
    return [problem.name for problem in invalid.value.problems]


def test_a_provider_is_spelled_as_it_spells_itself() -> None:
    oidc = load_settings(PROVIDER).oidc

    assert oidc.issuer == "https://sso.example/realms/team/"
    assert (oidc.client_secret, oidc.scopes, oidc.registration) == (None, "openid email profile", None)
    assert load_settings({}).oidc.issuer is None


def test_roles_are_pairs_whose_value_may_be_anything() -> None:
    mapped = {"OLLAMANET_OIDC_ROLE_CLAIM": "groups", "OLLAMANET_OIDC_ROLE_MAP": "cn=ops,dc=x=admin; labs = Researcher"}
    oidc = load_settings(PROVIDER | mapped).oidc

    assert oidc.roles() == {"cn=ops,dc=x": "Admin", "labs": "Researcher"}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OLLAMANET_OIDC_ISSUER", "http://sso.example"),
        ("OLLAMANET_OIDC_ISSUER", "https://sso.example/?x"),
        ("OLLAMANET_OIDC_ISSUER", "https://u:p@sso.example"),
        ("OLLAMANET_OIDC_ISSUER", "sso.example"),
        ("OLLAMANET_OIDC_ISSUER", "https://sso.example/" + "x" * 200),
        ("OLLAMANET_OIDC_SCOPES", "email"),
        ("OLLAMANET_OIDC_REGISTRATION", "closed"),
        ("OLLAMANET_OIDC_ROLE_MAP", "ops"),
        ("OLLAMANET_OIDC_ROLE_MAP", "=Admin"),
    ],
)
def test_what_cannot_be_is_refused_by_name(variable: str, value: str) -> None:
    assert variable in mistakes(**{variable: value, "OLLAMANET_OIDC_ROLE_CLAIM": "groups"})


def test_what_a_provider_needs_too_is_asked_for() -> None:
    with pytest.raises(SettingsInvalid) as invalid:
        load_settings({"OLLAMANET_OIDC_ISSUER": "http://127.0.0.1:9", "OLLAMANET_OIDC_ROLE_CLAIM": "x"})

    assert [problem.name for problem in invalid.value.problems] == [
        "OLLAMANET_OIDC_CLIENT_ID",
        "OLLAMANET_PUBLIC_URL",
        "OLLAMANET_OIDC_ROLE_MAP",
    ]
    assert "CLIENT_ID: expected a value, which OLLAMANET_OIDC_ISSUER needs" in str(invalid.value)


def test_the_secret_is_never_shown() -> None:
    assert "hush" not in repr(load_settings(PROVIDER | {"OLLAMANET_OIDC_CLIENT_SECRET": "hush"}).oidc)
