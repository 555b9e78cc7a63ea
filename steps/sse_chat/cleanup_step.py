"""Every six hours: forgets conversations that have been silent for a day."""

from motia_py import Context, cron
from steps.sse_chat.conversation import GROUP

KEPT_MILLISECONDS = 24 * 60 * 60 * 1000

config = {
    "name": "Conversation Cleanup",
    "description": "Removes stale conversations older than 24 hours",
    "triggers": [cron("0 */6 * * *")],
    "flows": ["ai-chatbot"],
}


async def handler(_: None, context: Context) -> None:
    now = int(context.now() * 1000)
    conversations = await delete_where("lastMessageAt", now - KEPT_MILLISECONDS, GROUP, context)
    windows = await delete_where("expiresAt", now, "rate-limits", context)
    context.logger.info(
        "Conversation cleanup completed", {"deleted": conversations, "rateLimits": windows}
    )


async def delete_where(field: str, before: int, group: str, context: Context) -> int:
    """Delete the values whose time in `field` is over; one that has no such time stays."""
    old = [
        entry["id"]
        for entry in await context.state.list(group)
        if isinstance(entry["data"], dict) and entry["data"].get(field, before) < before
    ]
    for key in old:
        await context.state.delete(group, key)
    return len(old)
