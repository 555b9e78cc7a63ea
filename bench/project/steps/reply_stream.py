"""Answers that grow token by token."""

config = {
    "name": "reply",
    "schema": {
        "type": "object",
        "properties": {"id": {"type": "string"}, "text": {"type": "string"}},
        "required": ["id", "text"],
    },
    "baseConfig": {"storageType": "default"},
}
