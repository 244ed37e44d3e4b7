"""How fast, how large and how hungry a model is, and on which machine."""
