"""Letters arrive at a real mail server."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.handlers import Message as MessageHandler
from aiosmtpd.smtp import SMTP, AuthResult
from prometheus_client import CollectorRegistry
from tests.fakes.identity.fixed_time import FixedClock

from ollamanet.application.identity.mail import Mail
from ollamanet.domain.identity.names import Email
from ollamanet.infrastructure.identity.mail_metrics import MailMetrics
from ollamanet.infrastructure.identity.mail_senders import ConsoleMail, CountedMailSender, NoMail
from ollamanet.infrastructure.identity.smtp_mail_sender import MailNotSent, SmtpMailSender, SmtpServer

ADA = Email.parse("ada@example.org")
FROM = Email.parse("ollamanet@example.org")
LETTER = Mail(ADA, "Grüße", "Hello ada,\n\n.a line that begins with a dot\nsecret-1\n" + "ä" * 2000)
MADE = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"


class Box(MessageHandler):
    """Keeps what arrives; refuses the first `busy` attempts for a while, and some addresses for good."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived: list[Message] = []
        self.recipients: list[list[str]] = []
        self.attempts = self.busy = 0

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        self.attempts += 1
        if address.startswith("gone"):
            return "550 no such user <secret-address>"
        if self.attempts <= self.busy:
            return "450 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def handle_message(self, message: Message) -> None:
        self.recipients.append([message["X-RcptTo"]])
        self.arrived.append(message)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("certificate")
    cert, key = folder / "cert.pem", folder / "key.pem"
    names = ("-addext", "subjectAltName=DNS:localhost")
    subprocess.run(["openssl", *MADE.split(), *names, "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


@pytest.fixture
def box() -> Box:
    return Box()


@asynccontextmanager
async def post_office(box: Box, **options: Any) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, hostname="localhost", **options), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def sender(server: SmtpServer, **options: Any) -> SmtpMailSender:
    return SmtpMailSender(server, FROM, FixedClock(), **{"pauses": (0.0, 0.0), "timeout": 5.0, **options})


@pytest.fixture
async def plain(box: Box) -> AsyncIterator[SmtpMailSender]:
    async with post_office(box) as port:
        smtp = sender(SmtpServer("127.0.0.1", port, "none"))
        yield smtp
        smtp.close()


@pytest.mark.anyio
async def test_a_letter_arrives_as_it_was_written(plain: SmtpMailSender, box: Box) -> None:
    await plain.bring(LETTER)

    (message,) = box.arrived
    assert str(message["Subject"]) == "=?utf-8?b?R3LDvMOfZQ==?=" or "Gr" in str(message["Subject"])
    assert (message["From"], message["To"]) == ("ollamanet@example.org", "ada@example.org")
    assert message["Date"] == "Sun, 22 Nov 2026 12:00:00 +0000"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@example.org>")
    assert message.get_payload(decode=True).decode().replace("\r\n", "\n").rstrip("\n") == LETTER.text
    assert message.get_content_type() == "text/plain"


@pytest.mark.anyio
async def test_the_name_of_a_host_beyond_ascii_goes_over_the_wire_in_ascii(plain: SmtpMailSender, box: Box) -> None:
    await plain.bring(Mail(Email.parse("ada@bücher.example"), "x", "y"))
    assert box.arrived[0]["To"] == "ada@xn--bcher-kva.example"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "mail",
    [
        Mail(ADA, "x\r\nBcc: evil@example.org", "y"),
        Mail(ADA, "x\nBcc: evil@example.org", "y"),
        Mail(Email("ada@example.org\r\nBcc: evil@example.org"), "x", "y"),
    ],
)
async def test_no_name_and_no_subject_adds_a_header_or_a_reader(plain: SmtpMailSender, box: Box, mail: Mail) -> None:
    with pytest.raises(MailNotSent):
        await plain.bring(mail)
    assert box.arrived == []


@pytest.mark.anyio
async def test_what_looks_like_two_addresses_is_one(plain: SmtpMailSender, box: Box) -> None:
    await plain.bring(Mail(Email("ada@example.org,evil@example.org"), "x", "y"))
    assert box.recipients == [['"ada@example.org,evil"@example.org']]


@pytest.mark.anyio
async def test_a_server_that_is_busy_is_asked_again_so_often(plain: SmtpMailSender, box: Box) -> None:
    box.busy = 2
    await plain.bring(LETTER)
    assert (len(box.arrived), box.attempts) == (1, 3)

    box.attempts, box.busy = 0, 10
    with pytest.raises(MailNotSent):
        await plain.bring(LETTER)
    assert box.attempts == 3


