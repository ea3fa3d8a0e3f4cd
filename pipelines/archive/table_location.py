"""Where a table lies in the bucket, and with what keys it is read."""

from pipelines.archive.bucket import reveal
from settings.storage import Storage


def storage_options(storage: Storage) -> dict[str, str]:
    """The bucket's endpoint and keys as deltalake and Polars want them."""
    options = {
        "AWS_REGION": storage.region,
        "AWS_ENDPOINT_URL": storage.endpoint_url,
        "AWS_ALLOW_HTTP": "true" if (storage.endpoint_url or "").startswith("http://") else None,
        "AWS_ACCESS_KEY_ID": storage.access_key_id,
        "AWS_SECRET_ACCESS_KEY": reveal(storage.secret_access_key),
        "AWS_SESSION_TOKEN": reveal(storage.session_token),
        # The store refuses what the line has damaged; by the signature alone SeaweedFS does not notice.
        "AWS_CHECKSUM_ALGORITHM": "SHA256",
    }
    return {name: value for name, value in options.items() if value}


def table_uri(storage: Storage, table: str) -> str:
    """The URI of a table of the corpus."""
    return f"s3://{storage.bucket}/tables/{table}"
