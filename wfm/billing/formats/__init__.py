"""Documents in the forms others read: XRechnung (CII) for programs, ZUGFeRD for programs and people."""
