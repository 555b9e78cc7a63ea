"""Requests that are not served, in the form that Nest gives its errors."""

from http import HTTPStatus

from motia_py import ApiResponse, Request, ValidationFailed
from steps.rooms.messages import Sent, Unfit, read


def body_of(req: Request, model: type[Sent]) -> Sent:
    """The request's body as the model.

    Raises:
        Unfit: it does not fit, or is not what its Content-Type says.
    """
    # Not a bodySchema: that would answer in motia_py's form of an error.
    try:
        sent = req.body
    except ValidationFailed as error:
        raise Unfit([violation.message for violation in error.violations]) from None
    return read(model, sent)


def bad_request(unfit: Unfit) -> ApiResponse:
    return refusal(400, unfit.reasons)


def refusal(status: int, message: str | list[str]) -> ApiResponse:
    body = {"statusCode": status, "message": message, "error": HTTPStatus(status).phrase}
    return ApiResponse(status=status, body=body)
