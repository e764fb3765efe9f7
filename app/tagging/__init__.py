"""Model catalogue, ONNX session, taxonomy: pixels in, categories out."""
