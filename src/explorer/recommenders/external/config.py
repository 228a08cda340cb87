"""Settings of an own recommender that is explained as it is."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from explorer.settings import Settings

TrainedOn = Literal["unknown", "training", "everything"]


class ExternalConfig(Settings):
    """Settings of `external`: where its vectors are, and how they become a score."""

    kind: Literal["external"] = "external"
    name: str = Field("Own model", min_length=1, max_length=60, description="What the model is called on pages.")
    dim: int | None = Field(None, ge=2, le=2048, description="Length of an embedding, d: that of the files.")
    users: str | None = Field(
        None,
        max_length=1000,
        description="File of user vectors; none: each is the mean of the user's training items.",
    )
    items: str | None = Field(None, max_length=1000, description="File of item vectors.")
    user_ids: str | None = Field(None, max_length=1000, description="File with the user id of each row.")
    item_ids: str | None = Field(None, max_length=1000, description="File with the item id of each row.")
    user_tensor: str | None = Field(None, max_length=300, description="Name of the tensor of users in its file.")
    item_tensor: str | None = Field(None, max_length=300, description="Name of the tensor of items in its file.")
    user_offset: int = Field(0, ge=0, description="Rows before the first user, such as padding.")
    item_offset: int = Field(0, ge=0, description="Rows before the first item, such as padding.")
    user_bias: str | None = Field(None, max_length=1000, description="File of one number per user, added to a score.")
    item_bias: str | None = Field(None, max_length=1000, description="File of one number per item, added to a score.")
    score: Literal["dot", "cosine"] = Field(
        "dot", description="How vectors become a score; of a cosine, vectors are brought to length 1 before training."
    )
    scorer: str | None = Field(
        None,
        max_length=1000,
        description="File of a network (ONNX) that takes a user and an item embedding and gives the score, in place of "
        "a dot product or cosine.",
    )
    trained_on: TrainedOn = Field(
        "unknown",
        description="What the model has seen: 'training' (not this split's held-out positives), else its accuracy is "
        "not measured.",
    )
    least_matched: float = Field(
        0.5, gt=0, le=1, description="Share of users and of items that must have a vector; the others are left out."
    )

    @model_validator(mode="after")
    def _scores_one_way(self) -> ExternalConfig:
        if self.scorer is not None:
            if self.score == "cosine" or self.user_bias or self.item_bias:
                raise ValueError("a scorer gives the whole score; leave the cosine and biases to it")
            if self.users is None and self.items is not None:
                raise ValueError("a scorer needs user vectors (--users): it was not trained on means of items")
        return self
