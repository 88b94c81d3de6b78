"""The laboratory: a hospital's servers, real ones, on loopback.

`python -m tests.lab start --dir DIR` builds and starts it, `stop` ends it. One part is one module of this package
holding three functions (`stage.Part`); adding a part touches nothing else.
"""
