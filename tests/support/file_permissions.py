"""File permissions that hold for root too, who may otherwise read and write everything."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

CAPABILITY_VERSION_3 = 0x20080522  # linux/capability.h
DAC_OVERRIDE, DAC_READ_SEARCH = 1 << 1, 1 << 2
"""The capabilities that let root pass by the permissions of files and folders."""


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


@contextmanager
def respect_permissions() -> Iterator[None]:
    """Let this thread, and what it forks, obey the permissions of files, whoever runs it.

    Another user would do the same, but may not read a Python that is installed for root alone.
    """
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header, data = _Header(CAPABILITY_VERSION_3, 0), (_Data * 2)()

    def call(name: str) -> None:
        if getattr(libc, name)(ctypes.byref(header), data):
            raise OSError(ctypes.get_errno(), f"{name} failed")

    call("capget")
    effective = data[0].effective
    data[0].effective = effective & ~(DAC_OVERRIDE | DAC_READ_SEARCH)
    call("capset")
    try:
        yield
    finally:
        data[0].effective = effective
        call("capset")
