"""All tables of the machine that learns."""

from compression.models.devices import DeviceProfile, LatencyMeasurement
from compression.models.reports import EvaluationReport
from compression.models.trials import CompressionTrial

__all__ = ["CompressionTrial", "DeviceProfile", "EvaluationReport", "LatencyMeasurement"]
