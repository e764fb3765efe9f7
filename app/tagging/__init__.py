"""Model catalogue, ONNX session, taxonomy: pixels in, categories out."""

import os

# onnxruntime's wheels report their use to their maker unless this is set before they are loaded.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
