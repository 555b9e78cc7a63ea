config = {"name": "chat-messages"}
