"""What the promises about speed are held against: ``make bench``.

Each module measures one part of the app and gives its ``comparisons()``; those whose names begin
with an underscore are the frame.
"""
