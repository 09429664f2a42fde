"""Settings of mail, proxies and limits by address."""

from pathlib import Path

import pytest

from ollamanet.bootstrap.recovery_wiring import mail_sender, warn_without_mail
from ollamanet.bootstrap.settings_sources import SettingsInvalid, load_settings
from ollamanet.infrastructure.identity.mail_senders import ConsoleMail, CountedMailSender, NoMail
from ollamanet.infrastructure.identity.smtp_mail_sender import SmtpMailSender

SMTP = {"OLLAMANET_SMTP_URL": "smtp://ada:hunter2@mail.example.org", "OLLAMANET_MAIL_FROM": "ollamanet@example.org"}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class Uncounted:
    def mail_ended(self, outcome: str) -> None:
        raise AssertionError(outcome)


@pytest.mark.parametrize(
    ("environ", "bearer"),
    [({}, ConsoleMail), ({"OLLAMANET_ENV": "production"}, NoMail), (SMTP, SmtpMailSender)],
)
def test_mail_goes_where_it_can(environ: dict[str, str], bearer: type) -> None:
    with mail_sender(load_settings(environ), Uncounted()) as sender:
        assert isinstance(sender, CountedMailSender)
        assert isinstance(sender.bearer, bearer)


def test_production_without_mail_is_told_about(capsys: pytest.CaptureFixture[str]) -> None:
    for environ in ({}, SMTP, {"OLLAMANET_ENV": "production", **SMTP}):
        warn_without_mail(load_settings(environ))
    assert capsys.readouterr() == ("", "")
    warn_without_mail(load_settings({"OLLAMANET_ENV": "production"}))
    assert "OLLAMANET_SMTP_URL" in "".join(capsys.readouterr())


def test_the_password_of_the_mail_server_is_never_shown() -> None:
    settings = load_settings(SMTP)
    assert settings.mail.smtp_url == "smtp://ada:hunter2@mail.example.org"
    assert "hunter2" not in repr(settings)
    with pytest.raises(SettingsInvalid) as refused:
        load_settings({**SMTP, "OLLAMANET_SMTP_URL": "smtp://ada:hunter2@mail.example.org?tls=none"})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("OLLAMANET_SMTP_URL", "mail.example.org"),
        ("OLLAMANET_SMTP_URL", "smtp://ada:hunter2@mail.example.org?tls=none"),
        ("OLLAMANET_MAIL_FROM", "OllamaNet <ollamanet@example.org>"),
        ("OLLAMANET_MAIL_FROM", "a@example.org\r\nBcc: b@example.org"),
        ("OLLAMANET_PUBLIC_URL", "chat.example.org"),
        ("OLLAMANET_PUBLIC_URL", "https://chat.example.org/?x=1"),
        ("OLLAMANET_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("OLLAMANET_TRUSTED_PROXIES", "10.0.0.0/8,proxy"),
        ("OLLAMANET_LOGIN_RPM", "0"),
        ("OLLAMANET_SIGN_IN_LOCK_S", "0"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(SettingsInvalid, match=name):
        load_settings({**SMTP, name: text})


def test_a_mail_server_needs_an_address_to_send_from() -> None:
    with pytest.raises(SettingsInvalid, match="OLLAMANET_MAIL_FROM"):
        load_settings({"OLLAMANET_SMTP_URL": "smtps://mail.example.org"})


def test_what_is_meant_is_taken_in_one_form() -> None:
    environ = {
        "OLLAMANET_SMTP_URL": "smtp://ada:x@127.0.0.1:2525?tls=none",
        "OLLAMANET_MAIL_FROM": "ollamanet@example.org",
        "OLLAMANET_PUBLIC_URL": "https://chat.example.org/",
        "OLLAMANET_TRUSTED_PROXIES": "10.0.0.0/8, 2001:DB8::1",
    }
    settings = load_settings(environ)
    assert settings.mail.public_url == "https://chat.example.org"
    assert settings.defence.trusted_proxies == ("10.0.0.0/8", "2001:db8::1/128")