@pytest.mark.anyio
async def test_what_is_refused_for_good_is_not_tried_again_and_nothing_private_is_told(
    plain: SmtpMailSender, box: Box, caplog: pytest.LogCaptureFixture
) -> None:
    meter = MailMetrics(registry := CollectorRegistry())
    counted = CountedMailSender(plain, meter)

    gone = Mail(Email.parse("gone@example.org"), "Reset your password", "secret-1")
    outcomes = [await counted.send(each) for each in (gone, LETTER)]

    assert (outcomes, box.attempts) == ([False, True], 2)
    assert [registry.get_sample_value("ollamanet_mails_total", {"outcome": each}) for each in ("failed", "sent")] == [
        1, 1,
    ]  # fmt: skip
    assert "Reset your password" in caplog.text
    assert not any(private in caplog.text for private in ("gone", "secret"))


@pytest.mark.anyio
async def test_it_signs_in_over_tls_and_takes_no_other_certificate(box: Box, certificate: tuple[Path, Path]) -> None:
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(*certificate)
    seen: list[Any] = []

    def authenticator(_server: SMTP, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        seen.append((data.login, data.password))
        right = data.password == b"p@ss"
        return AuthResult(success=right, handled=right)

    options = {"tls_context": serving, "require_starttls": True, "authenticator": authenticator, "auth_required": True}
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    async with post_office(box, **options) as port:
        url = f"smtp://ada:{{}}@localhost:{port}?tls=starttls"
        good = sender(SmtpServer.parse(url.format("p%40ss")), trusted=trusting)
        await good.bring(LETTER)
        for server, context in (
            (SmtpServer.parse(url.format("wrong")), trusting),
            (SmtpServer.parse(url.format("p%40ss")), None),
            (SmtpServer("localhost", port, "none"), trusting),
        ):
            bad = sender(server, trusted=context)
            with pytest.raises(MailNotSent):
                await bad.bring(LETTER)
            bad.close()
        good.close()

    assert len(box.arrived) == 1
    assert set(seen) == {(b"ada", b"p@ss"), (b"ada", b"wrong")}


@pytest.mark.anyio
async def test_tls_is_demanded_where_it_was_asked_for(box: Box) -> None:
    async with post_office(box) as port:
        careful = sender(SmtpServer("127.0.0.1", port))
        with pytest.raises(MailNotSent, match="SMTPNotSupportedError"):
            await careful.bring(LETTER)
        careful.close()
    assert box.arrived == []


@pytest.mark.anyio
async def test_a_server_that_is_not_there_is_a_failure_and_no_defect(unused_tcp_port: int) -> None:
    smtp = sender(SmtpServer("127.0.0.1", unused_tcp_port, "none"))
    with pytest.raises(MailNotSent):
        await smtp.bring(LETTER)
    smtp.close()


@pytest.fixture
async def unused_tcp_port(box: Box) -> int:
    async with post_office(box) as port:
        pass
    return port


@pytest.mark.anyio
async def test_without_a_server_a_developer_reads_the_letter_and_production_keeps_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    await ConsoleMail().bring(LETTER)
    assert "mail to ada@example.org: Grüße\n" in (shown := capsys.readouterr().err)
    assert "  | secret-1\n" in shown
    with pytest.raises(MailNotSent, match="OLLAMANET_SMTP_URL"):
        await NoMail().bring(LETTER)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org", SmtpServer("mail.example.org", 587, "starttls")),
        ("smtps://mail.example.org", SmtpServer("mail.example.org", 465, "tls")),
        ("smtp://u%40x:p%2Fw@h:2525?tls=starttls", SmtpServer("h", 2525, "starttls", "u@x", "p/w")),
        ("smtp://h?tls=none", SmtpServer("h", 25, "none")),
    ],
)
def test_a_url_says_all_about_the_server(url: str, server: SmtpServer) -> None:
    assert SmtpServer.parse(url) == server
    assert server.password is None or server.password not in repr(server)


@pytest.mark.parametrize(
    "url",
    ["http://h", "smtp://", "smtp://h?tls=maybe", "smtp://h?x=1", "smtp://h/path", "smtp://h:0", "smtp://h:99999"],
)
def test_what_is_no_such_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        SmtpServer.parse(url)
