"""``python -m circus.plugins`` is ``circus-plugin``."""

from circus.plugins import main

if __name__ == "__main__":
    main()
