config = {"name": "secrets", "canAccess": lambda subscription, visitor: False}
