"""What the operators of ONNX mean, in torch, so that gradients flow through them.

Each takes the values of its inputs (None: left out) and its attributes, and returns its outputs. Forms of older
operator sets, whose axes and limits were attributes, are understood too (https://onnx.ai/onnx/operators).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

Operator = Callable[..., "Tensor | tuple[Tensor, ...]"]
"""`(inputs, attributes)` to one output or several."""

DTYPES = {
    1: torch.float32,
    2: torch.uint8,
    3: torch.int8,
    5: torch.int16,
    6: torch.int32,
    7: torch.int64,
    9: torch.bool,
    10: torch.float16,
    11: torch.float64,
    16: torch.bfloat16,
}
"""By their number in `TensorProto.DataType`."""


def _of_each(function: Callable[..., Tensor]) -> Operator:
    """An operator on numbers, with the rules of broadcasting that ONNX and torch share."""
    return lambda inputs, attributes: function(*inputs)


def _variadic(function: Callable[[Tensor, Tensor], Tensor]) -> Operator:
    def run(inputs: Sequence[Tensor], attributes: Mapping[str, Any]) -> Tensor:
        result = inputs[0]
        for value in inputs[1:]:
            result = function(result, value)
        return result

    return run


def _divided(a: Tensor, b: Tensor) -> Tensor:
    return a / b if a.is_floating_point() else torch.div(a, b, rounding_mode="trunc")


def numbers(value: Tensor | Sequence[int] | None) -> list[int] | None:
    """Axes, sizes and the like, whether they come as a tensor or as an attribute."""
    return None if value is None else [int(each) for each in (value.tolist() if isinstance(value, Tensor) else value)]


def _input(inputs: Sequence[Tensor | None], place: int) -> Tensor | None:
    return inputs[place] if place < len(inputs) else None


def _axes(inputs: Sequence[Tensor | None], attributes: Mapping[str, Any], place: int = 1) -> list[int] | None:
    given = _input(inputs, place)
    return numbers(attributes.get("axes") if given is None else given)


def _reduced(function: Callable[[Tensor, list[int], bool], Tensor]) -> Operator:
    def run(inputs: Sequence[Tensor | None], attributes: Mapping[str, Any]) -> Tensor:
        x, axes = inputs[0], _axes(inputs, attributes)
        if not axes:
            if attributes.get("noop_with_empty_axes"):
                return x
            axes = list(range(x.ndim))
        return function(x, axes, bool(attributes.get("keepdims", 1)))

    return run


def _gemm(inputs, attributes) -> Tensor:
    a, b = (x.mT if attributes.get(name) else x for x, name in zip(inputs[:2], ("transA", "transB"), strict=True))
    product = attributes.get("alpha", 1.0) * (a @ b)
    return product if (c := _input(inputs, 2)) is None else product + attributes.get("beta", 1.0) * c


def _clip(inputs, attributes) -> Tensor:
    low, high = (
        attributes.get(name) if _input(inputs, place) is None else inputs[place].item()
        for place, name in ((1, "min"), (2, "max"))
    )
    return inputs[0] if low is None and high is None else inputs[0].clamp(low, high)


def _gelu(inputs, attributes) -> Tensor:
    kind = attributes.get("approximate", b"none")
    return functional.gelu(inputs[0], approximate=kind.decode() if isinstance(kind, bytes) else kind)


def _layer_norm(inputs, attributes) -> Tensor:
    x, scale, bias = inputs[0], inputs[1], _input(inputs, 2)
    shape = x.shape[attributes.get("axis", -1) :]
    result = functional.layer_norm(x, shape, None, None, attributes.get("epsilon", 1e-5)) * scale
    return result if bias is None else result + bias


def _batch_norm(inputs, attributes) -> Tensor:
    x, *of_channels = inputs
    if attributes.get("training_mode"):
        raise NotImplementedError("BatchNormalization in training mode")
    shape = [1, -1, *[1] * (x.ndim - 2)]
    scale, bias, mean, variance = (value.reshape(shape) for value in of_channels)
    return (x - mean) / torch.sqrt(variance + attributes.get("epsilon", 1e-5)) * scale + bias


def _reshape(inputs, attributes) -> Tensor:
    x, shape = inputs[0], numbers(inputs[1])
    if not attributes.get("allowzero"):
        shape = [x.shape[axis] if size == 0 else size for axis, size in enumerate(shape)]
    return x.reshape(shape)


def _flatten(inputs, attributes) -> Tensor:
    x, axis = inputs[0], attributes.get("axis", 1)
    return x.reshape(math.prod(x.shape[:axis]), -1)


def _squeeze(inputs, attributes) -> Tensor:
    axes = _axes(inputs, attributes)
    return inputs[0].squeeze() if axes is None else inputs[0].squeeze(tuple(axes))


def _unsqueeze(inputs, attributes) -> Tensor:
    x, axes = inputs[0], _axes(inputs, attributes)
    rank = x.ndim + len(axes)
    for axis in sorted(axis % rank for axis in axes):
        x = x.unsqueeze(axis)
    return x


def _split(inputs, attributes) -> tuple[Tensor, ...]:
    x, axis, given = inputs[0], attributes.get("axis", 0), _input(inputs, 1)
    sizes = numbers(attributes.get("split") if given is None else given)
    if sizes is None:
        sizes = -(-x.shape[axis] // attributes.get("num_outputs", 2))
    return tuple(x.split(sizes, axis))


def _slice(inputs, attributes) -> Tensor:
    x = inputs[0]
    starts, ends = (numbers(attributes.get(name)) for name in ("starts", "ends"))
    starts, ends = starts or numbers(inputs[1]), ends or numbers(inputs[2])
    axes = _axes(inputs, attributes, 3) or list(range(len(starts)))
    for start, end, axis, step in zip(starts, ends, axes, numbers(_input(inputs, 4)) or [1] * len(starts), strict=True):
        places = range(x.shape[axis])[start:end:step]
        x = x.index_select(axis, torch.tensor(places, dtype=torch.long))
    return x


def _gather(inputs, attributes) -> Tensor:
    x, places, axis = inputs[0], inputs[1].long(), attributes.get("axis", 0)
    found = x.index_select(axis, (places % x.shape[axis]).reshape(-1))
    axis %= x.ndim
    return found.reshape(*x.shape[:axis], *places.shape, *x.shape[axis + 1 :])


def _expand(inputs, attributes) -> Tensor:
    x = inputs[0]
    return x.expand(torch.broadcast_shapes(x.shape, tuple(numbers(inputs[1]))))


def _shape(inputs, attributes) -> Tensor:
    return torch.tensor(inputs[0].shape, dtype=torch.long)[attributes.get("start", 0) : attributes.get("end")]


def _filled(inputs, attributes) -> Tensor:
    value = attributes.get("value", torch.zeros(1))
    return torch.full(numbers(inputs[0]), value.item(), dtype=value.dtype)


def _transpose(inputs, attributes) -> Tensor:
    x = inputs[0]
    return x.permute(attributes.get("perm") or list(range(x.ndim))[::-1])


def _softplus(x: Tensor) -> Tensor:
    return functional.softplus(x)


def _of_axis(function: Callable[..., Tensor], default: int = -1) -> Operator:
    return lambda inputs, attributes: function(inputs[0], attributes.get("axis", default))


def _norm(power: int) -> Callable[[Tensor, list[int], bool], Tensor]:
    return lambda x, axes, keep: torch.linalg.vector_norm(x, power, axes, keep)


def _extreme(function: Callable[..., Tensor]) -> Callable[[Tensor, list[int], bool], Tensor]:
    return lambda x, axes, keep: function(x, axes, keep)


def _sigmoid_hard(inputs, attributes) -> Tensor:
    return (attributes.get("alpha", 0.2) * inputs[0] + attributes.get("beta", 0.5)).clamp(0, 1)


OF_NUMBERS: dict[str, Operator] = {
    "Abs": _of_each(torch.abs),
    "Add": _of_each(torch.add),
    "Celu": lambda inputs, attributes: functional.celu(inputs[0], attributes.get("alpha", 1.0)),
    "Clip": _clip,
    "Cos": _of_each(torch.cos),
    "Div": _of_each(_divided),
    "Dropout": lambda inputs, attributes: inputs[0],
    "Elu": lambda inputs, attributes: functional.elu(inputs[0], attributes.get("alpha", 1.0)),
    "Erf": _of_each(torch.erf),
    "Exp": _of_each(torch.exp),
    "Gelu": _gelu,
    "HardSigmoid": _sigmoid_hard,
    "HardSwish": _of_each(functional.hardswish),
    "Identity": _of_each(lambda x: x),
    "LeakyRelu": lambda inputs, attributes: functional.leaky_relu(inputs[0], attributes.get("alpha", 0.01)),
    "Log": _of_each(torch.log),
    "Max": _variadic(torch.maximum),
    "Min": _variadic(torch.minimum),
    "Mish": _of_each(functional.mish),
    "Mul": _of_each(torch.mul),
    "Neg": _of_each(torch.neg),
    "PRelu": _of_each(lambda x, slope: torch.where(x < 0, slope * x, x)),
    "Pow": _of_each(torch.pow),
    "Reciprocal": _of_each(torch.reciprocal),
    "Relu": _of_each(torch.relu),
    "Selu": _of_each(functional.selu),
    "Sigmoid": _of_each(torch.sigmoid),
    "Sign": _of_each(torch.sign),
    "Sin": _of_each(torch.sin),
    "Softplus": _of_each(_softplus),
    "Softsign": _of_each(functional.softsign),
    "Sqrt": _of_each(torch.sqrt),
    "Sub": _of_each(torch.sub),
    "Sum": _variadic(torch.add),
    "Tanh": _of_each(torch.tanh),
}
"""Operators on numbers, each by itself."""

OF_AN_AXIS: dict[str, Operator] = {
    "Concat": lambda inputs, attributes: torch.cat(list(inputs), attributes["axis"]),
    "LogSoftmax": _of_axis(torch.log_softmax),
    "ReduceL1": _reduced(_norm(1)),
    "ReduceL2": _reduced(_norm(2)),
    "ReduceLogSumExp": _reduced(torch.logsumexp),
    "ReduceMax": _reduced(_extreme(torch.amax)),
    "ReduceMean": _reduced(torch.mean),
    "ReduceMin": _reduced(_extreme(torch.amin)),
    "ReduceSum": _reduced(torch.sum),
    "ReduceSumSquare": _reduced(lambda x, axes, keep: x.square().sum(axes, keep)),
    "Softmax": _of_axis(torch.softmax),
}
"""Operators along an axis that an attribute or the second input names."""

OPERATORS: dict[str, Operator] = {
    **OF_NUMBERS,
    **OF_AN_AXIS,
    "BatchNormalization": _batch_norm,
    "Cast": lambda inputs, attributes: inputs[0].to(DTYPES[attributes["to"]]),
    "ConstantOfShape": _filled,
    "Einsum": lambda inputs, attributes: torch.einsum(attributes["equation"].decode(), *inputs),
    "Equal": _of_each(torch.eq),
    "Expand": _expand,
    "Flatten": _flatten,
    "Gather": _gather,
    "Gemm": _gemm,
    "Greater": _of_each(torch.gt),
    "LayerNormalization": _layer_norm,
    "Less": _of_each(torch.lt),
    "MatMul": _of_each(torch.matmul),
    "Range": _of_each(lambda start, end, step: torch.arange(start.item(), end.item(), step.item())),
    "Reshape": _reshape,
    "Shape": _shape,
    "Slice": _slice,
    "Split": _split,
    "Squeeze": _squeeze,
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
    "Where": _of_each(torch.where),
}
"""All that are known, by their name in ONNX."""
