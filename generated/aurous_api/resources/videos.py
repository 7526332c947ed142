"""Videos. They are listed and retrieved as generations, in `images`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..operations import (
    AsyncResource,
    Resource,
)

if TYPE_CHECKING:
    from .videos_output import AsyncVideosOutputResource, VideosOutputResource


class VideosResource(Resource):
    """Videos. They are listed and retrieved as generations, in `images`."""

    __slots__ = ()

    @property
    def output(self) -> VideosOutputResource:
        """The video that a generation produced."""
        resource: VideosOutputResource = self._caller.resource("videos.output")
        return resource


class AsyncVideosResource(AsyncResource):
    """Videos. They are listed and retrieved as generations, in `images`."""

    __slots__ = ()

    @property
    def output(self) -> AsyncVideosOutputResource:
        """The video that a generation produced."""
        resource: AsyncVideosOutputResource = self._caller.resource("videos.output")
        return resource
