from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from motia_py.project.declarations import (
    CronTrigger,
    HttpTrigger,
    QueueTrigger,
    StateTrigger,
    StepConfig,
    StreamTrigger,
    Trigger,
    TriggerKey,
)


@pytest.mark.parametrize(
    ("trigger", "type_", "key"),
    [
        (HttpTrigger(method="POST", path="/chat/:id"), "http", "http(POST /chat/:id)"),
        (QueueTrigger(topic="order"), "queue", "queue(order)"),
        (CronTrigger(expression="0 9 * * *"), "cron", "cron(0 9 * * *)"),
        (StateTrigger(group="users"), "state", "state"),
        (StreamTrigger(stream="chat"), "stream", "stream(chat)"),
    ],
)
def test_a_trigger_has_a_type_and_a_key_that_outlive_a_reload(
    trigger: Trigger, type_: str, key: str
) -> None:
    assert (trigger.type, trigger.key) == (type_, key)


def test_a_repeated_trigger_key_gets_its_index() -> None:
    config = StepConfig(
        name="Audit",
        triggers=(StateTrigger(group="a"), QueueTrigger(topic="x"), StateTrigger(group="b")),
    )

    assert config.trigger_keys() == ("state", "queue(x)", "state::2")


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("http(POST /chat/:id)", ("http", "POST /chat/:id", 0)),
        ("queue(orders)::3", ("queue", "orders", 3)),
        ("queue(a)::1)", ("queue", "a)::1", 0)),
        ("queue(two\nlines)", ("queue", "two\nlines", 0)),
        ("state", ("state", "", 0)),
        ("state::2", ("state", "", 2)),
        ("what is this?", ("what is this?", "", 0)),
    ],
)
def test_a_key_can_be_taken_apart_and_put_together(key: str, parts: tuple[str, str, int]) -> None:
    read = TriggerKey.read(key)

    assert read == parts
    assert str(read) == key


def test_a_config_cannot_be_changed() -> None:
    config = StepConfig(name="Audit")

    with pytest.raises(FrozenInstanceError):
        config.name = "other"  # type: ignore[misc]  # that it is refused is what is tested
