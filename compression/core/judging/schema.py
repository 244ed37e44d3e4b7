"""The version of what evaluations leave as files. Free of arrays: the web part writes it beside the records."""

# Of the per-image records: 1 had no levels, sizes, confusion and mistakes; 2 had three classes of a whole image.
IMAGES = 3
