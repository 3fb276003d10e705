"""Errors of what a user gave, as against mistakes of the program."""

# What a run over a data set is told to do next, in the words of both doors.
RESUME = "--resume (in Python resume=True)"
FORCE = "--force (in Python force=True)"


class UserError(ValueError):
    """Something given to gongkai cannot be used; the message names the file and the cure."""
