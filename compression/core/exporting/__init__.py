"""From a network to a file for a runtime, and whether the file still says the same. Targets are in targets/."""
