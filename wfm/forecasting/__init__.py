"""Forecasting: how many calls will come, how long will each take, and how sure is that?

A *history* is a grid of local days and slots; a *method* turns it into a *forecast* with intervals; a *run* keeps every
forecast as it was made, so that its errors can be told later. *Adjustments* of people are layers of their own.
"""
