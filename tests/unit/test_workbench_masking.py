"""Secrets are out of sight, and come back to where they were and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from motia_py.web.responding import Refusal
from motia_py.web.workbench.masking import masked, restored

ANNA = {"name": "Anna", "password": "anna's"}
BERT = {"name": "Bert", "password": "bert's"}
USERS = {"users": [ANNA, BERT], "apiKey": {"id": 1}}
#: As they are shown.
ANNA_SHOWN, BERT_SHOWN = masked(ANNA), masked(BERT)


def test_nothing_is_cut_but_secrets_are_masked() -> None:
    long = "x" * 5000
    assert masked({"text": long, "deep": [[{"token": 1}]]}) == {
        "text": long,
        "deep": [[{"token": "***"}]],
    }


@pytest.mark.parametrize(
    ("edited", "expected"),
    [
        (masked(USERS), USERS),
        ({"users": [], "apiKey": "***"}, {"users": [], "apiKey": {"id": 1}}),
        ({"users": [], "apiKey": "mine"}, {"users": [], "apiKey": "mine"}),
        ({"users": [BERT_SHOWN]}, {"users": [BERT]}),
        ({"users": [BERT_SHOWN, ANNA_SHOWN]}, {"users": [BERT, ANNA]}),
        (
            {"users": [ANNA_SHOWN, {**BERT_SHOWN, "name": "Bea"}]},
            {"users": [ANNA, {**BERT, "name": "Bea"}]},
        ),
        ({"users": [{"name": "Carl"}, BERT_SHOWN]}, {"users": [{"name": "Carl"}, BERT]}),
    ],
)
def test_what_was_not_edited_gets_its_secret_back(edited: Any, expected: Any) -> None:
    assert restored(edited, USERS) == expected


@pytest.mark.parametrize(
    ("edited", "place"),
    [
        ("***", "The value"),
        ({"other": "***"}, "other"),
        ({"users": [{"token": "***"}, BERT_SHOWN]}, "users[0].token"),
        # It is another item than the first, and was edited: whose secret would it get?
        ({"users": [{**BERT_SHOWN, "name": "Bea"}, ANNA_SHOWN]}, "users[0].password"),
        ({"users": [{**ANNA_SHOWN, "name": "Ann"}]}, "users[0].password"),
    ],
)
def test_a_mask_of_nobody_knows_what_is_refused(edited: Any, place: str) -> None:
    with pytest.raises(Refusal) as refused:
        restored(edited, USERS)
    assert refused.value.response.status == 400
    assert refused.value.response.body["error"].startswith(f"{place} is ***")


def test_twins_with_other_secrets_are_not_mixed_up() -> None:
    original = [{"token": 1}, {"token": 2}]
    assert restored([{"token": "***"}, {"token": "***"}], original) == original
    with pytest.raises(Refusal):
        restored([{"token": "***"}], original)


def test_three_stars_that_came_are_no_mask() -> None:
    assert restored({"stars": "***"}, {"stars": "***"}) == {"stars": "***"}
