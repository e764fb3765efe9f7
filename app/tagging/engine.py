"""A classifier in ONNX, run in this process."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from app.domain.images import InputSpec, Pixels

Floats: TypeAlias = NDArray[np.float64]


class ModelError(ValueError):
    """A model cannot be used; the text says why."""


def open_session(model: Path, *, arena: bool = True) -> onnxruntime.InferenceSession:
    """A graph ready to run, one thread a call.

    Two calls side by side give more images a second than one call on two cores, and the sums
    run in the same order every time.

    Args:
        arena: whether it keeps the memory of a call for the next one: 3 % quicker where all
            inputs have one size. Where sizes vary it would keep what the largest took.

    Raises:
        ModelError: the file is no usable graph.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = arena
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library's errors have no common base
        raise ModelError(f"{model.name} is no usable ONNX model: {error}") from error


class OnnxClassifier:
    """Pixels in, class probabilities and the embedding out. Thread-safe.

    Args:
        model: ONNX file with one uint8 (1, size, size, 3) input and the outputs logits
            (1, classes) and, if it has one, embedding (1, width).
        spec: what its input shows.
        classes: number of classes that the taxonomy knows.
        temperature: divides the logits before the softmax; below 1 it makes a model that is
            too modest (label smoothing) as confident as it is right.

    Raises:
        ModelError: the graph does not fit its manifest.
    """

    def __init__(self, model: Path, spec: InputSpec, classes: int, temperature: float) -> None:
        self._temperature = temperature
        self._session = open_session(model)
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        wanted = [1, spec.size, spec.size, 3]
        if len(inputs) != 1 or inputs[0].shape != wanted or inputs[0].type != "tensor(uint8)":
            found = [(item.type, item.shape) for item in inputs]
            raise ModelError(f"the graph takes {found}, the manifest says uint8 {wanted}")
        if outputs[0].shape[-1] != classes:
            found = outputs[0].shape[-1]
            raise ModelError(f"the graph has {found} classes, the taxonomy {classes}")
        self._input = inputs[0].name
        self._outputs = [item.name for item in outputs[:2]]
        #: Numbers in an embedding; 0 if the graph gives none.
        self.width = int(outputs[1].shape[-1]) if len(outputs) > 1 else 0

    def run(self, pixels: Pixels) -> tuple[Floats, Floats]:
        """Look at one view.

        Returns:
            Logits (classes,) and the embedding (width,), which may be empty.
        """
        logits, *embedding = self._session.run(self._outputs, {self._input: pixels})
        seen = embedding[0][0] if embedding else np.empty(0)
        return logits[0].astype(np.float64), seen.astype(np.float64)

    def probabilities(self, logits: Floats) -> Floats:
        """Calibrated probabilities, (…, classes), of logits of the same shape."""
        scaled = logits / self._temperature
        weights = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
        return np.asarray(weights / weights.sum(axis=-1, keepdims=True))
