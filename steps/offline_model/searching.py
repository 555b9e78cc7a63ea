"""When the offline demo model calls a tool: it is offered a search, and the question fits one."""

import json
import re

from steps.offline_model.request import CompletionRequest

_LOOKS_LIKE_A_SEARCH = re.compile(
    r"\b(motia|steps?|streams?|queues?|crons?|events?|emits?|states?|retry|retries|dead letters?"
    r"|schedules?|settings?|docs|documentation)\b|文档|步骤",
    re.IGNORECASE,
)


def tool_call(asked: CompletionRequest) -> dict[str, str] | None:
    """The function to call, its arguments as JSON; None if the model answers by itself."""
    last = asked.messages[-1]
    if asked.tool_choice == "none" or last.role != "user":
        return None
    if not _LOOKS_LIKE_A_SEARCH.search(last.text):
        return None
    for tool in asked.tools or ():
        if "query" in tool.function.parameters.get("properties", {}):
            arguments = json.dumps({"query": last.text}, ensure_ascii=False)
            return {"name": tool.function.name, "arguments": arguments}
    return None


def tool_result(asked: CompletionRequest) -> str | None:
    """What the tool found that was called for the last question."""
    last = asked.messages[-1]
    return last.text if last.role == "tool" else None
