"""Settlement as plain arithmetic: a case goes in, whole cents and their derivation come out; the same bytes each time.

`case` what is known, `variants` how it is shared (`settle`), `shares` the answer, `unattributed` whose calls nobody
could name, `case_file` the same as JSON. `invoice` is what a document says, `treatment` which document a line is on,
`completeness` whether everything is there.
"""
