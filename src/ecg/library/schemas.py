"""The bodies of the upload and analysis routes, and what the job of an analysis takes and brings."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, Field

from ecg.store import SignedUpload

FileName = Annotated[str, Field(min_length=1, max_length=1024, examples=["holiday.mp4"])]
FileType = Annotated[str, Field(max_length=200, examples=["video/mp4"])]
FileKey = Annotated[str, Field(min_length=1, max_length=512)]
Language = Annotated[str, Field(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$", examples=["auto", "ko"])]
AnalysisStatus = Literal["pending", "processing", "completed", "failed"]


class NewUploadRequest(BaseModel):
    """A video that is to be uploaded."""

    file_name: FileName
    file_type: FileType
    file_size: Annotated[int, Field(ge=1, le=2**53)] | None = Field(
        default=None, description="Bytes; the link then takes exactly so many"
    )


class NewUploadAnswer(BaseModel):
    """PUT the file to `upload_url` with the `headers`, before `expires_at`."""

    upload_url: str
    file_key: str
    expires_at: str = Field(description="ISO 8601 in UTC")
    method: Literal["PUT"] = "PUT"
    headers: dict[str, str]
    max_size: int = Field(description="Bytes that the link takes at most")


class NewPartsRequest(BaseModel):
    """A large video that is to be uploaded in parts."""

    file_name: FileName
    file_type: FileType
    file_size: int = Field(ge=1, le=2**53, description="Bytes")


class NewPartsAnswer(BaseModel):
    """Ask for the links of the parts; each part has `part_size` bytes, the last one what is left."""

    file_key: str
    part_size: int
    part_count: int
    expires_at: str = Field(description="ISO 8601 in UTC")


class PartLinksRequest(BaseModel):
    """Parts that are to be sent next."""

    file_key: FileKey
    part_numbers: list[Annotated[int, Field(ge=1, le=10_000)]] = Field(min_length=1, max_length=100)


class PartLink(BaseModel):
    """PUT the part to `upload_url` with the `headers`."""

    part_number: int
    size: int = Field(description="Bytes, exactly")
    upload_url: str
    headers: dict[str, str]


class PartLinks(BaseModel):
    parts: list[PartLink]


class UploadProgress(BaseModel):
    """What has arrived; send the other parts, then ask to process the upload."""

    file_key: str
    state: Literal["open", "handed-in", "ready", "refused", "expired"]
    part_size: int
    part_count: int
    parts: list[int] = Field(description="Numbers of the parts that are there")
    expires_at: str


class ProcessRequest(BaseModel):
    """An upload that is whole."""

    file_key: FileKey = Field(validation_alias=AliasChoices("file_key", "fileKey"))
    language: Language | None = Field(default=None, description="auto, or the tag of a language")


class ProcessAnswer(BaseModel):
    message: str
    job_id: str


class AnalysisDocument(BaseModel):
    """An analysis as it is now."""

    job_id: str
    status: AnalysisStatus
    progress: int = Field(description="Percent")
    message: str | None = None
    result: dict[str, Any] | None = Field(default=None, description="What was heard; with completed only")
    project_id: str | None = Field(default=None, description="The captions, ready to be edited")
    video_url: str | None = Field(default=None, description="A link to the video, for some time")
    note: str | None = Field(default=None, description="What the reader must know")
    error_code: str | None = None
    error_message: str | None = None


class CallbackAnswer(BaseModel):
    """Whether the news were of use."""

    status: Literal["received", "ignored"]
    reason: str | None = None


class AnalysisPayload(BaseModel):
    """Nothing: the job's id leads to everything in the tables."""


class AnalysisDone(BaseModel):
    """What an analysis brought. The result itself is an object; it may have megabytes."""

    project_id: str | None
    video_key: str
    result_key: str
    language: str | None
    segments: int
    note: str | None = None


def headers_of(signed: SignedUpload) -> dict[str, str]:
    return dict(signed.headers)
