"""A centre's day, call by call: what no formula tells of several skills, changing staff, breaks and busy days.

*scenario* says what is given, *draws* makes a random day of it, *engine* lives the day, *tables* counts it by interval,
*figures* makes means with intervals of many days, *simulate* does all of it.
"""
