"""Static INT8 quantisation from stored activation ranges (QDQ, per channel, U8 × S8).

The ranges are measured once on calibration photos and committed; from them and the pinned
weights the same model file comes out, byte for byte, without the photos.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantType
from onnxruntime.quantization.calibrate import TensorData, TensorsData, create_calibrator
from onnxruntime.quantization.qdq_quantizer import QDQQuantizer

Ranges = dict[str, tuple[float, float]]

#: Numbers in the embedding of every EfficientNet-Lite.
EMBEDDING = 1280

_OPERATORS = ["Conv", "Clip", "Add", "GlobalAveragePool", "Flatten", "Gemm"]


class _Reader(CalibrationDataReader):  # type: ignore[misc]  # untyped library
    def __init__(self, batches: Iterator[NDArray[np.float32]]) -> None:
        self._batches = batches

    def get_next(self) -> dict[str, Any] | None:
        batch = next(self._batches, None)
        return None if batch is None else {"pixels": batch}


def measure_ranges(model: onnx.ModelProto, inputs: Iterator[NDArray[np.float32]]) -> Ranges:
    """Smallest and largest value of every activation over the inputs.

    Args:
        inputs: float32 (1, 3, size, size) as the model takes it.
    """
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "model.onnx"
        onnx.save(model, path)
        calibrator = create_calibrator(
            path,
            _OPERATORS,
            augmented_model_path=str(Path(directory) / "augmented.onnx"),
            calibrate_method=CalibrationMethod.MinMax,
        )
        calibrator.collect_data(_Reader(inputs))
        data = calibrator.compute_data()
    ranges = {
        name: (float(np.min(item.range_value[0])), float(np.max(item.range_value[1])))
        for name, item in data.items()
    }
    # Pixels are 0 … 255 whatever the photos held: so scale and zero point are 1/128 and 127.
    ranges["pixels"] = (-127 / 128, 1.0)
    return ranges


def quantize(model: onnx.ModelProto, ranges: Ranges) -> onnx.ModelProto:
    """The INT8 model, with activations quantised over ``ranges``."""
    data = {
        name: TensorData(lowest=np.array(low, np.float32), highest=np.array(high, np.float32))
        for name, (low, high) in ranges.items()
    }
    copied = onnx.ModelProto()
    copied.CopyFrom(onnx.shape_inference.infer_shapes(model))
    quantizer = QDQQuantizer(
        copied,
        per_channel=True,
        reduce_range=False,
        weight_qType=QuantType.QInt8,
        activation_qType=QuantType.QUInt8,
        tensors_range=TensorsData(CalibrationMethod.MinMax, data),
        nodes_to_quantize=[],
        nodes_to_exclude=[],
        op_types_to_quantize=_OPERATORS,
        extra_options={},
    )
    quantizer.quantize_model()
    return quantizer.model.model


def take_bytes(model: onnx.ModelProto, size: int, *, quantized: bool) -> onnx.ModelProto:
    """Make the model take uint8 NHWC pixels instead of normalised floats, and show its embedding.

    In the INT8 model the input's own quantisation is (x - 127) / 128, so the bytes are the
    quantised input already and its QuantizeLinear goes.
    """
    graph = model.graph
    # What the heads read; the network computes it anyway, and the logits stay the same bits.
    graph.output.append(
        helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, EMBEDDING])
    )
    transposed = helper.make_node("Transpose", ["image"], ["image_nchw"], perm=[0, 3, 1, 2])
    if quantized:
        first = next(
            n for n in graph.node if n.op_type == "QuantizeLinear" and n.input[0] == "pixels"
        )
        for node in graph.node:
            for index, name in enumerate(node.input):
                if name == first.output[0]:
                    node.input[index] = "image_nchw"
        graph.node.remove(first)
        front = [transposed]
    else:
        constants = {"mean": np.array(127, np.float32), "scale": np.array(128, np.float32)}
        graph.initializer.extend(
            onnx.numpy_helper.from_array(value, name) for name, value in constants.items()
        )
        front = [
            transposed,
            helper.make_node("Cast", ["image_nchw"], ["image_float"], to=TensorProto.FLOAT),
            helper.make_node("Sub", ["image_float", "mean"], ["image_centred"]),
            helper.make_node("Div", ["image_centred", "scale"], ["pixels"]),
        ]
    given = {item.name for item in graph.initializer} | {"image"}
    nodes = _in_order([*front, *graph.node], given)
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.input[:]
    graph.input.append(
        helper.make_tensor_value_info("image", TensorProto.UINT8, [1, size, size, 3])
    )
    onnx.checker.check_model(model)
    return model


def _in_order(nodes: list[onnx.NodeProto], known: set[str]) -> list[onnx.NodeProto]:
    """The nodes with every producer before its consumers, otherwise as they were."""
    ordered: list[onnx.NodeProto] = []
    waiting = nodes
    while waiting:
        later = []
        for node in waiting:
            if known.issuperset(name for name in node.input if name):
                ordered.append(node)
                known |= set(node.output)
            else:
                later.append(node)
        if len(later) == len(waiting):
            raise ValueError(f"{later[0].name} has an input that nothing makes")
        waiting = later
    return ordered


def save_ranges(path: Path, ranges: Ranges) -> None:
    """Write the ranges, one tensor a line."""
    lines = (f"{json.dumps(name)}: {json.dumps(list(ranges[name]))}" for name in sorted(ranges))
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def load_ranges(path: Path) -> Ranges:
    """Read what :func:`save_ranges` wrote."""
    return {name: (low, high) for name, (low, high) in json.loads(path.read_text()).items()}
