"""Detached Ed25519 signatures in the format of minisign; keys are made with that program.

The format is at https://jedisct1.github.io/minisign/. Decision 0024 says why it was chosen.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from evidencehub.errors import HubError

KEY_ALGORITHM = b"Ed"
HASHED_ALGORITHM = b"ED"  # of a signature over the BLAKE2b hash of what is signed
SCRYPT = b"Sc"
UNENCRYPTED = b"\0\0"
NO_CHECKSUM = bytes(32)  # some versions of minisign write it where nothing is encrypted
SCRYPT_BLOCK = 8
MAX_SCRYPT_BYTES = 2**31 - 1
_UNTRUSTED, _TRUSTED = "untrusted comment: ", "trusted comment: "


@dataclass(frozen=True, slots=True)
class SecretKey:
    """What signs: the number of the key, and the seed that both its halves follow from."""

    key_id: bytes
    seed: bytes


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What a signature is checked with."""

    key_id: bytes
    point: bytes


def read_secret_key(path: Path, ask_password: Callable[[], str]) -> SecretKey:
    """Return the key of a file that `minisign -G` wrote; a password is asked for if it has one.

    Raise HubError for a file that is none, and for a wrong password.
    """
    data = _read_key(path, 158)
    derivation, salt = data[2:4], data[6:38]
    numbers = [int.from_bytes(data[start : start + 8], "little") for start in (38, 46)]
    secret = data[54:]
    if derivation not in (SCRYPT, UNENCRYPTED):
        raise HubError(f"{path} is not a secret key of minisign. Make one with `minisign -G`.")
    if derivation == SCRYPT:
        stream = _derive_stream(ask_password(), salt, *numbers)
        secret = bytes(a ^ b for a, b in zip(secret, stream, strict=True))
    checksum = hashlib.blake2b(data[:2] + secret[:72], digest_size=32).digest()
    if secret[72:] not in (checksum, NO_CHECKSUM if derivation == UNENCRYPTED else checksum):
        raise HubError(f"{path}: the password is wrong, or the file is damaged. Try again.")
    return SecretKey(secret[:8], secret[8:40])


def read_public_key(path: Path) -> PublicKey:
    """Return the key of a file that `minisign -G` wrote. Raise HubError for one that is none."""
    data = _read_key(path, 42)
    return PublicKey(data[2:10], data[10:])


def parse_public_key(line: str) -> PublicKey:
    """Return the key of one line of base64, as minisign prints it. Raise ValueError for another."""
    data = _decode(line)
    if len(data) != 42 or data[:2] != KEY_ALGORITHM:
        raise ValueError(line)
    return PublicKey(data[2:10], data[10:])


def sign(data: bytes, key: SecretKey, comment: str) -> str:
    """Return a signature over bytes, with a comment in one line that it covers too."""
    # imported here: only a build that signs needs it
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private_key = Ed25519PrivateKey.from_private_bytes(key.seed)
    signature = private_key.sign(_hash(data))
    both = private_key.sign(signature + comment.encode())
    lines = (
        f"{_UNTRUSTED}signature of a release of the evidence hub",
        base64.b64encode(HASHED_ALGORITHM + key.key_id + signature).decode(),
        f"{_TRUSTED}{comment}",
        base64.b64encode(both).decode(),
    )
    return "".join(f"{line}\n" for line in lines)


def is_signed_by(data: bytes, text: str, key: PublicKey) -> bool:
    """True where a signature, its trusted comment included, is that of a key over these bytes."""
    # imported here: only `verify --public-key` needs it
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        _, signed_line, comment_line, both_line = text.splitlines()
        signed, both = _decode(signed_line), _decode(both_line)
        algorithm, key_id, signature = signed[:2], signed[2:10], signed[10:]
        message = {KEY_ALGORITHM: data, HASHED_ALGORITHM: _hash(data)}[algorithm]
        public_key = Ed25519PublicKey.from_public_bytes(key.point)
        public_key.verify(signature, message)
        public_key.verify(both, signature + comment_line.removeprefix(_TRUSTED).encode())
    except (ValueError, KeyError, InvalidSignature):
        return False
    return key_id == key.key_id and comment_line.startswith(_TRUSTED)


def _read_key(path: Path, size: int) -> bytes:
    try:
        _, line = path.read_text("utf-8").splitlines()
        data = _decode(line)
    except ValueError:
        data = b""
    except OSError as error:
        raise HubError(f"{path} cannot be read: {error.strerror}. Correct the name.") from None
    if len(data) != size or data[:2] != KEY_ALGORITHM:
        raise HubError(f"{path} is not a key of minisign. Make one with `minisign -G`.")
    return data


def _decode(line: str) -> bytes:
    """Return the bytes of a line of base64; raise ValueError where another line says the same."""
    data = base64.b64decode(line, validate=True)
    if base64.b64encode(data).decode() != line:
        raise ValueError(line)
    return data


def _derive_stream(password: str, salt: bytes, operations: int, memory: int) -> bytes:
    """Return what a secret key is encrypted with: scrypt, with libsodium's choice of its costs."""
    operations = max(operations, 32_768)
    if operations < memory // 32:
        largest_cost, parallel = operations // (4 * SCRYPT_BLOCK), 1
    else:
        largest_cost, parallel = memory // (128 * SCRYPT_BLOCK), 0
    cost = 1 << max(1, (largest_cost // 2).bit_length())
    parallel = parallel or operations // 4 // cost // SCRYPT_BLOCK
    return hashlib.scrypt(
        password.encode(), salt=salt, n=cost, r=SCRYPT_BLOCK, p=parallel,
        maxmem=MAX_SCRYPT_BYTES, dklen=104,
    )  # fmt: skip


def _hash(data: bytes) -> bytes:
    return hashlib.blake2b(data).digest()
