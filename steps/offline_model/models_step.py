"""GET /offline/v1/models: the one model there is."""

config = {
    "type": "api",
    "name": "OfflineModelList",
    "description": "Lists the offline demo model as OpenAI's API does",
    "method": "GET",
    "path": "/offline/v1/models",
    "flows": ["offline-model"],
}

MODEL = {"id": "offline-demo", "object": "model", "created": 0, "owned_by": "motia_py"}


async def handler() -> dict[str, object]:
    return {"status": 200, "body": {"object": "list", "data": [MODEL]}}
