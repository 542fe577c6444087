"""`kamai demo`: the main job on real parts, from a folder of input files to the bank's own records."""
