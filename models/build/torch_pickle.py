"""Reads the tensors of a legacy PyTorch checkpoint without PyTorch.

The format is that of ``torch.save`` before 1.6: three pickles (magic number, protocol,
system), the pickled object whose tensors refer to storages by key, the list of keys, and
for each of them its length (int64) followed by its raw values. Only the handful of names
that such a file needs can be unpickled; anything else is refused.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

MAGIC = 0x1950A86A20F9469CFC6C

_DTYPES = {"FloatStorage": np.float32, "LongStorage": np.int64}


class _Storage:
    def __init__(self, key: str, dtype: Any, size: int) -> None:
        self.key, self.dtype, self.size = key, dtype, size


class _Tensor:
    def __init__(self, storage: _Storage, offset: int, shape: tuple[int, ...], stride: Any) -> None:
        self.storage, self.offset, self.shape, self.stride = storage, offset, shape, stride


def _rebuild(storage: _Storage, offset: int, shape: Any, stride: Any, *_: Any) -> _Tensor:
    return _Tensor(storage, offset, tuple(shape), tuple(stride))


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed in a checkpoint")

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key, _, size, *_ = pid
        if kind != "storage":
            raise pickle.UnpicklingError(f"unknown reference {kind!r}")
        return _Storage(key, dtype, size)


def load_tensors(source: Path | BinaryIO) -> dict[str, NDArray[Any]]:
    """The tensors of a checkpoint's state dictionary by name.

    Raises:
        ValueError: it is no legacy checkpoint.
        pickle.UnpicklingError: it holds anything but tensors.
    """
    with source.open("rb") if isinstance(source, Path) else source as file:
        if _Unpickler(file).load() != MAGIC:
            raise ValueError("not a legacy PyTorch checkpoint")
        _Unpickler(file).load()  # protocol
        _Unpickler(file).load()  # system information
        state = _Unpickler(file).load()
        keys = _Unpickler(file).load()
        dtypes = {item.storage.key: item.storage.dtype for item in state.values()}
        storages = {}
        for key in keys:
            size = int.from_bytes(file.read(8), "little")
            dtype = np.dtype(dtypes[key])
            storages[key] = np.frombuffer(file.read(size * dtype.itemsize), dtype)
    return {name: _array(item, storages[item.storage.key]) for name, item in state.items()}


def _array(tensor: _Tensor, values: NDArray[Any]) -> NDArray[Any]:
    strides = tuple(step * values.itemsize for step in tensor.stride)
    view = np.lib.stride_tricks.as_strided(values[tensor.offset :], tensor.shape, strides)
    return np.ascontiguousarray(view)
