"""Rotated files are compressed beside the writing, by a thread that lives as long as there is work.

It writes ``LOG.gz.part``. Only when that is whole and on the disk does it take the file's lock,
give the part the name of the backup, which may have moved on meanwhile, and delete the backup. So
whenever circusd is stopped each backup is there whole, in one form or both; what is left to do is
done after the next rotation.

The thread has a share in the LogFile, so there is one LogFile for the path, one lock and one
thread, also when a stream is closed and opened again meanwhile.
"""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import threading
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from circus.stream.backups import GZ, Backups, redundant
from circus.stream.logfile import LogFile, Permissions, give_back, share

PART = GZ + ".part"
_STEP = 256 * 1024
_GZIP = 16 + zlib.MAX_WBITS
"""What makes zlib write the frame of gzip."""

logger = logging.getLogger("circus")


def press(log: LogFile, backups: Backups) -> None:
    """Compress the backups of a log from now on, until none is left. Its lock is held."""
    if log.presser is not None:
        return
    name = f"compress {os.path.basename(log.path)}"
    log.presser = threading.Thread(target=_press, args=(log, backups), name=name, daemon=True)
    share(log.path, Permissions())
    try:
        log.presser.start()
    except RuntimeError:  # no more threads, or the interpreter ends: after the next rotation then
        log.presser = None
        give_back(log)


def _press(log: LogFile, backups: Backups) -> None:
    part = log.path + PART
    try:
        while source := _next(log, backups):
            with source:
                _compress(source, part)
                with log.lock:
                    _swap(source, part, backups)
    except OSError as error:
        logger.warning("cannot compress what was rotated from %s: %s", log.path, error)
    finally:
        with log.lock:
            if log.presser is threading.current_thread():
                log.presser = None
        give_back(log)


def _next(log: LogFile, backups: Backups) -> BinaryIO | None:
    """Open a backup that is not compressed; None when the work is done."""
    with log.lock:
        for path in backups.kept():
            if redundant(path):
                os.unlink(path)
            elif not path.endswith(GZ):
                return open(path, "rb", buffering=0)
        log.presser = None
        return None


def _compress(source: BinaryIO, part: str) -> None:
    """Write the compressed form of a file, with its permissions and times, and see it to the disk.

    Should it fail, there is no part.
    """
    found = os.fstat(source.fileno())
    try:
        with open(part, "wb", opener=_private) as target:
            target.writelines(_deflated(source))
            target.flush()
            with contextlib.suppress(OSError):  # somebody else's file stays ours
                os.fchown(target.fileno(), found.st_uid, found.st_gid)
            os.fchmod(target.fileno(), stat.S_IMODE(found.st_mode))
            os.utime(target.fileno(), ns=(found.st_atime_ns, found.st_mtime_ns))
            os.fsync(target.fileno())
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise


def _private(path: str, flags: int) -> int:
    """Make a file that nobody else can have put there, such as a link to another one."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    return os.open(path, flags | os.O_EXCL, 0o600)


def _deflated(source: BinaryIO) -> Iterator[bytes]:
    deflate = zlib.compressobj(wbits=_GZIP)
    while data := source.read(_STEP):
        yield deflate.compress(data)
    yield deflate.flush()


def _swap(source: BinaryIO, part: str, backups: Backups) -> None:
    """Put the part in the place of its backup, wherever that is now; drop it when that is gone."""
    for path in backups.kept():
        if os.path.samestat(os.stat(path), os.fstat(source.fileno())):
            os.rename(part, path + GZ)
            os.unlink(path)
            return
    os.unlink(part)
