"""Answers kept in the process: by what was asked, and by the very bytes that asked it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from evidencehub.http.responses import BufferedResponse, EncodedResponse

MAX_CACHE_BYTES = 64 * 1024 * 1024
MAX_ADDRESSES, MAX_ADDRESS_BYTES = 4_096, 1_500  # spellings of requests kept, and bytes in one
RawAddress = tuple[bytes | str | None, ...]


class ResponseCache:
    """At most `limit` bytes of answers; those not asked for lately go first.

    `by_address` finds an answer by the raw bytes of a request, without reading them; `get` by the
    key that all equal requests share.
    """

    def __init__(self, limit: int = MAX_CACHE_BYTES) -> None:
        self._limit = limit
        self._by_key: OrderedDict[Hashable, BufferedResponse] = OrderedDict()
        self.by_address: dict[RawAddress, tuple[BufferedResponse, EncodedResponse]] = {}
        self.total_bytes = 0

    def __len__(self) -> int:
        return len(self._by_key)

    def get(self, key: Hashable) -> BufferedResponse | None:
        """The answer under a key."""
        return self._by_key.get(key)

    def add(self, key: Hashable, response: BufferedResponse) -> None:
        """Keep an answer, unless it alone would fill an eighth of the room."""
        if response.size * 8 > self._limit:
            return
        response.key = key
        self._by_key[key] = response
        self._update_size(response)

    def add_address(
        self, address: RawAddress, response: BufferedResponse, encoded: EncodedResponse
    ) -> None:
        """Find a kept answer, and what was made ready of it, by this spelling from now on."""
        if (
            self._by_key.get(response.key) is not response
            or _count_bytes(address) > MAX_ADDRESS_BYTES
        ):
            return
        if len(self.by_address) >= MAX_ADDRESSES:
            self._clear_addresses()
        self.by_address[address] = response, encoded
        response.cache_addresses.append(address)
        self._update_size(response)  # a coding may have been made

    def _clear_addresses(self) -> None:
        self.by_address.clear()
        for response in self._by_key.values():
            response.cache_addresses.clear()

    def _update_size(self, changed: BufferedResponse) -> None:
        """Drop what was not asked for lately until the rest fits; each use saves once."""
        size = changed.size
        self.total_bytes += size - changed.counted_bytes
        changed.counted_bytes = size
        while self.total_bytes > self._limit:
            key, response = self._by_key.popitem(last=False)
            if response.used_recently:
                response.used_recently = False
                self._by_key[key] = response
                continue
            self.total_bytes -= response.counted_bytes
            response.counted_bytes = 0
            for address in response.cache_addresses:
                self.by_address.pop(address, None)


def _count_bytes(address: RawAddress) -> int:
    return sum(len(field) for field in address if field)
