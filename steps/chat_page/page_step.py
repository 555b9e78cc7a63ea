"""GET /chat-demo: the chat pages, with what they load. Nothing of them comes from elsewhere."""

from pathlib import Path

from motia_py import ApiResponse, FileResponse, Request

HERE = Path(__file__).parent
#: What a page may do: load and ask its own server, and run none of what is written into it.
RULES = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
#: A browser asks again each time, and learns by the ETag that nothing has changed.
HEADERS = {
    "Content-Security-Policy": RULES,
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
}
NOT_BUILT = (
    "This page is not built yet.\n\n"
    "Run this in the folder workbench/, then load the page again. It needs Node 20.19 or newer.\n\n"
    "    npm ci && npm run build\n\n"
    "or install motia_py again without MOTIA_SKIP_WORKBENCH, which does the same.\n"
)

config = {
    "type": "api",
    "name": "ChatPage",
    "description": "A chat over every transport, with React and in plain JavaScript",
    "method": "GET",
    "path": "/chat-demo/*",
    "emits": [],
    "flows": ["chatbot", "ai-chatbot", "ws-chat"],
}


def handler(req: Request) -> ApiResponse:
    path = req.path_params["0"]
    if path == "plain" or path.startswith("plain/"):
        name = path.removeprefix("plain").removeprefix("/")
        return sent(FileResponse(name or "index.html", root="plain"))
    if not path and not (HERE / "dist" / "index.html").is_file():
        return ApiResponse(status=404, headers={"Content-Type": "text/plain"}, body=NOT_BUILT)
    return sent(FileResponse(path or "index.html", root="dist"))


def sent(file: FileResponse) -> ApiResponse:
    return ApiResponse(headers=HEADERS, body=file)
