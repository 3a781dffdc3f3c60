"""Queues: which calls were there, who waited how long where, who talked, what state were agents in?

A *stay* is one citizen's time in one queue. A *call* is one citizen's call over all its stays (overflow, transfers).
An *agent span* is a stretch in which an agent was ready or paused in a queue. All of it is a projection of raw events
and can be thrown away and rebuilt.
"""
