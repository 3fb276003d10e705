"""Errors of what a user gave, as against mistakes of the program."""


class UserError(ValueError):
    """Something given to gongkai cannot be used; the message names the file and the cure."""
