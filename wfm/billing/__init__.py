"""Billing: what does each partner owe, how was it reckoned, and on which document is it asked for?

A *variant* turns keys and cost into shares, a *settlement* makes entries of them, an *invoice* is the document that
asks for the money: XRechnung or ZUGFeRD.
"""
