"""Circus's variant for gevent, which is gone: importing it says so."""

from circus.gone import refuse

refuse(__name__)
