"""Who may do what in the bucket: each role has keys that open what its work takes, and nothing else.

The administrator may do everything: takedowns, repairs, and making the bucket take it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Role:
    """What begins with `reads` may be listed and read, what begins with `writes` written and removed as well."""

    name: str
    reads: Sequence[str]
    writes: Sequence[str] = ()

    def actions(self, bucket: str) -> list[str]:
        """What SeaweedFS calls these rights."""
        reads = [f"{action}:{bucket}/{prefix}*" for action in ("Read", "List") for prefix in self._readable]
        return [*reads, *(f"Write:{bucket}/{prefix}*" for prefix in self.writes)]

    def policy(self, bucket: str) -> str:
        """These rights as a policy for AWS, and for stores that take such policies, as JSON."""
        statements: list[Mapping[str, object]] = [
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": _objects(bucket, self._readable)},
            {
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": f"arn:aws:s3:::{bucket}",
                "Condition": {"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in self._readable]}},
            },
        ]
        if self.writes:
            actions = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
            statements.append({"Effect": "Allow", "Action": actions, "Resource": _objects(bucket, self.writes)})
        return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)

    @property
    def _readable(self) -> list[str]:
        return [*self.reads, *self.writes]


CRAWLER = Role(
    "crawler",
    reads=("takedowns/",),
    writes=("warc/", "cdxj/", "tables/", "probe/", "identity.json", "deployment.json"),
)
"""Crawls, ingests, re-extracts, learns, keeps up."""

PUBLISHER = Role("publisher", reads=("tables/", "deployment.json"), writes=("releases/", "search/"))
"""Makes releases and the search index. It can change no evidence."""

READER = Role("reader", reads=("tables/", "releases/", "search/"))
"""An analyst. `warc/` is not among what it reads: pages lie there whose publishers let nobody show a copy."""

ROLES = {role.name: role for role in (CRAWLER, PUBLISHER, READER)}


@dataclass(frozen=True, slots=True)
class Identity:
    """Whoever has these keys has a role in a bucket."""

    role: Role
    access_key: str
    secret_key: str
    bucket: str


def _objects(bucket: str, prefixes: Sequence[str]) -> list[str]:
    return [f"arn:aws:s3:::{bucket}/{prefix}*" for prefix in prefixes]
