"""Bytes that can be checked: seeded random blocks, and the digest of what went by."""
import hashlib
import random

BLOCK_BYTES = 64 * 1024
_POOL_BYTES = 1024 * 1024
_POOL = random.Random(0).randbytes(_POOL_BYTES + BLOCK_BYTES)


class Source:
    """The same endless stream for the same seed; every block differs from its neighbours."""

    def __init__(self, seed=1):
        self._random = random.Random(seed)
        self._rest = b""

    def take(self, count):
        pieces = []
        while count:
            if not self._rest:
                at = self._random.randrange(_POOL_BYTES)
                self._rest = memoryview(_POOL)[at : at + BLOCK_BYTES]
            piece, self._rest = self._rest[:count], self._rest[count:]
            pieces.append(piece)
            count -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def digest_of(size, seed=1):
    """sha256 of the first `size` bytes of Source(seed)."""
    digest, source = hashlib.sha256(), Source(seed)
    while size:
        count = min(size, BLOCK_BYTES)
        digest.update(source.take(count))
        size -= count
    return digest.hexdigest()
