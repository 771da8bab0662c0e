from circus.top.board import Board
from circus.top.plain import SHOWN, WAITING, page


def stat(cpu=1.0, **more):
    return {"cpu": cpu, "mem": 2.0, "age": 3.0, **more}


def test_before_the_first_sample_the_page_says_that_it_waits():
    assert page(Board()) == ["Circus Top", "-" * 10, WAITING]


def test_a_page_has_watchers_circus_and_sockets():
    board = Board()
    for pid in range(1, SHOWN + 3):
        board.sample("web", str(pid), stat(float(pid)), now=1)
    board.sample("circus", "99", stat(name="circusd"), now=1)
    for number, address in enumerate(("one:1", "two:2")):
        board.sample("sockets", "5", {"reads": number, "address": address}, now=1)
    lines = page(board)
    pids = [line.split()[0] for line in lines if line.startswith("  ") and "." in line]
    assert pids[:SHOWN] == [str(pid) for pid in range(SHOWN + 2, 2, -1)]
    assert any(line.startswith("  99 (circusd)") for line in lines)
    assert [line.split() for line in lines[-3:]] == [["two:2", "1"], ["one:1", "0"], ["(sum)", "1"]]
