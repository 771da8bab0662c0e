from circus.host.alone import Alone


def test_a_child_alone_has_no_family():
    reach = Alone()
    assert reach.spawn("a plan", "web", lambda plan: {"a plan": 100}[plan]) == 100
    assert not reach.answers(100)
    assert reach.members([100, 101]) == {100: [], 101: []}
    assert reach.signal(100, [102], 9) == 0
    assert not reach.watch(100)
    assert (reach.fileno(), reach.gone(), reach.name) == (None, [], "process")
    reach.forget(100)
    reach.close()
