config = {"name": "notes"}
