"""Builds the three networks of ``models/mtcnn`` from the pinned PyPI wheel.

    python -m models.build.mtcnn            # write pnet.onnx, rnet.onnx and onet.onnx
    python -m models.build.mtcnn --verify   # rebuild and compare with what is committed

The architecture is that of facenet-pytorch (``models/mtcnn.py``), after Zhang et al., "Joint
Face Detection and Alignment using Multi-task Cascaded Convolutional Networks", 2016. Its
normalisation, (value - 127.5) / 128, is part of the graphs.

No torch is needed. Needs the ``models`` extra.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from models.build.torch_pickle import load_tensors
from models.build.wheels import fetch_wheel

PACKAGE = "facenet-pytorch==2.6.0"
WHEEL_SHA256 = "ecb82b27beb226d106f2219efe8f829b01b87a8595badd01545679bdb9f19cca"
FOLDER = Path(__file__).parents[1] / "mtcnn"
OPSET = 17

Weights = dict[str, NDArray[Any]]
Dimension = int | str


class _Network:
    """Collects the nodes of one network; layers are named as in the checkpoint.

    Args:
        shape: of the input ``pixels``, (batch, height, width, 3); a name is a free dimension.
    """

    def __init__(self, name: str, weights: Weights, shape: tuple[Dimension, ...]) -> None:
        self._name, self._weights, self._shape = name, weights, shape
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._constant("mean", np.array(127.5, np.float32))
        self._constant("scale", np.array(1 / 128, np.float32))
        self._node("Transpose", ["pixels"], "nchw", perm=[0, 3, 1, 2])
        self._node("Sub", ["nchw", "mean"], "centred")
        self._last = self._node("Mul", ["centred", "scale"], "normalised")

    def conv(self, layer: str, source: str = "") -> str:
        """A convolution without padding, over ``source`` or the last layer."""
        names = self._parameters(layer)
        height, width = self._weights[f"{layer}.weight"].shape[2:]
        inputs = [source or self._last, *names]
        self._last = self._node("Conv", inputs, layer, kernel_shape=[height, width])
        return self._last

    def prelu(self, layer: str, *, flat: bool = False) -> str:
        """PReLU with one slope a channel; ``flat`` after a dense layer.

        As slope * x + (1 - slope) * max(x, 0): onnxruntime's PRelu takes twice the time of
        these four operations, and would be a third of P-Net's.
        """
        slope = self._weights[f"{layer}.weight"]
        slope = slope if flat else slope[:, None, None]
        below = self._constant(f"{layer}.below", slope)
        above = self._constant(f"{layer}.above", 1 - slope)
        source = self._last
        positive = self._node("Relu", [source], f"{layer}.positive")
        kinked = self._node("Mul", [positive, above], f"{layer}.kinked")
        straight = self._node("Mul", [source, below], f"{layer}.straight")
        self._last = self._node("Add", [kinked, straight], layer)
        return self._last

    def pool(self, layer: str, size: int) -> None:
        """Max pooling of stride 2 whose last window may hang over the edge."""
        self._last = self._node(
            "MaxPool",
            [self._last],
            layer,
            kernel_shape=[size, size],
            strides=[2, 2],
            ceil_mode=1,
        )

    def flatten(self, layer: str, side: int) -> None:
        """Flatten the maps for a dense layer, whose weights are put into their order.

        facenet-pytorch flattens (width, height, channel), as Caffe on MATLAB did; turning the
        weights instead of the maps gives the same sums.

        Args:
            layer: the dense layer that follows.
            side: height and width of the maps.
        """
        weight = self._weights[f"{layer}.weight"]
        turned = weight.reshape(len(weight), side, side, -1).transpose(0, 3, 2, 1)
        self._weights = self._weights | {f"{layer}.weight": turned.reshape(len(weight), -1)}
        self._last = self._node("Flatten", [self._last], "flat")

    def dense(self, layer: str, source: str = "") -> str:
        """A fully connected layer over ``source`` or the last layer."""
        inputs = [source or self._last, *self._parameters(layer)]
        self._last = self._node("Gemm", inputs, layer, transB=1)
        return self._last

    def scores(self, source: str, *cells: Dimension) -> None:
        """Output the probabilities of (no face, face), over ``cells`` beside the batch."""
        self._node("Softmax", [source], "scores", axis=1)
        self._output("scores", 2, *cells)

    def output(self, source: str, name: str, *shape: Dimension) -> None:
        """Output a layer; ``shape`` without the batch."""
        self._node("Identity", [source], name)
        self._output(name, *shape)

    def model(self) -> onnx.ModelProto:
        """The network as a checked model."""
        pixels = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, self._shape)
        graph = helper.make_graph(self._nodes, self._name, [pixels], self._outputs, self._constants)
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=8,
            producer_name="lenticular",
        )
        onnx.checker.check_model(model, full_check=True)
        return model

    def _parameters(self, layer: str) -> list[str]:
        names = (f"{layer}.weight", f"{layer}.bias")
        return [self._constant(name, self._weights[name]) for name in names]

    def _constant(self, name: str, value: NDArray[Any]) -> str:
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _node(self, op: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self._nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    def _output(self, name: str, *shape: Dimension) -> None:
        whole = (self._shape[0], *shape)
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, whole))


def pnet(weights: Weights) -> onnx.ModelProto:
    """P-Net: looks for faces of 12 pixels everywhere in a picture.

    Returns:
        A model with input ``pixels`` float32 (1, height, width, 3), 0 … 255, and outputs
        ``scores`` (1, 2, rows, columns) and ``offsets`` (1, 4, rows, columns), one cell
        for every second pixel.
    """
    network = _Network("pnet", weights, (1, "height", "width", 3))
    network.conv("conv1")
    network.prelu("prelu1")
    network.pool("pool1", 2)
    network.conv("conv2")
    network.prelu("prelu2")
    network.conv("conv3")
    maps = network.prelu("prelu3")
    network.scores(network.conv("conv4_1", maps), "rows", "columns")
    network.output(network.conv("conv4_2", maps), "offsets", 4, "rows", "columns")
    return network.model()


def rnet(weights: Weights) -> onnx.ModelProto:
    """R-Net: judges and moves the boxes that P-Net proposed.

    Returns:
        A model with input ``pixels`` float32 (batch, 24, 24, 3), 0 … 255, and outputs
        ``scores`` (batch, 2) and ``offsets`` (batch, 4).
    """
    network = _Network("rnet", weights, ("batch", 24, 24, 3))
    network.conv("conv1")
    network.prelu("prelu1")
    network.pool("pool1", 3)
    network.conv("conv2")
    network.prelu("prelu2")
    network.pool("pool2", 3)
    network.conv("conv3")
    network.prelu("prelu3")
    network.flatten("dense4", 3)
    network.dense("dense4")
    features = network.prelu("prelu4", flat=True)
    network.scores(network.dense("dense5_1", features))
    network.output(network.dense("dense5_2", features), "offsets", 4)
    return network.model()


def onet(weights: Weights) -> onnx.ModelProto:
    """O-Net: judges and moves what R-Net left, and finds eyes, nose and mouth.

    Returns:
        A model with input ``pixels`` float32 (batch, 48, 48, 3), 0 … 255, and outputs
        ``scores`` (batch, 2), ``offsets`` (batch, 4) and ``landmarks`` (batch, 10): the x of
        five points, then their y.
    """
    network = _Network("onet", weights, ("batch", 48, 48, 3))
    network.conv("conv1")
    network.prelu("prelu1")
    network.pool("pool1", 3)
    network.conv("conv2")
    network.prelu("prelu2")
    network.pool("pool2", 3)
    network.conv("conv3")
    network.prelu("prelu3")
    network.pool("pool3", 2)
    network.conv("conv4")
    network.prelu("prelu4")
    network.flatten("dense5", 3)
    network.dense("dense5")
    features = network.prelu("prelu5", flat=True)
    network.scores(network.dense("dense6_1", features))
    network.output(network.dense("dense6_2", features), "offsets", 4)
    network.output(network.dense("dense6_3", features), "landmarks", 10)
    return network.model()


NETWORKS: dict[str, Callable[[Weights], onnx.ModelProto]] = {
    "pnet": pnet,
    "rnet": rnet,
    "onet": onet,
}


def build() -> dict[str, bytes]:
    """File name to bytes of each network, the same on every run."""
    built = {}
    with (
        tempfile.TemporaryDirectory() as name,
        zipfile.ZipFile(fetch_wheel(Path(name), PACKAGE, WHEEL_SHA256)) as wheel,
    ):
        for network, make in NETWORKS.items():
            with wheel.open(f"facenet_pytorch/data/{network}.pt") as file:
                weights = load_tensors(file)  # type: ignore[arg-type]  # a zip member reads like a file
            model = make(weights)
            built[f"{network}.onnx"] = model.SerializeToString(deterministic=True)
    return built


def main() -> None:
    """Build, or verify."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--verify", action="store_true")
    arguments = parser.parse_args()
    different = 0
    for name, data in build().items():
        path, digest = FOLDER / name, hashlib.sha256(data).hexdigest()
        if arguments.verify:
            same = path.is_file() and path.read_bytes() == data
            different += not same
            print(f"{name}: {digest} {'is' if same else 'IS NOT'} what is committed")
        else:
            path.write_bytes(data)
            print(f"{name}: {len(data)} bytes, SHA-256 {digest}")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
