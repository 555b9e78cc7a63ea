"""The doors: HTTP and WebSocket. Thin shells around the runtime."""
