"""The review: people code and correct statements in a local page, kept in a study (one SQLite file) that never overwrites a change."""
