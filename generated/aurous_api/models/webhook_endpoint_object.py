from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class WebhookEndpointObject(_OpenEnum):
    """The kind of object, always `webhook_endpoint`."""

    WEBHOOK_ENDPOINT: ClassVar[WebhookEndpointObject] = _known("webhook_endpoint")
