"""All tables of the machine that learns."""

from compression.models.devices import DeviceProfile, LatencyMeasurement
from compression.models.reports import EvaluationReport

__all__ = ["DeviceProfile", "EvaluationReport", "LatencyMeasurement"]
