"""``python -m circus.web``: circushttpd."""

from circus.web import main

if __name__ == "__main__":
    main()
