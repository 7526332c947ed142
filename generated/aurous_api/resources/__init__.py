"""The resources of the API; each is imported when it is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..loading import load
from ..operations import AsyncBase, SyncBase

if TYPE_CHECKING:
    from aurous.embeddings.embeddings import (
        AsyncEmbeddings as AsyncEmbeddingsResource,
    )
    from aurous.embeddings.embeddings import (
        Embeddings as EmbeddingsResource,
    )

    from .balance import AsyncBalanceResource, BalanceResource
    from .characters import AsyncCharactersResource, CharactersResource
    from .chat import AsyncChatResource, ChatResource
    from .files import AsyncFilesResource, FilesResource
    from .images import AsyncImagesResource, ImagesResource
    from .loras import AsyncLorasResource, LorasResource
    from .models import AsyncModelsResource, ModelsResource
    from .pricing import AsyncPricingResource, PricingResource
    from .team import AsyncTeamResource, TeamResource
    from .usage import AsyncUsageResource, UsageResource
    from .video_loras import AsyncVideoLorasResource, VideoLorasResource
    from .videos import AsyncVideosResource, VideosResource
    from .webhook_endpoints import AsyncWebhookEndpointsResource, WebhookEndpointsResource

_CLASSES = {
    "balance": ".balance:BalanceResource",
    "characters": ".characters:CharactersResource",
    "chat": ".chat:ChatResource",
    "chat.completions": ".chat_completions:ChatCompletionsResource",
    "embeddings": ".embeddings:EmbeddingsResource",
    "files": ".files:FilesResource",
    "images": ".images:ImagesResource",
    "images.output": ".images_output:ImagesOutputResource",
    "loras": ".loras:LorasResource",
    "models": ".models:ModelsResource",
    "pricing": ".pricing:PricingResource",
    "team": ".team:TeamResource",
    "usage": ".usage:UsageResource",
    "usage.events": ".usage_events:UsageEventsResource",
    "video_loras": ".video_loras:VideoLorasResource",
    "videos": ".videos:VideosResource",
    "videos.output": ".videos_output:VideosOutputResource",
    "webhook_endpoints": ".webhook_endpoints:WebhookEndpointsResource",
}


def resource_class(path: str, *, asynchronous: bool) -> Any:
    """The class of the resource at a dotted path."""
    module, _, name = _CLASSES[path].partition(":")
    return load(module, f"Async{name}" if asynchronous else name, __name__)


class Resources(SyncBase):
    """The resources at the top, for a synchronous client."""

    __slots__ = ()

    @property
    def balance(self) -> BalanceResource:
        """The credits of the team."""
        resource: BalanceResource = self._caller.resource("balance")
        return resource

    @property
    def characters(self) -> CharactersResource:
        """Characters, reusable in images."""
        resource: CharactersResource = self._caller.resource("characters")
        return resource

    @property
    def chat(self) -> ChatResource:
        """Conversations with a model. The operations stand in `chat.completions`."""
        resource: ChatResource = self._caller.resource("chat")
        return resource

    @property
    def embeddings(self) -> EmbeddingsResource:
        """Vectors for text and images."""
        resource: EmbeddingsResource = self._caller.resource("embeddings")
        return resource

    @property
    def files(self) -> FilesResource:
        """Reference files, kept for 24 hours at most."""
        resource: FilesResource = self._caller.resource("files")
        return resource

    @property
    def images(self) -> ImagesResource:
        """Generations, the one resource that images and videos share."""
        resource: ImagesResource = self._caller.resource("images")
        return resource

    @property
    def loras(self) -> LorasResource:
        """The LoRAs for images."""
        resource: LorasResource = self._caller.resource("loras")
        return resource

    @property
    def models(self) -> ModelsResource:
        """The models for chat and embeddings, with their limits and rates."""
        resource: ModelsResource = self._caller.resource("models")
        return resource

    @property
    def pricing(self) -> PricingResource:
        """The prices of images and videos."""
        resource: PricingResource = self._caller.resource("pricing")
        return resource

    @property
    def team(self) -> TeamResource:
        """The team that the key belongs to."""
        resource: TeamResource = self._caller.resource("team")
        return resource

    @property
    def usage(self) -> UsageResource:
        """What the team used, added up in buckets of time."""
        resource: UsageResource = self._caller.resource("usage")
        return resource

    @property
    def video_loras(self) -> VideoLorasResource:
        """The LoRAs for videos."""
        resource: VideoLorasResource = self._caller.resource("video_loras")
        return resource

    @property
    def videos(self) -> VideosResource:
        """Videos. They are listed and retrieved as generations, in `images`."""
        resource: VideosResource = self._caller.resource("videos")
        return resource

    @property
    def webhook_endpoints(self) -> WebhookEndpointsResource:
        """Registered URLs that the API sends signed events to."""
        resource: WebhookEndpointsResource = self._caller.resource("webhook_endpoints")
        return resource


class AsyncResources(AsyncBase):
    """The resources at the top, for an asynchronous client."""

    __slots__ = ()

    @property
    def balance(self) -> AsyncBalanceResource:
        """The credits of the team."""
        resource: AsyncBalanceResource = self._caller.resource("balance")
        return resource

    @property
    def characters(self) -> AsyncCharactersResource:
        """Characters, reusable in images."""
        resource: AsyncCharactersResource = self._caller.resource("characters")
        return resource

    @property
    def chat(self) -> AsyncChatResource:
        """Conversations with a model. The operations stand in `chat.completions`."""
        resource: AsyncChatResource = self._caller.resource("chat")
        return resource

    @property
    def embeddings(self) -> AsyncEmbeddingsResource:
        """Vectors for text and images."""
        resource: AsyncEmbeddingsResource = self._caller.resource("embeddings")
        return resource

    @property
    def files(self) -> AsyncFilesResource:
        """Reference files, kept for 24 hours at most."""
        resource: AsyncFilesResource = self._caller.resource("files")
        return resource

    @property
    def images(self) -> AsyncImagesResource:
        """Generations, the one resource that images and videos share."""
        resource: AsyncImagesResource = self._caller.resource("images")
        return resource

    @property
    def loras(self) -> AsyncLorasResource:
        """The LoRAs for images."""
        resource: AsyncLorasResource = self._caller.resource("loras")
        return resource

    @property
    def models(self) -> AsyncModelsResource:
        """The models for chat and embeddings, with their limits and rates."""
        resource: AsyncModelsResource = self._caller.resource("models")
        return resource

    @property
    def pricing(self) -> AsyncPricingResource:
        """The prices of images and videos."""
        resource: AsyncPricingResource = self._caller.resource("pricing")
        return resource

    @property
    def team(self) -> AsyncTeamResource:
        """The team that the key belongs to."""
        resource: AsyncTeamResource = self._caller.resource("team")
        return resource

    @property
    def usage(self) -> AsyncUsageResource:
        """What the team used, added up in buckets of time."""
        resource: AsyncUsageResource = self._caller.resource("usage")
        return resource

    @property
    def video_loras(self) -> AsyncVideoLorasResource:
        """The LoRAs for videos."""
        resource: AsyncVideoLorasResource = self._caller.resource("video_loras")
        return resource

    @property
    def videos(self) -> AsyncVideosResource:
        """Videos. They are listed and retrieved as generations, in `images`."""
        resource: AsyncVideosResource = self._caller.resource("videos")
        return resource

    @property
    def webhook_endpoints(self) -> AsyncWebhookEndpointsResource:
        """Registered URLs that the API sends signed events to."""
        resource: AsyncWebhookEndpointsResource = self._caller.resource("webhook_endpoints")
        return resource
