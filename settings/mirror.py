"""Where a second copy of the bucket is, from the environment: for `kliping mirror` alone."""

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from settings.storage import SettingsError, Storage, describe_errors


class Mirror(BaseSettings):
    """A bucket besides the archive's own, best at another provider, with keys of its own."""

    model_config = SettingsConfigDict(env_prefix="KLIPING_MIRROR_", extra="ignore", frozen=True)

    bucket: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
    endpoint_url: str | None = Field(default=None, pattern=r"^https?://")
    """S3 endpoint; None is AWS itself."""

    access_key_id: str | None = None
    secret_access_key: SecretStr | None = None
    region: str = "us-east-1"

    def storage(self, archive: Storage) -> Storage:
        """The mirror in the place of the bucket of `archive`. Raises SettingsError where they are the same bucket."""
        if (self.bucket, self.endpoint_url) == (archive.bucket, archive.endpoint_url):
            raise SettingsError(f"KLIPING_MIRROR_BUCKET: {self.bucket} is the archive's own bucket")
        own = {name: getattr(self, name) for name in type(self).model_fields}
        return archive.model_copy(update={**own, "session_token": None})


def mirror() -> Mirror:
    """The mirror's settings. Raises SettingsError naming each variable that is wrong or missing."""
    try:
        return Mirror()
    except ValidationError as error:
        raise SettingsError(f"wrong settings: {describe_errors(error, Mirror)}") from error
