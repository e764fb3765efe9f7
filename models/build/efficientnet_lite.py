"""EfficientNet-Lite as an ONNX graph, from its PyTorch weights.

The architecture is that of the EfficientNet-Lite release: inverted residual blocks without
squeeze-and-excitation, ReLU6, TensorFlow's SAME padding, batch norm with epsilon 1e-3 (folded
into the convolutions here), stem and head of fixed width.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Weights = dict[str, NDArray[Any]]

#: First block's stride of each of the seven stages.
STAGE_STRIDES = (1, 2, 2, 2, 1, 2, 1)
BN_EPSILON = 1e-3
OPSET = 17
CLASSES = 1000


class _Graph:
    """Collects nodes and initializers; remembers the size of the current feature map."""

    def __init__(self, weights: Weights, size: int) -> None:
        self.weights = weights
        self.size = size
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, op: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    def conv(self, source: str, name: str, norm: str, stride: int = 1) -> str:
        """A convolution with its batch norm folded in."""
        weight = self.weights[f"{name}.weight"]
        scale = self.weights[f"{norm}.weight"] / np.sqrt(
            self.weights[f"{norm}.running_var"] + BN_EPSILON
        )
        bias = self.weights[f"{norm}.bias"] - self.weights[f"{norm}.running_mean"] * scale
        folded = (weight * scale[:, None, None, None]).astype(np.float32)
        kernel = weight.shape[2]
        out = -(-self.size // stride)
        padding = max((out - 1) * stride + kernel - self.size, 0)
        before, after = padding // 2, padding - padding // 2
        self.size = out
        inputs = [
            source,
            self.constant(f"{name}.weight", folded),
            self.constant(f"{name}.bias", bias.astype(np.float32)),
        ]
        return self.node(
            "Conv",
            inputs,
            f"{name}.out",
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=[before, before, after, after],
            group=weight.shape[0] if weight.shape[1] == 1 and weight.shape[0] > 1 else 1,
        )

    def relu6(self, source: str) -> str:
        return self.node("Clip", [source, "zero", "six"], source.removesuffix(".out") + ".relu6")


def build(weights: Weights, size: int) -> onnx.ModelProto:
    """The network from normalised pixels to logits.

    Args:
        weights: state dictionary of the checkpoint.
        size: side of the input in pixels.

    Returns:
        A model with input ``pixels`` float32 (1, 3, size, size), (value - 127) / 128, and
        output ``logits`` float32 (1, 1000).
    """
    graph = _Graph(weights, size)
    graph.constant("zero", np.array(0, np.float32))
    graph.constant("six", np.array(6, np.float32))
    current = graph.relu6(graph.conv("pixels", "_conv_stem", "_bn0", stride=2))
    width, stage = weights["_conv_stem.weight"].shape[0], -1
    blocks = sum(name.endswith("._depthwise_conv.weight") for name in weights)
    for number in range(blocks):
        block = f"_blocks.{number}"
        out = weights[f"{block}._project_conv.weight"].shape[0]
        first = stage == -1 or out != width
        stage += first
        stride = STAGE_STRIDES[stage] if first else 1
        inner = current
        if f"{block}._expand_conv.weight" in weights:
            inner = graph.relu6(graph.conv(inner, f"{block}._expand_conv", f"{block}._bn0"))
        inner = graph.relu6(
            graph.conv(inner, f"{block}._depthwise_conv", f"{block}._bn1", stride=stride)
        )
        inner = graph.conv(inner, f"{block}._project_conv", f"{block}._bn2")
        current = inner if first else graph.node("Add", [inner, current], f"{block}.sum")
        width = out
    current = graph.relu6(graph.conv(current, "_conv_head", "_bn1"))
    pooled = graph.node("GlobalAveragePool", [current], "pool")
    flat = graph.node("Flatten", [pooled], "embedding")
    graph.constant("_fc.weight", weights["_fc.weight"].astype(np.float32))
    graph.constant("_fc.bias", weights["_fc.bias"].astype(np.float32))
    graph.node("Gemm", [flat, "_fc.weight", "_fc.bias"], "logits", transB=1)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "efficientnet-lite",
            [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, size, size])],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, CLASSES])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=8,
        producer_name="lenticular",
    )
    onnx.checker.check_model(model)
    return model
