"""Avatars are made: queued in the database, built in processes of their own.

Comes in: pictures and ``.imx`` files. Goes out: avatars, or why there is none.

    route ► submission ► job (database) ► builders ► process (a stranger's bytes stay in there)
"""
