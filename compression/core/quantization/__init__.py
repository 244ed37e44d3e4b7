"""The maths and the graph surgery of quantization, one idea a file; the step over it is ``steps/quantize.py``."""
