"""A classifier in ONNX, run in this process (see :class:`app.domain.ports.TaggingEngine`)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime

from app.domain.categories import Category
from app.domain.images import InputSpec, Pixels
from app.tagging.taxonomy import Taxonomy


class ModelError(ValueError):
    """A model cannot be used; the text says why."""


class OnnxEngine:
    """Pixels in, categories out.

    Args:
        model: ONNX file with one uint8 (1, size, size, 3) input and logits (1, classes).
        temperature: divides the logits before the softmax; below 1 it makes a model that is
            too modest (label smoothing) as confident as it is right.

    Raises:
        ModelError: the graph does not fit its manifest.
    """

    def __init__(
        self,
        name: str,
        version: str,
        model: Path,
        spec: InputSpec,
        taxonomy: Taxonomy,
        temperature: float,
    ) -> None:
        self.name = name
        self.version = version
        self.input = spec
        self._taxonomy = taxonomy
        self._temperature = temperature
        options = onnxruntime.SessionOptions()
        # One thread a call: two calls side by side give more images a second than one call on
        # two cores, and the sums run in the same order every time.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                model, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the library's errors have no common base
            raise ModelError(f"{model.name} is no usable ONNX model: {error}") from error
        self._input_name, self._output_name = self._checked(spec, taxonomy)

    def categorize(self, pixels: Pixels) -> list[Category]:
        """Name what is in the picture."""
        (logits,) = self._session.run([self._output_name], {self._input_name: pixels})
        scaled = logits[0].astype(np.float64) / self._temperature
        weights = np.exp(scaled - scaled.max())
        return self._taxonomy.categories(weights / weights.sum())

    def rank(self, pixels: Pixels) -> list[int]:
        """The classes by descending logit, for evaluation."""
        (logits,) = self._session.run([self._output_name], {self._input_name: pixels})
        return [int(index) for index in np.argsort(-logits[0], kind="stable")]

    def _checked(self, spec: InputSpec, taxonomy: Taxonomy) -> tuple[str, str]:
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        wanted = [1, spec.size, spec.size, 3]
        if len(inputs) != 1 or inputs[0].shape != wanted or inputs[0].type != "tensor(uint8)":
            found = [(item.type, item.shape) for item in inputs]
            raise ModelError(f"the graph takes {found}, the manifest says uint8 {wanted}")
        classes = outputs[0].shape[-1]
        if classes != taxonomy.classes:
            raise ModelError(f"the graph has {classes} classes, the taxonomy {taxonomy.classes}")
        return inputs[0].name, outputs[0].name
