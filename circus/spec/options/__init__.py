"""Every option of every section, as one row each: the reader, ``set`` and the docs go by them."""
