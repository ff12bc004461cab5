"""What all tables share: naming of constraints, and column types that mean the same on every database."""

from __future__ import annotations

from typing import Any, TypeAlias, cast

from sqlalchemy import BigInteger, Integer, MetaData, Row, String, Table, Text
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import DeclarativeBase

Record: TypeAlias = Row[*tuple[Any, ...]]
"""A row as statements answer it, its columns by name."""

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


def table_of(model: type[Base]) -> Table:
    """The table behind a model, for statements that need no objects."""
    return cast(Table, model.__table__)


Serial = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key that counts up by itself (SQLite counts only INTEGER keys)."""

Milliseconds = BigInteger
"""A moment: milliseconds since 1970, from the database's clock. It compares and adds alike everywhere."""

LongText = Text().with_variant(mysql.LONGTEXT(collation="utf8mb4_bin"), "mysql", "mariadb")
"""Text of any length (MySQL's TEXT ends at 64 KiB)."""


def identifier(length: int) -> String:
    """Text that is compared byte by byte and holds any character (MySQL's default ignores case and
    accents, and on older servers knows Latin letters alone)."""
    binary = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return String(length).with_variant(binary, "mysql", "mariadb")
