"""Over every transport, on both pages, an answer appears as it is written."""

from __future__ import annotations

import pytest

from tests.browser.chat_page import FLAVOURS, QUESTION, TRANSPORTS, Flavour, grew, text_of
from tests.browser.conftest import Opener

pytestmark = pytest.mark.asyncio(loop_scope="session")
#: States of an answer of about forty tokens that must be seen between none of it and all of it.
FEWEST_STATES = {"polling": 3}


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_an_answer_appears_token_by_token(
    chat: Opener, flavour: Flavour, transport: str
) -> None:
    async with chat(flavour, transport) as page:
        await page.ask()
        text = await page.answered()
        states = await page.seen("answers")

        assert QUESTION in text
        assert states[-1] == text
        assert grew(states)
        assert len(states) - 1 >= FEWEST_STATES.get(transport, 15)
        assert await page.seen("typing") > 0
        assert await text_of(page.questions.first) == QUESTION
        assert page.asked_elsewhere == []
        assert page.complaints == []
