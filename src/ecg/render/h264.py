"""Just enough of H.264 to join two streams in one track: NAL units and the decoder configuration record.

Sources: ITU-T H.264 7.3.1 and 7.4.1 (NAL units), annex B (start codes); ISO/IEC 14496-15 5.3.3.1 (`avcC`).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

SLICE = 1
IDR_SLICE = 5
SEI = 6
SEQUENCE_PARAMETERS = 7
PICTURE_PARAMETERS = 8
DELIMITER = 9
FILLER = 12

_HIGH_PROFILES = (100, 110, 122, 144)


@dataclass(frozen=True, slots=True)
class Configuration:
    """A decoder configuration record (`avcC`): the parameter sets of a track."""

    profile: int
    compatibility: int
    level: int
    length_size: int
    """Bytes of the length before each NAL unit."""
    sequence_sets: tuple[bytes, ...]
    picture_sets: tuple[bytes, ...]

    @classmethod
    def parse(cls, record: bytes) -> Configuration:
        """Read an `avcC` record; raises ValueError when it is none (as for annex B streams)."""
        if len(record) < 7 or record[0] != 1:
            raise ValueError("no avcC record")
        sequence_sets, at = _sets(record, 6, record[5] & 31)
        if at >= len(record):
            raise ValueError("avcC record cut short")
        picture_sets, _ = _sets(record, at + 1, record[at])
        return cls(record[1], record[2], record[3], (record[4] & 3) + 1, sequence_sets, picture_sets)

    @classmethod
    def from_annex_b(cls, stream: bytes) -> Configuration:
        """The configuration that an encoder's header with start codes stands for."""
        units = list(units_of_annex_b(stream))
        sequence_sets = tuple(unit for unit in units if unit[0] & 31 == SEQUENCE_PARAMETERS)
        picture_sets = tuple(unit for unit in units if unit[0] & 31 == PICTURE_PARAMETERS)
        profile, compatibility, level = sequence_sets[0][1:4]
        return cls(profile, compatibility, level, 4, sequence_sets, picture_sets)

    def joined(self, other: Configuration) -> Configuration:
        """A configuration for a track that holds pictures of both; their parameter sets must differ in id."""
        return Configuration(
            max(self.profile, other.profile),
            self.compatibility & other.compatibility,
            max(self.level, other.level),
            self.length_size,
            self.sequence_sets + other.sequence_sets,
            self.picture_sets + other.picture_sets,
        )

    def record(self) -> bytes:
        """The `avcC` record, for 4:2:0 pictures of 8 bits."""
        parts = [bytes((1, self.profile, self.compatibility, self.level, 0xFC | (self.length_size - 1)))]
        parts.append(bytes((0xE0 | len(self.sequence_sets),)))
        parts += [struct.pack(">H", len(unit)) + unit for unit in self.sequence_sets]
        parts.append(bytes((len(self.picture_sets),)))
        parts += [struct.pack(">H", len(unit)) + unit for unit in self.picture_sets]
        if self.profile in _HIGH_PROFILES:
            parts.append(bytes((0xFD, 0xF8, 0xF8, 0)))  # 4:2:0, 8 and 8 bits, no extension sets
        return b"".join(parts)

    def free_id(self) -> int:
        """An id from 1 to 31 that no parameter set here uses."""
        used = {_first_exp_golomb(unit[4:]) for unit in self.sequence_sets}
        used |= {_first_exp_golomb(unit[1:]) for unit in self.picture_sets}
        return next(number for number in range(1, 32) if number not in used)


def units_of_annex_b(stream: bytes) -> Iterator[bytes]:
    """NAL units between start codes. A unit never ends in a zero byte, so zeros belong to the next start
    code.
    """
    for part in stream.split(b"\0\0\1")[1:]:
        unit = part.rstrip(b"\0")
        if unit:
            yield unit


def with_lengths(stream: bytes) -> bytes:
    """A picture with start codes, as mp4 stores it: 4-byte lengths, without delimiters and messages."""
    units = (unit for unit in units_of_annex_b(stream) if unit[0] & 31 not in (SEI, DELIMITER, FILLER))
    return b"".join(struct.pack(">I", len(unit)) + unit for unit in units)


def unit_kinds(packet: memoryview | bytes) -> set[int]:
    """The types of the NAL units in a picture stored with 4-byte lengths; raises ValueError when it is
    broken.
    """
    kinds = set()
    at, end = 0, len(packet)
    while at < end:
        if at + 5 > end:
            raise ValueError("NAL unit cut short")
        length = int.from_bytes(packet[at : at + 4], "big")
        if not length or at + 4 + length > end:
            raise ValueError("NAL unit cut short")
        kinds.add(packet[at + 4] & 31)
        at += 4 + length
    return kinds


def parameter_sets(packet: bytes) -> Iterator[bytes]:
    """The parameter sets inside a picture stored with 4-byte lengths."""
    at = 0
    while at + 4 < len(packet):
        length = int.from_bytes(packet[at : at + 4], "big")
        if packet[at + 4] & 31 in (SEQUENCE_PARAMETERS, PICTURE_PARAMETERS):
            yield packet[at + 4 : at + 4 + length]
        at += 4 + length


def _sets(record: bytes, at: int, count: int) -> tuple[tuple[bytes, ...], int]:
    found = []
    for _ in range(count):
        if at + 2 > len(record):
            raise ValueError("avcC record cut short")
        length = int.from_bytes(record[at : at + 2], "big")
        found.append(record[at + 2 : at + 2 + length])
        at += 2 + length
    return tuple(found), at


def _first_exp_golomb(data: bytes) -> int:
    """The first ue(v) of a payload, 9.1; the ids read here are small, so eight bytes hold it."""
    bits = int.from_bytes(data[:8].ljust(8, b"\0"), "big")
    zeros = 64 - bits.bit_length()
    return (bits >> (63 - 2 * zeros)) - 1
