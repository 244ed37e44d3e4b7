"""Scripts that run in a target's own environment: a JSON request in, a JSON answer out. Never imported by the others.

Request: ``{"do": "convert" | "run", …paths}``. They use nothing of this project, which those environments do not have.
"""
