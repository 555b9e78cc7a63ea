"""What the offline demo model says. It cannot think, and says so."""

import re

_CHINESE = re.compile("[\u4e00-\u9fff]")
#: Two Chinese characters, or a word and the space after it; joined they are the text again.
_TOKENS = re.compile(r"[\u3000-\u9fff\uff00-\uffef]{1,2}|[^\s\u3000-\u9fff\uff00-\uffef]+\s*|\s+")
_ECHOED_CHARACTERS = 200
_QUOTED_CHARACTERS = 600

_ENGLISH = (
    "I am the offline demo model: no AI is connected yet. {count} and I can only repeat it:"
    " “{question}”\n\nTo talk to a real model, put OPENAI_API_KEY=sk-… into the file .env and"
    " start the server again."
)
_IN_CHINESE = (
    "我是离线演示模型，还没有连接真正的AI。{count}，我只能复述它：“{question}”\n\n"
    "要与真正的模型对话，请在 .env 文件中填写 OPENAI_API_KEY=sk-…，然后重新启动服务器。"
)
_ENGLISH_FOUND = (
    "I am the offline demo model: no AI is connected yet. I called a tool, and can only repeat what"
    " it found:\n\n{found}"
)
_FOUND_IN_CHINESE = (
    "我是离线演示模型，还没有连接真正的AI。我调用了一个工具，只能复述它找到的内容：\n\n{found}"
)


def reply(questions: list[str], found: str | None = None) -> str:
    """The answer to the last of a conversation's questions, in its language.

    `found` is what a tool found for it.
    """
    question = questions[-1].strip() if questions else ""
    if found is not None:
        text = _FOUND_IN_CHINESE if _CHINESE.search(question) else _ENGLISH_FOUND
        return text.format(found=clipped(found, _QUOTED_CHARACTERS))
    question = clipped(question, _ECHOED_CHARACTERS)
    if _CHINESE.search(question):
        return _IN_CHINESE.format(count=f"这是您的第 {len(questions)} 条消息", question=question)
    count = f"This is your message number {len(questions)},"
    return _ENGLISH.format(count=count, question=question)


def clipped(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[:characters] + "…"


def tokens_of(text: str) -> list[str]:
    """The pieces in which a text is streamed."""
    return _TOKENS.findall(text)
