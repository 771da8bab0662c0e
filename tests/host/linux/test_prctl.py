import ctypes
import errno
import os

import pytest

from circus.host.linux import prctl


def test_a_process_gives_up_new_privileges_for_good():
    # a forked child of ours tries, and says through its exit status what became of it
    pid = os.fork()
    if not pid:
        code = 1
        try:
            prctl.give_up_new_privileges()
            with open("/proc/self/status") as status:
                code = 0 if "NoNewPrivs:\t1\n" in status else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_a_kernel_that_refuses_is_told(monkeypatch):
    class Refusing:
        def prctl(self, *_):
            ctypes.set_errno(errno.EINVAL)
            return -1

    monkeypatch.setattr(prctl, "_LIBC", Refusing())
    with pytest.raises(OSError, match="Invalid argument"):
        prctl.give_up_new_privileges()
