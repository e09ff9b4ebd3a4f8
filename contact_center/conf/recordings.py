"""The sections about recordings and where they are kept."""

from typing import Literal

from pydantic import Field

from contact_center.conf.sections import Seconds, Section, ServedPath


class Compliance(Section):
    """DJANGO_TWILIO_CALL_RECORDING['COMPLIANCE']."""

    pci_dss: bool = Field(
        default=True, description="A recording may be paused while a card is read out."
    )
    gdpr: bool = Field(default=True, description="What is kept of a person can be erased.")
    encryption: bool = Field(
        default=True, description="Recordings are encrypted where they are kept."
    )


class Recording(Section):
    """DJANGO_TWILIO_CALL_RECORDING."""

    enabled: bool = Field(default=True, description="Calls may be recorded at all.")
    automatic: bool = Field(default=False, description="Every answered call is recorded.")
    storage_backend: Literal["s3", "local", "azure"] = Field(
        default="s3", description="Where a finished recording is kept."
    )
    retention_days: int | None = Field(
        default=90, ge=0, description="Days a recording is kept; 0 or None: for ever."
    )
    format: Literal["mp3", "wav"] = Field(
        default="mp3", description="Format recordings are fetched in."
    )
    channels: Literal["mono", "dual"] = Field(
        default="dual", description="One track for each side."
    )
    transcription_enabled: bool = Field(default=False, description="Recordings are transcribed.")
    transcription_service: Literal["aws", "assemblyai", "twilio"] = Field(
        default="aws", description="Who transcribes."
    )
    compliance: Compliance = Field(default=Compliance(), description="What the law asks for.")


class LocalStorage(Section):
    """DJANGO_TWILIO_CALL_STORAGE with BACKEND 'local'."""

    backend: Literal["local"] = Field(default="local", description="Recordings in a folder.")
    local_path: str = Field(
        default="/var/recordings",
        description=(
            "The folder, an absolute path; it is made when the first recording is kept. A site "
            "that says nothing of STORAGE at all keeps them in DATA_DIR/recordings."
        ),
    )
    local_url: ServedPath = Field(
        default="/media/recordings/",
        description="The path below which they are served, to those whom they concern.",
    )
    permissions: int = Field(
        default=0o644,
        ge=0,
        le=0o777,
        description="Mode of the files, whatever the umask, as a number: 0o640, in JSON 416.",
    )
    directory_permissions: int = Field(
        default=0o755,
        ge=0,
        le=0o777,
        description="Mode of the folders that are made, each of them, whatever the umask.",
    )


class S3Storage(Section):
    """DJANGO_TWILIO_CALL_STORAGE with BACKEND 's3'."""

    backend: Literal["s3"] = Field(default="s3", description="Recordings in S3.")
    aws_access_key_id: str | None = Field(default=None, description="None: the usual chain of AWS.")
    aws_secret_access_key: str | None = Field(default=None, repr=False, description="Its secret.")
    aws_storage_bucket_name: str = Field(min_length=3, description="The bucket.")
    aws_s3_region_name: str = Field(default="us-east-1", description="The bucket's region.")
    aws_s3_encryption: Literal["AES256", "aws:kms"] = Field(
        default="AES256", description="Encryption at rest."
    )
    aws_s3_signature_version: str = Field(default="s3v4", description="How requests are signed.")
    aws_s3_file_overwrite: bool = Field(
        default=False, description="The same name twice overwrites."
    )
    aws_default_acl: str = Field(default="private", description="Who may read.")
    aws_presigned_expiry: Seconds = Field(default=3600, description="Seconds a link is good for.")


class AzureStorage(Section):
    """DJANGO_TWILIO_CALL_STORAGE with BACKEND 'azure'."""

    backend: Literal["azure"] = Field(
        default="azure", description="Recordings in Azure Blob storage."
    )
    azure_account_name: str = Field(min_length=1, description="The account.")
    azure_account_key: str = Field(min_length=1, repr=False, description="Its key.")
    azure_container: str = Field(default="recordings", description="The container.")
    azure_ssl: bool = Field(default=True, description="https.")
    azure_upload_max_conn: int = Field(default=2, ge=1, description="Connections of one upload.")
    azure_connection_timeout: Seconds = Field(
        default=20, description="Seconds until a request fails."
    )


Storage = LocalStorage | S3Storage | AzureStorage
STORAGES: dict[str, type[LocalStorage] | type[S3Storage] | type[AzureStorage]] = {
    "local": LocalStorage,
    "s3": S3Storage,
    "azure": AzureStorage,
}
