"""Conversations as files."""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from ollamanet.application.conversations.queries.export_conversations import ExportConversations
from ollamanet.domain.conversations.conversation import Conversation, Message, Outcome, Timings
from ollamanet.domain.conversations.summary import Summary
from ollamanet.domain.kernel.chat import Role, ToolCall
from ollamanet.domain.kernel.file_names import is_safe_path
from ollamanet.domain.kernel.ids import ConversationId, MessageId, UserId
from ollamanet.domain.kernel.reply import DoneReason, Usage
from ollamanet.interfaces.conversations.own_conversations import OwnConversations

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ADA = UserId(UUID(int=1))
SKY = Conversation(ConversationId(UUID(int=5)), ADA, "Why is the sky blue?", "llama3:latest", None, NOON, NOON)
PNG = b"\x89PNG\r\n\x1a\n rest"
OUTCOME = Outcome("llama3:latest", DoneReason.STOP, False, Usage(3, 4), Timings(1.0, 2.0, 3.0))


def message(number: int, role: Role = Role.USER, text: str = "?", **more: object) -> Message:
    at = NOON + timedelta(minutes=number)
    made = Message(MessageId(UUID(int=100 + number)), SKY.id, role, text, at)
    return replace(made, **more)  # type: ignore[arg-type]  # any field, as the test says


class WholeStore:
    """Gives two at a time, as a database would a hundred."""

    def __init__(self, messages: Sequence[Message], conversations: Sequence[Conversation] = (SKY,)) -> None:
        self.messages, self.stored = list(messages), list(conversations)

    async def conversations(self, owner: UserId, after: Conversation | None) -> Sequence[Conversation]:
        return self._next([each for each in self.stored if each.owner == owner], after)

    async def texts(self, conversation_id: ConversationId, after: Message | None) -> Sequence[Message]:
        found = self._next([each for each in self.messages if each.conversation_id == conversation_id], after)
        return [replace(each, images=None) for each in found]

    async def pictures(self, conversation_id: ConversationId, after: Message | None) -> Sequence[Message]:
        found = [each for each in self.messages if each.conversation_id == conversation_id and each.images]
        return self._next(found, after)

    async def summary(self, conversation_id: ConversationId) -> Summary | None:
        return None

    def _next(self, items: list, after: object) -> list:
        ids = [each.id for each in items]
        start = 0 if after is None else ids.index(after.id) + 1  # type: ignore[attr-defined]  # what it gave before
        return items[start : start + 2]


async def files_of(store: WholeStore, **options: int) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    last = ""
    async for path, piece in OwnConversations(ExportConversations(store), **options).files(ADA):
        assert path == last or path not in files
        files[path] = files.get(path, b"") + piece
        last = path
    assert all(is_safe_path(f"conversations/{path}") for path in files)
    return files


@pytest.mark.anyio
async def test_a_conversation_is_a_folder_of_json_and_markdown_with_images() -> None:
    call = ToolCall("c1", "look_up", '{"a": 1}')
    answer = message(2, Role.ASSISTANT, "Light\nscatters.", thinking="hm\nwell", tool_calls=(call,), outcome=OUTCOME)
    asked = message(1, text="Look:", images=(b64encode(PNG).decode(), "!!"))
    files = await files_of(WholeStore([asked, answer, message(3)]))

    folder = f"2026-11-22_why-is-the-sky-blue_{SKY.id}"
    names = [f"images/{asked.id}-1.png", f"images/{asked.id}-2.bin"]
    assert list(files) == [f"{folder}/{name}" for name in (*names, "conversation.json", "conversation.md")]
    assert files[f"{folder}/{names[0]}"] == PNG
    told = json.loads(files[f"{folder}/conversation.json"])
    assert (told["id"], told["title"], told["system"]) == (str(SKY.id), SKY.title, None)
    assert [each["text"] for each in told["messages"]] == ["Look:", "Light\nscatters.", "?"]
    assert [each["images"] for each in told["messages"]] == [names, [], []]
    assert told["messages"][1]["usage"] == {"prompt_tokens": 3, "completion_tokens": 4}
    assert files[f"{folder}/conversation.md"].decode() == (
        "# Why is the sky blue?\n\nBegun 2026-11-22 12:00 UTC, llama3:latest\n"
        "\n## You, 2026-11-22 12:01 UTC\n\nLook:\n"
        f"\n![image 1]({names[0]})\n\n![image 2]({names[1]})\n"
        "\n## llama3:latest, 2026-11-22 12:02 UTC\n\n> hm\n> well\n\nLight\nscatters.\n"
        '\ncalls `look_up` with `{"a": 1}`\n'
        "\n## You, 2026-11-22 12:03 UTC\n\n?\n"
    )


@pytest.mark.anyio
async def test_what_was_cut_and_what_was_instructed_is_told() -> None:
    cut = message(1, Role.ASSISTANT, "Li", outcome=replace(OUTCOME, partial=True))
    files = await files_of(WholeStore([cut], [replace(SKY, system="Be brief.")]))
    (markdown,) = (content.decode() for path, content in files.items() if path.endswith(".md"))
    assert "## Instructions\n\nBe brief.\n" in markdown
    assert markdown.endswith("Li\n\n(cut off here)\n")


@pytest.mark.anyio
async def test_a_conversation_without_messages_is_whole_too() -> None:
    files = await files_of(WholeStore([]))
    assert [json.loads(content)["messages"] for path, content in files.items() if path.endswith(".json")] == [[]]


@pytest.mark.anyio
async def test_a_very_long_one_goes_on_in_other_files_and_nothing_is_lost() -> None:
    messages = [message(number, text=str(number) * 300) for number in range(1, 8)]
    files = await files_of(WholeStore(messages), largest_file=1000)

    parts = {path.rpartition("/")[2]: content for path, content in files.items()}
    numbers = [name for name in parts if name.endswith(".json")]
    assert numbers[:2] == ["conversation.json", "conversation-2.json"]
    told = [each["text"] for name in numbers for each in json.loads(parts[name])["messages"]]
    assert told == [each.text for each in messages]
    markdown = b"".join(content for name, content in parts.items() if name.endswith(".md")).decode()
    assert [markdown.count(each.text) for each in messages] == [1] * 7


@pytest.mark.anyio
@pytest.mark.parametrize("title", ["../../../etc/cron.d/x", "", "\u202e...", "CON", "a" * 80, "天" * 80])
async def test_no_title_leads_out_of_the_archive(title: str) -> None:
    files = await files_of(WholeStore([], [replace(SKY, title=title)]))
    assert len(files) == 2
    assert {path.count("/") for path in files} == {1}


@pytest.mark.anyio
async def test_two_of_one_title_and_day_stay_apart_and_those_of_others_out() -> None:
    twin = replace(SKY, id=ConversationId(UUID(int=6)))
    foreign = replace(SKY, id=ConversationId(UUID(int=7)), owner=UserId(UUID(int=2)))
    files = await files_of(WholeStore([], [SKY, twin, foreign]))
    assert len(files) == 4
    assert not any(str(foreign.id) in path for path in files)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("image", "ending"),
    [(PNG, "png"), (b"\xff\xd8\xff\xe0", "jpg"), (b"GIF89a", "gif"), (b"RIFF....WEBP", "webp"), (b"?", "bin")],
)
async def test_images_are_named_for_what_they_are(image: bytes, ending: str) -> None:
    files = await files_of(WholeStore([message(1, images=(b64encode(image).decode(),))]))
    assert next(iter(files)).endswith(f"-1.{ending}")
