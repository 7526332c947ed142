from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class WebhookEventType(_OpenEnum):
    """An event that endpoints are told of. `usage.balance_low`: the balance has fallen to the threshold, told once an hour
    at most. `webhook.endpoint_disabled`: another endpoint was disabled after failures.
    """

    CHARACTER_CANCELLED: ClassVar[WebhookEventType] = _known("character.cancelled")
    CHARACTER_COMPLETED: ClassVar[WebhookEventType] = _known("character.completed")
    CHARACTER_FAILED: ClassVar[WebhookEventType] = _known("character.failed")
    IMAGE_CANCELLED: ClassVar[WebhookEventType] = _known("image.cancelled")
    IMAGE_COMPLETED: ClassVar[WebhookEventType] = _known("image.completed")
    IMAGE_FAILED: ClassVar[WebhookEventType] = _known("image.failed")
    USAGE_BALANCE_LOW: ClassVar[WebhookEventType] = _known("usage.balance_low")
    VIDEO_CANCELLED: ClassVar[WebhookEventType] = _known("video.cancelled")
    VIDEO_COMPLETED: ClassVar[WebhookEventType] = _known("video.completed")
    VIDEO_FAILED: ClassVar[WebhookEventType] = _known("video.failed")
    WEBHOOK_ENDPOINT_DISABLED: ClassVar[WebhookEventType] = _known("webhook.endpoint_disabled")
