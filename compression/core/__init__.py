"""Pure learning code: no Django, no Celery."""

import os

# OpenMP threads that spin at barriers made a training 20 times slower beside other busy processes. The variable is read
# once, when torch is first loaded, hence here, before any module of this package can load it.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
