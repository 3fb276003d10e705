"""Views of the tables that gongkai makes: each is a function of data frames and a codebook."""
