"""Compressed bodies: honest ones, cut ones, and bombs."""

import gzip
import struct
import zlib
from collections.abc import Iterator
from functools import cache

_MIB = 2**20
BOMB_MIB = 1100
"""How far a bomb unfolds, in MiB."""


def deflated(data: bytes, *, bare: bool = False) -> bytes:
    """Return *data* in the coding `deflate`: as it is defined, in a zlib wrapper, or *bare*, as some send it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15 if bare else 15)
    return packer.compress(data) + packer.flush()


def gzipped(data: bytes, times: int = 1) -> bytes:
    """Return *data* in the coding `gzip`, applied *times* over."""
    for _ in range(times):
        data = gzip.compress(data, mtime=0)
    return data


def brotli(data: bytes) -> bytes:
    """Return *data* in the coding `br`, as one uncompressed block of at most 64 KiB."""
    # Bits from the lowest: window size, not the last block, two for "4 nibbles of length", length - 1, uncompressed.
    header = (len(data) - 1) << 4 | 1 << 20
    return header.to_bytes(3, "little") + data + b"\x03"


def zstandard(data: bytes) -> bytes:
    """Return *data* in the coding `zstd`, as one raw block of at most 128 KiB."""
    block = (len(data) << 3 | 1).to_bytes(3, "little")
    return b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", len(data)) + block + data


@cache
def _spaces() -> bytes:
    """Return 1 MiB of blanks, deflated, as a block that may stand anywhere and be repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(b" " * _MIB) + packer.flush(zlib.Z_FULL_FLUSH)


def bomb(tail: bytes) -> Iterator[bytes]:
    """Yield a gzip body of about 1 MiB that unfolds to 1.1 GiB of blanks and then *tail*, all of it valid."""
    yield b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    crc, blanks = 0, b" " * _MIB
    for _ in range(BOMB_MIB):
        crc = zlib.crc32(blanks, crc)
        yield _spaces()
    crc = zlib.crc32(tail, crc)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    yield packer.compress(tail) + packer.flush() + struct.pack("<II", crc, (BOMB_MIB * _MIB + len(tail)) % 2**32)


def deflate_bomb() -> bytes:
    """Return a body of 200 kB in the coding `deflate` that unfolds to 200 MiB of blanks."""
    # Without the right checksum: nobody is to get that far.
    return b"\x78\xda" + _spaces() * 200 + b"\x03\x00" + bytes(4)


@cache
def small_bomb() -> bytes:
    """Return a few KiB that unfold, through two layers of gzip, to 1.1 GiB of blanks."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    # Without the right checksum: nobody is to get that far.
    return packer.compress(head + _spaces() * BOMB_MIB + b"\x03\x00" + bytes(8)) + packer.flush()
