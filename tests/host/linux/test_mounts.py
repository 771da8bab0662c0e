import pytest

from circus.host.linux.mounts import group_of, mounted

HYBRID = """\
21 1 0:20 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
24 21 0:23 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
34 21 0:33 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw
"""
"""Version 1 and version 2 side by side."""

PART = "30 20 0:26 /docker/abc /sys/fs/cgroup ro,relatime master:1 - cgroup2 cgroup rw\n"
"""Only a part of the hierarchy, in a container that sees the whole path."""


def test_our_group_of_version_2_is_the_one_without_a_controller():
    assert group_of("9:name=systemd:/a\n0::/user.slice/b\n") == "/user.slice/b"
    assert group_of("9:name=systemd:/a\n") is None


@pytest.mark.parametrize(
    ("path", "mounts", "folder"),
    [
        ("/", HYBRID, "/sys/fs/cgroup/unified"),
        ("/user.slice/b", HYBRID, "/sys/fs/cgroup/unified/user.slice/b"),
        ("/docker/abc", PART, "/sys/fs/cgroup"),
        ("/docker/abc/x", PART, "/sys/fs/cgroup/x"),
        ("/docker/abcd", PART, None),
        ("/../other", PART, None),
        ("/a", "24 21 0:23 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n", None),
        ("/a", r"34 21 0:33 / /my\040groups rw - cgroup2 cgroup2 rw", "/my groups/a"),
    ],
)
def test_a_group_is_found_below_the_place_where_its_hierarchy_is_mounted(path, mounts, folder):
    assert mounted(path, mounts) == folder
