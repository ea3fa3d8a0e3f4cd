"""Quality and cost of cleaning, on pages with hand-made references that are not part of the project.

`make bench-cleaning PAGES="FOLDER ..."`; `pages.py` says what a folder holds, `scoring.py` what is measured.
"""
