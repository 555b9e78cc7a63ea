"""Holds what came in against its schema: a request's body, an event's data. Pure."""

from __future__ import annotations

from typing import Any

from motia_py.errors import InvalidInput, ValidationFailed
from motia_py.project.schemas import Check
from motia_py.runtime.requests import Request, problem


class InvalidRequest(Exception):
    """A request's body does not fit; carries the answer, so that middleware sees it pass by."""

    def __init__(self, error: InvalidInput, hint: str = "") -> None:
        super().__init__(str(error))
        details = [{"path": v.path, "message": v.message} for v in error.violations]
        self.response = problem(400, f"Request body is not valid{hint}", details=details)


def validated(check: Check, value: Any) -> Any:
    """What the handler gets: the request itself, or the event's model or data.

    Raises:
        InvalidRequest: for a request.
        InvalidInput: for an event.
    """
    try:
        # By type first: Request is a MutableMapping, and asking an ABC takes its time.
        if type(value) is not Request and not isinstance(value, Request):
            return check.value(value)
        _check_request(check, value)
    except ValidationFailed as error:
        invalid = InvalidInput(error.subject, error.violations)
        if isinstance(value, Request):
            raise InvalidRequest(invalid, _hint(value)) from error
        raise invalid from error
    return value


def _hint(request: Request) -> str:
    """What to do about the mistake that everybody makes first: `curl -d` sends JSON as a form."""
    if request.is_form and request.raw_body.lstrip()[:1] in (b"{", b"["):
        return ": it looks like JSON but was sent as a form; send Content-Type: application/json"
    return ""


def _check_request(check: Check, request: Request) -> None:
    text = request.untouched_json
    if check.is_model and text is not None:
        request.model = check.text(text)
    elif request.is_form and isinstance(request.body, dict):
        request.model = check.form(request.body)
    else:
        request.model = check.value(request.body)
    if not check.is_model:
        request.body, request.model = request.model, None
