import json

import zmq

from circus.stats.client import StatsClient, read


def test_samples_are_told_with_the_name_as_it_is_written(tmp_path):
    endpoint = f"ipc://{tmp_path}/stats"
    with zmq.Context() as context:
        source = context.socket(zmq.XPUB)
        source.bind(endpoint)
        with StatsClient(endpoint, context=context) as client:
            assert source.recv() == b"\1stat."
            stats = [{"subtopic": 7, "watcher": "a.b C"}, {"watcher": "a.b C"}]
            source.send_multipart([b"stat.a.b_c.7", json.dumps(stats[0]).encode()])
            source.send_multipart([b"stat.a.b_c", json.dumps(stats[1]).encode()])
            heard = iter(client)
            assert next(heard) == ("a.b C", "7", stats[0])
            assert next(heard) == ("a.b C", None, stats[1])
        source.close(0)


def test_a_daemon_of_old_is_understood():
    assert read(b"stat.web.7", b'{"subtopic": 7}') == ("web", "7", {"subtopic": 7})
    assert read(b"stat.web", b"{}") == ("web", None, {})
