"""A program that goes into the background by itself and writes its own pid file."""

import os
import sys

from circus import get_arbiter, logger
from circus.circusd import daemonize
from circus.pidfile import Pidfile
from circus.util import check_future_exception_and_log, configure_logger


def main(folder):
    arbiter_config = {
        "controller": f"ipc://{folder}/ctl",
        "pubsub_endpoint": f"ipc://{folder}/pub",
        "multicast_endpoint": None,
        "check_delay": 0.2,
        "pidfile": f"{folder}/pid",
        "logoutput": f"{folder}/log",
        "loglevel": "INFO",
        "watchers": [{"cmd": "sleep 60", "name": "web", "copy_env": True}],
    }
    print("before", flush=True)
    daemonize()
    arbiter = get_arbiter(**arbiter_config)
    pidfile = Pidfile(arbiter.pidfile)
    pidfile.create(os.getpid())
    configure_logger(logger, arbiter.loglevel, arbiter.logoutput, arbiter.loggerconfig)
    try:
        future = arbiter.start()
        if check_future_exception_and_log(future) is None:
            logger.info("wants to be built anew: %s", arbiter._restarting)
    finally:
        pidfile.unlink()


main(sys.argv[1])
