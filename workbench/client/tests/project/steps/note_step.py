"""POST /notes: does to the stream what the test says."""

from typing import Any

from motia_py import Context, Request

config = {"type": "api", "name": "Note", "method": "POST", "path": "/notes", "emits": []}


async def handler(req: Request, context: Context) -> dict[str, Any]:
    notes = context.streams.notes
    for said in req.body:
        match said:
            case {"set": item, "group": group}:
                await notes.set(group, item["id"], item)
            case {"delete": item_id, "group": group}:
                await notes.delete(group, item_id)
            case {"send": data, "group": group}:
                await notes.send({"groupId": group}, {"type": "said", "data": data})
            case {"grow": words, "id": item_id, "group": group}:
                text = ""
                for word in words:
                    text += word
                    await notes.set(group, item_id, {"text": text, "done": False})
                await notes.set(group, item_id, {"text": text, "done": True})
    return {"status": 200, "body": {"ok": True}}
