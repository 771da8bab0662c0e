from __future__ import annotations

import importlib

import pytest


@pytest.mark.parametrize("name", ["circus.green", "circus.green.client", "circus.green.consumer"])
def test_gevent_is_refused_with_a_sentence(name):
    with pytest.raises(ImportError, match="gevent is not supported"):
        importlib.import_module(name)
