# SPDX-License-Identifier: Apache-2.0
"""Heavy immutable values that stand for their hash.

Job: let a sampled colour profile be a field of a stage without filling the run's
identity or the record with its tables.
"""

from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema
from typing_extensions import override


class KnownByHash:
    """Base of frozen values that are equal when their `sha256` is.

    As a field of a pydantic model the value is kept as it is, and serialises as
    its `sha256`.
    """

    __slots__ = ()

    sha256: str

    @override
    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.sha256 == self.sha256

    @override
    def __hash__(self) -> int:
        return hash((type(self), self.sha256))

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: Any, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        as_hash = core_schema.plain_serializer_function_ser_schema(
            lambda value: value.sha256,
            return_schema=core_schema.str_schema(),
        )
        return core_schema.is_instance_schema(cls, serialization=as_hash)
