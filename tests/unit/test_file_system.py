"""Where SQLite's journal is safe: the kinds of file systems, and the locks."""

import os
import sqlite3

import pytest

from modules.jobs.store.file_system import (
    locks_hold,
    mount_of,
    mounts_of_linux,
    mounts_of_macos,
    unfit_for_sqlite,
)

LOCAL = ["ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "apfs", "f2fs", "fuse.fuse-overlayfs", "fuseblk"]
REMOTE = [
    *("nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "ceph", "fuse", "gcsfuse", "s3fs", "hf-mount"),
    *("fuse.gcsfuse", "fuse.s3fs", "fuse.hf-mount", "fuse.mount-s3", "fuse.sshfs", "fuse.rclone"),
]


def line(point: str, kind: str, optional: str = "shared:7 ") -> str:
    return f"36 35 98:0 / {point} rw,noatime {optional}- {kind} source rw,errors=continue\n"


@pytest.mark.parametrize(("kind", "remote"), [(k, False) for k in LOCAL] + [(k, True) for k in REMOTE])
def test_the_kind_of_a_mount_says_whether_it_is_remote(kind, remote):
    mounts = mounts_of_linux([line("/", "overlay"), line("/data", kind)])
    assert mount_of("/data/studio", mounts).remote is remote
    assert not mount_of("/database", mounts).remote


def test_the_deepest_mount_counts_and_of_two_on_one_point_the_later():
    mounts = mounts_of_linux(
        [
            line("/data", "ext4"),
            line("/", "overlay"),
            line("/data/in", "nfs4"),
            line("/data", "fuse.s3fs", ""),
        ]
    )
    found = {path: mount_of(path, mounts).kind for path in ("/data", "/data/in/x", "/data/inside", "/home")}
    assert found == {
        "/data": "fuse.s3fs",
        "/data/in/x": "nfs4",
        "/data/inside": "fuse.s3fs",
        "/home": "overlay",
    }


def test_a_mount_point_with_a_space_and_lines_of_another_form_are_read():
    mounts = mounts_of_linux(["", "nonsense", "1 2 3 -", line(r"/my\040data", "nfs")])
    assert [(one.point, one.kind) for one in mounts] == [("/my data", "nfs")]
    assert mount_of("/my data/journal", mounts).remote and mount_of("/other", mounts) is None


def test_a_link_into_a_mount_lies_on_the_mount(tmp_path):
    (tmp_path / "mount").mkdir()
    os.symlink(tmp_path / "mount", tmp_path / "data")
    mounts = mounts_of_linux([line("/", "ext4"), line(str((tmp_path / "mount").resolve()), "fuse.hf-mount")])
    assert mount_of(tmp_path / "data" / "new", mounts).remote


def test_the_listing_of_macos_is_read():
    mounts = mounts_of_macos(
        [
            "/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)",
            "//anna@server/share on /Volumes/share (smbfs, nodev, nosuid, mounted by anna)",
            "map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)",
        ]
    )
    assert mount_of("/Volumes/share/studio", mounts).remote
    assert not mount_of("/private/tmp", mounts).remote


def test_locks_hold_on_a_local_disk_and_the_probe_leaves_nothing(tmp_path):
    assert locks_hold(tmp_path) and unfit_for_sqlite(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


class Refusing(sqlite3.Connection):
    """A connection on a file system that refuses what `trouble` names."""

    trouble = ""

    def execute(self, sql, *parameters):
        if sql.startswith(("CREATE", "BEGIN")) and self.trouble:
            raise sqlite3.OperationalError(self.trouble)
        if sql == "PRAGMA journal_mode=WAL" and not self.trouble:
            sql = "PRAGMA journal_mode=DELETE"
        return super().execute(sql, *parameters)


@pytest.mark.parametrize(
    ("trouble", "holds"),
    [
        ("", False),  # SQLite goes back to another mode where memory cannot be shared
        ("locking protocol", False),
        ("disk I/O error", False),
        ("database or disk is full", True),  # says nothing about locks
        ("attempt to write a readonly database", True),
    ],
)
def test_a_failed_lock_means_that_the_folder_is_not_fit(tmp_path, monkeypatch, trouble, holds):
    connect = sqlite3.connect
    refusing = type("OnThatMount", (Refusing,), {"trouble": trouble})
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **named: connect(*args, factory=refusing, **named))
    assert locks_hold(tmp_path) is holds
    assert (unfit_for_sqlite(tmp_path) is None) is holds


def test_a_lock_that_two_writers_hold_at_once_is_none(tmp_path, monkeypatch):
    class Lockless(sqlite3.Connection):
        def execute(self, sql, *parameters):
            return super().execute("SELECT 1" if sql == "BEGIN IMMEDIATE" else sql, *parameters)

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **named: connect(*args, factory=Lockless, **named))
    assert not locks_hold(tmp_path)
