"""The settings of mail, and of what stands between guesses and accounts."""

from typing import Annotated

from msgspec import Meta

from ollamanet.bootstrap import settings_mail_text as text
from ollamanet.bootstrap.settings_origin import Concern, From

_PerMinute = Annotated[int, Meta(ge=1, le=1_000_000_000)]


class MailSettings(Concern, frozen=True, kw_only=True):
    """How mail is sent."""

    smtp_url: Annotated[
        str | None,
        From(
            "OLLAMANET_SMTP_URL",
            "mail server, `smtp://user:password@host:587?tls=starttls` (or `none`) or `smtps://...`",
            default="none: mails are printed in development, and not sent in production",
            check=text.smtp,
            credentials=True,
        ),
    ] = None
    sender: Annotated[
        str | None,
        From("OLLAMANET_MAIL_FROM", "address that mails come from; a mail server needs it", check=text.mail_address),
    ] = None

    public_url: Annotated[
        str | None,
        From("OLLAMANET_PUBLIC_URL", "where people find the service, for links in mails", check=text.public_url),
    ] = None


class DefenceSettings(Concern, frozen=True, kw_only=True):
    """How often what may be tried; numbers by address hold for each process."""

    sign_in_failures: Annotated[
        Annotated[int, Meta(ge=1, le=1000)],
        From("OLLAMANET_SIGN_IN_FAILURES", "wrong passwords in a row that lock a login for a while"),
    ] = 10
    sign_in_lock_s: Annotated[
        Annotated[float, Meta(gt=0, le=86_400)], From("OLLAMANET_SIGN_IN_LOCK_S", "seconds that such a lock lasts")
    ] = 900.0
    reset_token_s: Annotated[
        Annotated[float, Meta(gt=0, le=86_400)],
        From("OLLAMANET_RESET_TOKEN_S", "seconds that a mailed token is good for"),
    ] = 1800.0
    login_rpm: Annotated[_PerMinute, From("OLLAMANET_LOGIN_RPM", "sign-ins from one address in a minute")] = 60
    register_rpm: Annotated[
        _PerMinute, From("OLLAMANET_REGISTER_RPM", "registrations from one address in a minute")
    ] = 20
    recovery_rpm: Annotated[
        _PerMinute, From("OLLAMANET_RECOVERY_RPM", "forgotten and reset passwords from one address in a minute")
    ] = 10
    auth_rpm: Annotated[
        _PerMinute,
        From("OLLAMANET_AUTH_RPM", "requests to each other route under `/api/v1/auth` together, from one address"),
    ] = 300
    trusted_proxies: Annotated[
        tuple[str, ...],
        From(
            "OLLAMANET_TRUSTED_PROXIES",
            "networks of proxies whose `X-Forwarded-For` is believed, separated by `,`",
            check=text.network,
            separator=",",
        ),
    ] = ()
