"""From a file's bytes to pages of text with headings. Runs in the jail; must open nothing and know nothing of Atoll
but `kit`.

entry (what the jail calls) · detect (what a file is) · archive (is a zip safe to open) · pages (what a parser writes
into) · one module a format · layout and grid (a PDF page's reading order and its ruled tables) · faults (what can be
wrong, in words).
"""
